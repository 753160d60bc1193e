"""Who is in a group, in a few words."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import ConsumerGroupType

from kstream_cli.runtime.cluster.group_occupants import group_occupants


def member(client_id, host):
    return SimpleNamespace(client_id=client_id, id="", client_host=f"/{host}", assignment=b"")


JAVA = [member(f"a-StreamThread-{number}-consumer", "h") for number in (1, 2)]
FIRST, SECOND = (f"{each.client_id} at h" for each in JAVA)
OTHERS = [member(f"c{number}", "10.0.0.1") for number in range(5)]


class Admin:
    def __init__(self, members=(), protocol="", kind="consumer", listed=()):
        self._found = SimpleNamespace(
            error=None, state="Stable", members=members, protocol=protocol, protocol_type=kind
        )
        self._listed = [SimpleNamespace(group_id=name, type=each) for name, each in listed]

    def list_groups(self, group, timeout):
        return [self._found]

    def list_consumer_groups(self, request_timeout):
        done = Future()
        done.set_result(SimpleNamespace(valid=self._listed))
        return done


@pytest.mark.parametrize(
    ("admin", "said"),
    [
        (
            Admin(JAVA, "stream"),
            f"Kafka Streams for Java (assignor 'stream'), 2 members: {FIRST}, {SECOND}",
        ),
        (Admin(JAVA[:1], "cooperative-sticky"), f"kstream (assignor 'cooperative-sticky'), 1 member: {FIRST}"),
        (
            Admin([member("a-StreamThread-1-consumer@here:80", "h")], "cooperative-sticky"),
            "kstream (assignor 'cooperative-sticky'), 1 member: a-StreamThread-1-consumer@here:80 at h",
        ),
        (Admin(JAVA[:1]), f"Kafka Streams for Java (no assignor yet), 1 member: {FIRST}"),
        (
            Admin(OTHERS, "range"),
            "other consumers (assignor 'range'), 5 members: c0 at 10.0.0.1, c1 at 10.0.0.1, c2 at 10.0.0.1 and 2 more",
        ),
        (
            Admin(OTHERS[:1], "sessioned", "connect"),
            "members of the kind 'connect' (assignor 'sessioned'), 1 member: c0 at 10.0.0.1",
        ),
        (Admin(), "an application with group.protocol=streams"),
        (Admin(listed=[("app", ConsumerGroupType.CONSUMER)]), "a group of consumers with group.protocol=consumer"),
        (Admin(listed=[("app", ConsumerGroupType.CLASSIC)]), "nobody any more"),
    ],
)
def test_kind_assignor_and_members_are_told(admin, said):
    assert group_occupants(admin, "app") == said
