"""Who is in a group that this application cannot join: other kinds of members than its own."""

from __future__ import annotations

import re

from confluent_kafka import ConsumerGroupType

from kstream_cli.config.clients import ASSIGNOR
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.group_description import CONSUMERS, GroupDescription, GroupMember, describe_group

DESCRIBE_SECONDS = 5.0
_SHOWN = 3
_JAVA_STREAMS = "stream"
"""The name of the assignor of Kafka Streams for Java."""
_STREAM_THREAD = re.compile(r"-StreamThread-\d+-consumer(@.+)?$")


def group_occupants(admin: KafkaAdmin, group: str) -> str:
    """A few words on a group's kind, assignor and members. Raises KafkaException when it cannot be asked."""
    found = describe_group(admin, group, DESCRIBE_SECONDS)
    if not found.members:
        return _without_classic_members(admin, group)
    assignor = f"assignor {found.protocol!r}" if found.protocol else "no assignor yet"
    return f"{_kind(found)} ({assignor}), {_count(len(found.members))}: {_names(found.members)}"


def _count(members: int) -> str:
    return "1 member" if members == 1 else f"{members} members"


def _kind(found: GroupDescription) -> str:
    if found.protocol_type != CONSUMERS:
        return f"members of the kind {found.protocol_type!r}"
    if found.protocol == _JAVA_STREAMS:
        return "Kafka Streams for Java"
    if not all(_STREAM_THREAD.search(each.client_id) for each in found.members):
        return "other consumers"
    return "kstream" if found.protocol == ASSIGNOR else "Kafka Streams for Java"


def _names(members: tuple[GroupMember, ...]) -> str:
    names = [f"{each.client_id} at {each.host.lstrip('/')}" for each in members[:_SHOWN]]
    more = len(members) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _without_classic_members(admin: KafkaAdmin, group: str) -> str:
    """Groups of the newer protocols are shown without members; librdkafka lists those of consumers only."""
    listed = admin.list_consumer_groups(request_timeout=DESCRIBE_SECONDS).result(DESCRIBE_SECONDS + 1)
    for each in listed.valid:
        if each.group_id == group:
            newer = each.type == ConsumerGroupType.CONSUMER
            return "a group of consumers with group.protocol=consumer" if newer else "nobody any more"
    return "an application with group.protocol=streams"
