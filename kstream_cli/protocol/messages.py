"""The requests of Kafka's protocol that are sent here, and their answers, as tables of fields.

Field names, order and types are those of Apache Kafka's message definitions (`common/message/*.json`), with names in
snake_case; tests/protocol compares each table with them. An answer of an older version lacks the newer fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kstream_cli.protocol.codec import (
    BOOL,
    BYTES,
    INT8,
    INT16,
    INT32,
    INT64,
    LEGACY_STRING,
    NULLABLE_STRING,
    STRING,
    UINT16,
    Array,
    LegacyArray,
    LegacyStruct,
    Struct,
    Type,
)


@dataclass(frozen=True)
class Form:
    """One version of a request, and of its answer."""

    request: Struct | LegacyStruct
    response: Struct | LegacyStruct


@dataclass(frozen=True)
class Api:
    """A kind of request, with the versions that are known here."""

    name: str
    key: int
    forms: Mapping[int, Form]
    is_flexible: bool = True


_key_value = Struct({"key": STRING, "value": STRING})
_endpoint: dict[str, Type] = {"host": STRING, "port": UINT16}
_tasks = Struct({"subtopology_id": STRING, "partitions": Array(INT32)})
_task_offset = Struct({"subtopology_id": STRING, "partition": INT32, "offset": INT64})
_topic_partitions = Struct({"topic": STRING, "partitions": Array(INT32)})
_topic_info = Struct(
    {"name": STRING, "partitions": INT32, "replication_factor": INT16, "topic_configs": Array(_key_value)}
)
_node = Struct(
    {
        "name": STRING,
        "node_type": INT8,
        "source_topics": Array(STRING),
        "sink_topic": NULLABLE_STRING,
        "stores": Array(STRING),
        "successors": Array(STRING),
    }
)
_topology_description: dict[str, Type] = {
    "subtopologies": Array(Struct({"subtopology_id": STRING, "nodes": Array(_node)})),
    "global_stores": Array(Struct({"source": _node, "processor": _node})),
}
_copartition_group = Struct(
    {
        "source_topics": Array(INT16),
        "source_topic_regex": Array(INT16),
        "repartition_source_topics": Array(INT16),
    }
)
_subtopology = Struct(
    {
        "subtopology_id": STRING,
        "source_topics": Array(STRING),
        "source_topic_regex": Array(STRING),
        "state_changelog_topics": Array(_topic_info),
        "repartition_sink_topics": Array(STRING),
        "repartition_source_topics": Array(_topic_info),
        "copartition_groups": Array(_copartition_group),
    }
)
_described_subtopology = Struct(
    {
        "subtopology_id": STRING,
        "source_topics": Array(STRING),
        "repartition_sink_topics": Array(STRING),
        "state_changelog_topics": Array(_topic_info),
        "repartition_source_topics": Array(_topic_info),
    }
)
_assignment = Struct({"active_tasks": Array(_tasks), "standby_tasks": Array(_tasks), "warmup_tasks": Array(_tasks)})

_heartbeat = Struct(
    {
        "group_id": STRING,
        "member_id": STRING,
        "member_epoch": INT32,
        "endpoint_information_epoch": INT32,
        "instance_id": NULLABLE_STRING,
        "rack_id": NULLABLE_STRING,
        "rebalance_timeout_ms": INT32,
        "topology": Struct({"epoch": INT32, "subtopologies": Array(_subtopology)}, nullable=True),
        "active_tasks": Array(_tasks, nullable=True),
        "standby_tasks": Array(_tasks, nullable=True),
        "warmup_tasks": Array(_tasks, nullable=True),
        "process_id": NULLABLE_STRING,
        "user_endpoint": Struct(_endpoint, nullable=True),
        "client_tags": Array(_key_value, nullable=True),
        "task_offsets": Array(_task_offset, nullable=True),
        "task_end_offsets": Array(_task_offset, nullable=True),
        "shutdown_application": BOOL,
    }
)


def _heartbeat_answer(version: int) -> Struct:
    fields: dict[str, Type] = {
        "throttle_time_ms": INT32,
        "error_code": INT16,
        "error_message": NULLABLE_STRING,
        "member_id": STRING,
        "member_epoch": INT32,
        "heartbeat_interval_ms": INT32,
    }
    if version == 0:
        fields["acceptable_recovery_lag_legacy"] = INT32
    fields["task_offset_interval_ms"] = INT32
    if version >= 1:
        fields["acceptable_recovery_lag"] = INT64
    fields["status"] = Array(Struct({"status_code": INT8, "status_detail": STRING}), nullable=True)
    fields |= {f"{kind}_tasks": Array(_tasks, nullable=True) for kind in ("active", "standby", "warmup")}
    if version >= 1:
        fields["topology_description_required"] = BOOL
    fields["endpoint_information_epoch"] = INT32
    by_endpoint: dict[str, Type] = {
        "user_endpoint": Struct(_endpoint),
        "active_partitions": Array(_topic_partitions),
        "standby_partitions": Array(_topic_partitions),
    }
    fields["partitions_by_user_endpoint"] = Array(Struct(by_endpoint), nullable=True)
    return Struct(fields)


_member = Struct(
    {
        "member_id": STRING,
        "member_epoch": INT32,
        "instance_id": NULLABLE_STRING,
        "rack_id": NULLABLE_STRING,
        "client_id": STRING,
        "client_host": STRING,
        "topology_epoch": INT32,
        "process_id": STRING,
        "user_endpoint": Struct(_endpoint, nullable=True),
        "client_tags": Array(_key_value),
        "task_offsets": Array(_task_offset),
        "task_end_offsets": Array(_task_offset),
        "assignment": _assignment,
        "target_assignment": _assignment,
        "is_classic": BOOL,
    }
)


def _describe_form(version: int) -> Form:
    request: dict[str, Type] = {"group_ids": Array(STRING), "include_authorized_operations": BOOL}
    group: dict[str, Type] = {
        "error_code": INT16,
        "error_message": NULLABLE_STRING,
        "group_id": STRING,
        "group_state": STRING,
        "group_epoch": INT32,
        "assignment_epoch": INT32,
        "topology": Struct(
            {"epoch": INT32, "subtopologies": Array(_described_subtopology, nullable=True)}, nullable=True
        ),
        "members": Array(_member),
        "authorized_operations": INT32,
    }
    if version >= 1:
        request["include_topology_description"] = BOOL
        group["topology_description"] = Struct(_topology_description, nullable=True)
        group["topology_description_status"] = INT8
        group["assignor_name"] = NULLABLE_STRING
    return Form(Struct(request), Struct({"throttle_time_ms": INT32, "groups": Array(Struct(group))}))


API_VERSIONS = Api(
    "ApiVersions",
    18,
    {
        3: Form(
            Struct({"client_software_name": STRING, "client_software_version": STRING}),
            Struct(
                {
                    "error_code": INT16,
                    "api_keys": Array(Struct({"api_key": INT16, "min_version": INT16, "max_version": INT16})),
                    "throttle_time_ms": INT32,
                }
            ),
        )
    },
)
SASL_HANDSHAKE = Api(
    "SaslHandshake",
    17,
    {
        1: Form(
            LegacyStruct({"mechanism": LEGACY_STRING}),
            LegacyStruct({"error_code": INT16, "mechanisms": LegacyArray(LEGACY_STRING)}),
        )
    },
    is_flexible=False,
)
SASL_AUTHENTICATE = Api(
    "SaslAuthenticate",
    36,
    {
        2: Form(
            Struct({"auth_bytes": BYTES}),
            Struct(
                {
                    "error_code": INT16,
                    "error_message": NULLABLE_STRING,
                    "auth_bytes": BYTES,
                    "session_lifetime_ms": INT64,
                }
            ),
        )
    },
)
_coordinator = Struct(
    {
        "key": STRING,
        "node_id": INT32,
        "host": STRING,
        "port": INT32,
        "error_code": INT16,
        "error_message": NULLABLE_STRING,
    }
)
FIND_COORDINATOR = Api(
    "FindCoordinator",
    10,
    {
        4: Form(
            Struct({"key_type": INT8, "coordinator_keys": Array(STRING)}),
            Struct({"throttle_time_ms": INT32, "coordinators": Array(_coordinator)}),
        )
    },
)
_offset = Struct(
    {
        "partition_index": INT32,
        "committed_offset": INT64,
        "committed_leader_epoch": INT32,
        "committed_metadata": NULLABLE_STRING,
    }
)
OFFSET_COMMIT = Api(
    "OffsetCommit",
    8,
    {
        9: Form(
            Struct(
                {
                    "group_id": STRING,
                    "generation_id_or_member_epoch": INT32,
                    "member_id": STRING,
                    "group_instance_id": NULLABLE_STRING,
                    "topics": Array(Struct({"name": STRING, "partitions": Array(_offset)})),
                }
            ),
            Struct(
                {
                    "throttle_time_ms": INT32,
                    "topics": Array(
                        Struct(
                            {
                                "name": STRING,
                                "partitions": Array(Struct({"partition_index": INT32, "error_code": INT16})),
                            }
                        )
                    ),
                }
            ),
        )
    },
)
HEARTBEAT = Api(
    "StreamsGroupHeartbeat", 88, {version: Form(_heartbeat, _heartbeat_answer(version)) for version in (0, 1)}
)
DESCRIBE = Api("StreamsGroupDescribe", 89, {version: _describe_form(version) for version in (0, 1)})
UPDATE_DESCRIPTION = Api(
    "StreamsGroupTopologyDescriptionUpdate",
    93,
    {
        0: Form(
            Struct(
                {
                    "group_id": STRING,
                    "member_id": STRING,
                    "topology_epoch": INT32,
                    "topology_description": Struct(_topology_description),
                }
            ),
            Struct({"throttle_time_ms": INT32, "error_code": INT16, "error_message": NULLABLE_STRING}),
        )
    },
)
APIS = (
    *(API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE, FIND_COORDINATOR),
    *(OFFSET_COMMIT, HEARTBEAT, DESCRIBE, UPDATE_DESCRIPTION),
)
