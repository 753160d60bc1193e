"""When a thread that was given its tasks, or none, may say that it runs."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.cluster.assignment import place
from kstream_cli.runtime.cluster.group_description import STABLE, GroupDescription, GroupMember
from kstream_cli.runtime.threads.rebalance_end import RebalanceEnd

PLACEMENT = place({0: ["a"]}, {"a": 3}, "app")


class Broker:
    """What it shows of the group, and a clock."""

    def __init__(self):
        self.now = 100.0
        self.asked = 0
        self.answer = None

    def show(self, *assigned, state=STABLE):
        """Members with so many tasks each."""
        numbers = iter(range(10))
        members = (GroupMember("member", tuple(("a", next(numbers)) for _ in range(count))) for count in assigned)
        self.answer = GroupDescription(state, tuple(members))

    def ask(self):
        self.asked += 1
        future = Future()
        if isinstance(self.answer, Exception):
            future.set_exception(self.answer)
        elif self.answer is not None:
            future.set_result(self.answer)
        return future


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def end(broker):
    made = RebalanceEnd(broker.ask, lambda: broker.now)
    made.begin()
    return made


def is_over(end, broker, own=0):
    """Whether it is, once an answer had time to come."""
    found = end.is_over(PLACEMENT, own)
    broker.now += 1
    return found or end.is_over(PLACEMENT, own)


def test_a_member_with_all_tasks_need_not_ask(end, broker):
    assert end.is_over(PLACEMENT, 3)
    assert broker.asked == 0


def test_a_new_member_without_tasks_waits_until_every_task_is_somebody_s(end, broker):
    broker.show(2, 0)
    assert not is_over(end, broker)
    broker.show(2, 1)
    assert is_over(end, broker) or is_over(end, broker)


def test_a_group_that_rebalances_is_not_done(end, broker):
    broker.show(2, 1, state="PreparingRebalance")
    assert not is_over(end, broker)


def test_it_is_over_where_the_broker_does_not_say(end, broker):
    broker.answer = KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))
    assert is_over(end, broker)


def test_it_is_over_where_the_broker_shows_no_members(end, broker):
    broker.show()
    assert is_over(end, broker)


def test_it_is_over_where_the_broker_shows_members_but_not_what_they_have(end, broker):
    broker.show(0, 0)
    assert is_over(end, broker)


def test_nobody_waits_longer_than_ten_seconds(end, broker):
    assert not is_over(end, broker)
    broker.now += 10
    assert end.is_over(PLACEMENT, 0)


def test_nothing_is_asked_once_it_is_over(end, broker):
    broker.show(3)
    assert is_over(end, broker)
    asked = broker.asked
    assert end.is_over(PLACEMENT, 0)
    assert broker.asked == asked


def test_an_answer_about_the_round_before_says_nothing_about_this_one(end, broker):
    broker.show(3)
    assert not end.is_over(PLACEMENT, 0)
    end.begin()
    broker.show(2, 0)
    assert not is_over(end, broker)


def test_the_broker_is_asked_five_times_a_second_at_most(end, broker):
    broker.show(2, 0)
    asked = []
    for _ in range(4):
        end.is_over(PLACEMENT, 0)
        asked.append(broker.asked)
        broker.now += 0.125
    assert asked == [1, 1, 2, 2]
