"""The members of the application's consumer group, as the broker shows them: which instance has which tasks.

A member's client id tells its instance and, behind an @, the instance's `application.server`: the classic protocol has
no other place for it that librdkafka lets us fill.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupState, KafkaError, KafkaException

from kstream_cli.runtime.assignment import Partition, Placement
from kstream_cli.task.task_id import TaskId

DESCRIBE_SECONDS = 5.0
REBALANCING = frozenset({ConsumerGroupState.PREPARING_REBALANCING, ConsumerGroupState.COMPLETING_REBALANCING})
_CLIENT_ID = re.compile(r"(?P<instance>.*)-StreamThread-\d+-consumer(@(?P<server>.+))?")


@dataclass(frozen=True, slots=True)
class Member:
    """One stream thread of an instance, which is named by its client id."""

    instance: str
    server: str | None
    partitions: tuple[Partition, ...]


def consumer_client_id(thread: str, server: str) -> str:
    """The client id of a stream thread's consumer."""
    return f"{thread}-consumer@{server}" if server else f"{thread}-consumer"


def members(admin: Any, group: str) -> list[Member] | None:
    """All members; None while the group rebalances or cannot be asked."""
    try:
        described = admin.describe_consumer_groups([group], request_timeout=DESCRIBE_SECONDS)[group].result()
    except KafkaException:
        return None
    if described.state is not ConsumerGroupState.STABLE:
        return None
    return [member_of(each.client_id, each.assignment.topic_partitions) for each in described.members]


def carried_otherwise(admin: Any, group: str, placement: Placement) -> set[str] | None:
    """Topics by which members of the group are given tasks that other topics carry in this placement.

    None while the group rebalances or cannot be asked.
    """
    try:
        described = admin.describe_consumer_groups([group], request_timeout=DESCRIBE_SECONDS)[group].result()
    except KafkaException as failure:
        return set() if failure.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND else None
    if described.state in REBALANCING:
        return None
    topics = {key.topic for member in described.members for key in member.assignment.topic_partitions}
    return topics & placement.riders


def member_of(client_id: str, assigned: Iterable[Any]) -> Member:
    found = _CLIENT_ID.fullmatch(client_id)
    partitions = tuple((each.topic, each.partition) for each in assigned)
    if found is None:
        return Member(client_id, None, partitions)
    return Member(found["instance"], found["server"], partitions)


def owned_tasks(found: Iterable[Member], placement: Placement) -> dict[str, set[TaskId]]:
    """Instance -> the tasks it runs."""
    owned: dict[str, set[TaskId]] = {}
    for member in found:
        tasks = owned.setdefault(member.instance, set())
        tasks.update(placement.tasks(key for key in member.partitions if key[0] in placement.carriers))
    return owned
