"""The marker with which one instance asks all others of its application to shut down."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.runtime.cluster.shutdown_request import ShutdownRequest


class Offsets:
    """A consumer on a broker that keeps the offsets of one group."""

    def __init__(self):
        self.offsets = {}
        self.error = None

    def committed(self, partitions, timeout):
        self._check()
        return [TopicPartition(each.topic, 0, self.offsets.get(each.topic, -1001)) for each in partitions]

    def commit(self, *, offsets, asynchronous):
        self._check()
        self.offsets.update((each.topic, each.offset) for each in offsets)

    def _check(self):
        if self.error is not None:
            raise KafkaException(KafkaError(self.error))


@pytest.fixture
def broker():
    return Offsets()


def instance(broker, time=1000):
    return ShutdownRequest(broker, "in", lambda: time)


def test_nobody_shuts_down_unasked(broker):
    request = instance(broker)
    assert [request.look(), request.look()] == [False, False]


def test_a_request_reaches_an_instance_that_runs(broker):
    running = instance(broker)
    assert not running.look()
    assert instance(broker).send()
    assert running.look()


def test_an_instance_started_later_is_not_hindered(broker):
    instance(broker).send()
    later = instance(broker)
    assert [later.look(), later.look()] == [False, False]
    instance(broker, 2000).send()
    assert later.look()


def test_a_marker_that_the_broker_forgot_is_no_request(broker):
    instance(broker).send()
    running = instance(broker)
    assert not running.look()
    broker.offsets.clear()
    assert not running.look()


def test_a_broker_that_is_away_is_no_request_and_what_was_there_before_stays_known_as_old(broker):
    instance(broker).send()
    broker.error = KafkaError._TIMED_OUT
    running = instance(broker)
    assert not running.look()
    broker.error = None
    assert not running.look()


def test_an_instance_without_the_rights_says_so_once(broker, caplog):
    broker.error = KafkaError.GROUP_AUTHORIZATION_FAILED
    running = instance(broker)
    for _ in range(3):
        assert not running.look()
    assert sum("cannot be read" in record.message for record in caplog.records if record.levelname == "WARNING") == 1
    assert not running.send()
