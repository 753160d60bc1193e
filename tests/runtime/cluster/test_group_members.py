"""Who is in the group: whose place a static member has, and who is no stream thread."""

from types import SimpleNamespace
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.cluster.group_members import has_successor, strangers

OWN, OTHER = "i-1-0c9fe5b1-6e5e-4f2a-9c3b-1b7f4f8f0a10", "i-1-5f8c7d0e-1111-4a2b-8c3d-0123456789ab"


def admin(*ids: str) -> Any:
    members = [SimpleNamespace(id=each, client_id="c", client_host="/h", assignment=b"") for each in ids]
    group = SimpleNamespace(state="Stable", members=members, error=None, protocol_type="consumer", protocol="")
    return SimpleNamespace(list_groups=lambda group_id, timeout: [group])


def test_a_later_member_of_the_same_name_is_the_successor() -> None:
    assert has_successor(admin(OTHER), "app", "i-1", OWN)


def test_a_member_that_the_group_has_is_its_own_successor_never() -> None:
    assert not has_successor(admin(OWN), "app", "i-1", OWN)


def test_names_that_only_begin_alike_are_others() -> None:
    assert not has_successor(admin("i-1-" + OTHER, "i-10" + OTHER[3:]), "app", "i-1", OWN)


def test_a_broker_that_cannot_tell_does_not_put_anybody_out() -> None:
    def away(group: str, timeout: float) -> Any:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    assert not has_successor(SimpleNamespace(list_groups=away), "app", "i-1", OWN)


def test_members_with_names_that_are_no_stream_threads_are_strangers() -> None:
    names = (
        "a-StreamThread-1-consumer",
        "a-StreamThread-2-consumer@here:80",
        "rdkafka",
        "a-StreamThread-1-producer",
        "",
    )
    members = [SimpleNamespace(id=each, client_id=each, client_host="/h", assignment=b"") for each in names]
    group = SimpleNamespace(state="Stable", members=members, error=None, protocol_type="consumer", protocol="")
    asked = SimpleNamespace(list_groups=lambda group_id, timeout: [group])
    assert strangers(asked, "app") == {"rdkafka", "a-StreamThread-1-producer"}


def test_a_broker_that_cannot_tell_names_no_strangers() -> None:
    def away(group: str, timeout: float) -> Any:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    assert strangers(SimpleNamespace(list_groups=away), "app") == frozenset()
