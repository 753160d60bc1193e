"""Groups as brokers show them."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.cluster.group_description import STABLE, GroupDescription, GroupMember, describe_group

ASSIGNMENT = (
    struct.pack(">hih", 0, 2, 1)
    + b"a"
    + struct.pack(">3i", 2, 0, 3)
    + struct.pack(">h", 2)
    + b"bc"
    + bytes(4)
    + bytes(4)
)


def admin(*groups: Any) -> Any:
    return SimpleNamespace(list_groups=lambda group, timeout: list(groups))


def group(*members: Any, error: KafkaError | None = None) -> Any:
    return SimpleNamespace(state="Stable", members=members, error=error, protocol_type="consumer", protocol="")


def test_each_member_has_the_partitions_of_its_assignment() -> None:
    member = SimpleNamespace(id="one-1", client_id="one", client_host="/h", assignment=ASSIGNMENT)
    described = describe_group(admin(group(member)), "app", 1)
    assert described == GroupDescription(STABLE, (GroupMember("one", (("a", 0), ("a", 3)), "one-1", "/h"),), "consumer")


def test_a_member_that_has_just_come_has_none() -> None:
    member = SimpleNamespace(id="one-1", client_id="one", client_host="/h", assignment=b"")
    assert describe_group(admin(group(member)), "app", 1).members == (GroupMember("one", (), "one-1", "/h"),)


@pytest.mark.parametrize("assignment", [b"assigned", b"\0\0\0\0\0\1\xff\xfa" + bytes(20), ASSIGNMENT[:-9], b"x"])
@pytest.mark.parametrize("kind", ["consumer", "connect"])
def test_what_a_member_of_another_kind_was_given_is_not_read_as_partitions(assignment: bytes, kind: str) -> None:
    member = SimpleNamespace(id="one-1", client_id="one", client_host="/h", assignment=assignment)
    found = group(member)
    found.protocol_type = kind
    assert describe_group(admin(found), "app", 1).members == (GroupMember("one", (), "one-1", "/h"),)


def test_a_group_that_nobody_has_heard_of_has_no_members() -> None:
    assert describe_group(admin(), "app", 1) == GroupDescription(STABLE, ())


def test_a_broker_that_cannot_tell_says_so() -> None:
    with pytest.raises(KafkaException):
        describe_group(admin(group(error=KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE))), "app", 1)
