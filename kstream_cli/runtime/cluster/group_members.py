"""The members of the application's consumer group, as the broker shows them: which instance has which tasks.

A member's client id tells its instance and, behind an @, the instance's `application.server`: the classic protocol has
no other place for it that librdkafka lets us fill.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaException

from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.cluster.group_description import REBALANCING, STABLE, describe_group
from kstream_cli.task.partition import Partition
from kstream_cli.task.task_id import TaskId

DESCRIBE_SECONDS = 2.0
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


def members(admin: KafkaAdmin, group: str) -> list[Member] | None:
    """All members; None while the group rebalances or cannot be asked."""
    try:
        described = describe_group(admin, group, DESCRIBE_SECONDS)
    except KafkaException:
        return None
    if described.state != STABLE:
        return None
    return [member_of(each.client_id, each.partitions) for each in described.members]


def carried_otherwise(admin: KafkaAdmin, group: str, placement: Placement) -> set[str] | None:
    """Topics by which members of the group are given tasks that other topics carry in this placement.

    None while the group rebalances. Raises KafkaException when it cannot be asked.
    """
    described = describe_group(admin, group, DESCRIBE_SECONDS)
    if described.state in REBALANCING:
        return None
    topics = {topic for member in described.members for topic, _ in member.partitions}
    return topics & placement.riders


def strangers(admin: KafkaAdmin, group: str) -> frozenset[str]:
    """Members that are no stream threads, by client id: they are given partitions, too.

    Empty if the brokers do not tell. The embedded one, just started again, gives its members no client id.
    """
    try:
        described = describe_group(admin, group, DESCRIBE_SECONDS)
    except KafkaException:
        return frozenset()
    names = {each.client_id for each in described.members if each.client_id}
    return frozenset(name for name in names if not _CLIENT_ID.fullmatch(name))


def has_successor(admin: KafkaAdmin, group: str, instance_id: str, member_id: str) -> bool:
    """Whether a static member's place in the group is another's now; False where the brokers cannot tell.

    A broker names a static member by its `group.instance.id` and a UUID, a new one for each life (KIP-345).
    """
    try:
        described = describe_group(admin, group, DESCRIBE_SECONDS)
    except KafkaException:
        return False
    ids = [member.id for member in described.members]
    own_place = re.compile(re.escape(instance_id) + r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    return member_id not in ids and any(own_place.fullmatch(each) for each in ids)


def member_of(client_id: str, partitions: tuple[Partition, ...]) -> Member:
    found = _CLIENT_ID.fullmatch(client_id)
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
