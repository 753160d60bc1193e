"""Asks brokers who the members of a consumer group are, and what each one was assigned.

Not by the admin client's `describe_consumer_groups`: when a coordinator comes back from being away, librdkafka 2.16
ends the whole process in it, with an assertion. Its older `list_groups` asks all brokers, and fails while one of them
is away.
"""

from __future__ import annotations

import struct
import warnings
from concurrent.futures import Future
from typing import NamedTuple

from confluent_kafka import KafkaException

from kstream_cli.runtime.clients.bounded_call import call_in_background
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.task.partition import Partition

STABLE = "Stable"
CONSUMERS = "consumer"
"""The protocol type of consumers, Kafka Streams among them."""
REBALANCING = frozenset({"PreparingRebalance", "CompletingRebalance"})

warnings.filterwarnings("ignore", message=r"list_groups\(\) is deprecated", category=DeprecationWarning)


class GroupMember(NamedTuple):
    client_id: str
    partitions: tuple[Partition, ...]
    id: str = ""
    """Of a static member: its `group.instance.id`, and what tells this life of it from the next."""
    host: str = ""


class GroupDescription(NamedTuple):
    """A group as the broker shows it; one that nobody has heard of is stable, without members."""

    state: str
    members: tuple[GroupMember, ...]
    protocol_type: str = ""
    """`consumer`, or that of another kind of members, such as `connect`."""
    protocol: str = ""
    """The assignor, once the members have agreed on one."""


def describe_group(admin: KafkaAdmin, group: str, seconds: float) -> GroupDescription:
    """Raises KafkaException when it cannot be told in that time."""
    for found in admin.list_groups(group, timeout=seconds):
        if found.error is not None:
            raise KafkaException(found.error)
        assigned = _assigned if found.protocol_type == CONSUMERS else _none
        members = tuple(
            GroupMember(each.client_id, assigned(each.assignment), each.id, each.client_host) for each in found.members
        )
        return GroupDescription(found.state, members, found.protocol_type, found.protocol)
    return GroupDescription(STABLE, ())


def ask_for_group(admin: KafkaAdmin, group: str, seconds: float) -> Future[GroupDescription]:
    """The same without waiting."""
    return call_in_background(describe_group, admin, group, seconds)


def _none(data: bytes) -> tuple[Partition, ...]:
    """Members of other kinds, such as those of Kafka Connect, are given other things than partitions."""
    return ()


def _assigned(data: bytes) -> tuple[Partition, ...]:
    """The partitions in an assignment of the classic consumer protocol; none where a member wrote something else."""
    try:
        return _decoded(data) if data else ()
    except (struct.error, UnicodeDecodeError):
        return ()


def _decoded(data: bytes) -> tuple[Partition, ...]:
    found: list[Partition] = []
    (topics,) = struct.unpack_from(">i", data, 2)
    place = 6
    for _ in range(topics):
        (length,) = struct.unpack_from(">H", data, place)
        topic = data[place + 2 : place + 2 + length].decode()
        place += 2 + length
        (count,) = struct.unpack_from(">i", data, place)
        found.extend((topic, number) for number in struct.unpack_from(f">{count}i", data, place + 4))
        place += 4 + 4 * count
    return tuple(found)
