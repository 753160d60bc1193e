"""A group that cannot be joined: waited for while others are in it, for a while, with one message."""

from __future__ import annotations

import logging
from concurrent.futures import Future

import pytest
from confluent_kafka import KafkaError

from kstream_cli.config import Config
from kstream_cli.errors import GroupJoinError
from kstream_cli.runtime.threads.join_refusal import FOR_GOOD, JoinRefusal

INCONSISTENT = KafkaError(KafkaError.INCONSISTENT_GROUP_PROTOCOL)


class Group:
    """A group, as a thread that cannot join it asks about it."""

    def __init__(self, **settings):
        self.now = 0.0
        self.asked: list[Future[str]] = []
        config = Config.from_mapping({"application.id": "app", **settings})
        self.refusal = JoinRefusal(config, self.ask, clock=lambda: self.now)

    def ask(self):
        self.asked.append(Future())
        return self.asked[-1]

    def refuse(self, until, error=INCONSISTENT):
        """Refuse every two seconds."""
        while self.now < until:
            assert self.refusal.take(error)
            self.now += 2.0


@pytest.fixture
def warnings(caplog):
    caplog.set_level(logging.INFO, "kstream_cli")
    return lambda: [each.message for each in caplog.records if each.levelno == logging.WARNING]


def test_who_is_in_the_group_is_told_once_with_what_to_do_and_for_how_long_it_is_tried(warnings):
    group = Group()
    group.refuse(until=2)
    group.asked[0].set_result("Kafka Streams for Java (assignor 'stream'), 2 members: a at b, c at d")
    group.refuse(until=60)
    [warning] = warnings()
    for part in ("group app", "Kafka Streams for Java", "2 members", "Stop that", "another application.id", "90 s"):
        assert part in warning
    assert len(group.asked) == 1


def test_after_the_time_it_ends_with_the_same_words():
    group = Group()
    group.refuse(until=2)
    group.asked[0].set_result("other consumers")
    group.refuse(until=90)
    with pytest.raises(GroupJoinError, match=r"could not be joined for 90 s: .*other consumers.*application\.id"):
        group.refusal.take(INCONSISTENT)


def test_a_shorter_task_timeout_counts():
    group = Group(**{"task.timeout.ms": 10_000})
    group.refuse(until=10)
    with pytest.raises(GroupJoinError, match="for 10 s"):
        group.refusal.take(INCONSISTENT)


@pytest.mark.parametrize("answer", ["none", "failure"])
def test_brokers_that_do_not_tell_do_not_keep_it_silent(warnings, answer):
    group = Group()
    group.refuse(until=2)
    if answer == "failure":
        group.asked[0].set_exception(RuntimeError("away"))
    group.refuse(until=30)
    [warning] = warnings()
    assert "members that the brokers do not tell" in warning


def test_once_joined_the_time_begins_anew(warnings):
    group = Group()
    group.refuse(until=80)
    group.refusal.joined()
    group.refuse(until=160)
    assert len(warnings()) == 2


@pytest.mark.parametrize("code", sorted(FOR_GOOD))
def test_what_does_not_end_by_waiting_ends_at_once_with_its_remedy(code):
    with pytest.raises(GroupJoinError) as refused:
        Group().refusal.take(KafkaError(code))
    assert FOR_GOOD[code] in str(refused.value)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (KafkaError.INCONSISTENT_GROUP_PROTOCOL, "Stop that application"),
        (KafkaError.GROUP_MAX_SIZE_REACHED, "group.max.size"),
        (KafkaError.UNRELEASED_INSTANCE_ID, "group.instance.id"),
    ],
)
def test_what_others_are_the_reason_of_is_waited_out_and_told_with_its_own_remedy(code, remedy, warnings):
    group = Group()
    group.refuse(until=90, error=KafkaError(code))
    with pytest.raises(GroupJoinError) as refused:
        group.refusal.take(KafkaError(code))
    assert all(remedy in each for each in (*warnings(), str(refused.value)))
    assert all(("A Java application" in each) == (remedy == "Stop that application") for each in warnings())


def test_any_other_error_is_none_of_its_business():
    assert not Group().refusal.take(KafkaError(KafkaError._TRANSPORT))
