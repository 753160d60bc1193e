"""A streams group as its coordinator describes it: members, their tasks, and the topology that they run (KIP-1071)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.protocol.coordinator import Coordinator
from kstream_cli.protocol.error_codes import COORDINATOR_MOVES, ErrorCode, name_of
from kstream_cli.protocol.failures import CoordinatorUnknownError, NotSupportedError
from kstream_cli.protocol.messages import DESCRIBE
from kstream_cli.runtime.streams_group.assignment import Assignment, assignment_of
from kstream_cli.task.task_id import TaskId

AGAIN_SECONDS = 0.2
_THREAD = re.compile(r"-StreamThread-\d+-consumer(@.+)?$")


@dataclass(frozen=True, slots=True)
class GroupInstance:
    """One instance of an application: its threads' tasks together."""

    name: str
    """Its client id."""
    server: str | None
    """Its `application.server`."""
    active: frozenset[TaskId]
    standby: frozenset[TaskId]


def described_group(
    config: Config, group: str, *, seconds: float, with_description: bool = False
) -> Mapping[str, Any] | None:
    """What the coordinator says of a streams group; None where there is none of that name.

    Works for groups of Kafka Streams for Java, too. Raises StreamsError where the cluster does not say it,
    BrokerUnavailableError where nobody answers.
    """
    coordinator = Coordinator(config.admin(), group, client_id="kstream", seconds=seconds)
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                found = _ask(coordinator, group, with_description)
            except CoordinatorUnknownError:
                # A cluster that has just started makes its topic of groups first.
                if time.monotonic() > deadline:
                    raise
            else:
                code = found["error_code"]
                if code not in COORDINATOR_MOVES or time.monotonic() > deadline:
                    break
            coordinator.forget()
            time.sleep(AGAIN_SECONDS)
    except NotSupportedError:
        return None
    finally:
        coordinator.close()
    if code in (ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.UNSUPPORTED_VERSION):  # The latter: it is switched off there.
        return None
    if code:
        raise StreamsError(f"group {group!r} cannot be described: {found.get('error_message') or name_of(code)}")
    return found


def _ask(coordinator: Coordinator, group: str, with_description: bool) -> Mapping[str, Any]:
    answer = coordinator.call(
        DESCRIBE,
        group_ids=[group],
        include_authorized_operations=False,
        include_topology_description=with_description,
    )
    found: Mapping[str, Any] = answer["groups"][0] if answer["groups"] else {"error_code": -1}
    return found


def instances_of(group: Mapping[str, Any]) -> list[GroupInstance]:
    """The instances that a described group's members belong to, by name."""
    names: dict[str, str] = {}
    servers: dict[str, str | None] = {}
    tasks: dict[str, list[Assignment]] = {}
    for member in group["members"]:
        process = member["process_id"]
        names.setdefault(process, _THREAD.sub("", member["client_id"]))
        endpoint = member["user_endpoint"]
        servers[process] = f"{endpoint['host']}:{endpoint['port']}" if endpoint else servers.get(process)
        tasks.setdefault(process, []).append(assignment_of(member["assignment"]))
    found = [
        GroupInstance(
            name=name,
            server=servers[process],
            active=frozenset(task for each in tasks[process] for task in each.active),
            standby=frozenset(task for each in tasks[process] for task in each.standby | each.warmup),
        )
        for process, name in names.items()
    ]
    return sorted(found, key=lambda each: each.name)
