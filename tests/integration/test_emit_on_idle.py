"""Windows that close when traffic stops, on real brokers: over a restart, and over a takeover after kill -9."""

from __future__ import annotations

import time

import pytest
from cluster import Cluster
from confluent_kafka import Producer
from worker import final_counts

from kstream_cli import KafkaStreams, State

FAST = {"commit.interval.ms": 100, "consumer.session.timeout.ms": 3_000, "consumer.heartbeat.interval.ms": 300}
WINDOW = 4_000


@pytest.fixture
def send():
    """Writes one record of each key, of that time."""

    def write(cluster, topic, keys, timestamp):
        producer = Producer({"bootstrap.servers": cluster.address, "log_level": 0, "partitioner": "murmur2_random"})
        for key in keys:
            producer.produce(topic, b"x", key.encode(), timestamp=timestamp)
        assert producer.flush(30) == 0

    return write


def counts(cluster, sink):
    return sorted((key.decode(), int.from_bytes(value, "big")) for key, value in cluster.read(sink))


def once(keys, *times):
    """What comes out for one record of each key at each of these times."""
    return sorted((f"{key}@{time - time % WINDOW}", 1) for time in times for key in keys)


def near_the_end_of_a_window():
    now = int(time.time() * 1000)
    return now - now % WINDOW - 100


@pytest.mark.embedded
def test_a_restart_does_not_emit_a_window_again(embedded_broker, unique, tmp_path, wait_until, send):
    cluster, source, sink = Cluster(embedded_broker), unique("in"), unique("out")
    cluster.create_topics(**{source: 1, sink: 1})
    config = {"application.id": unique("app"), "bootstrap.servers": embedded_broker, **FAST}
    first = near_the_end_of_a_window()
    send(cluster, source, "ab", first)
    with KafkaStreams(final_counts(source, sink), config | {"state.dir": str(tmp_path / "one")}) as streams:
        streams.start()
        wait_until(lambda: counts(cluster, sink) == once("ab", first), what="the first windows")
    second = first + 10 * WINDOW
    send(cluster, source, "ab", second)
    with KafkaStreams(final_counts(source, sink), config | {"state.dir": str(tmp_path / "two")}) as streams:
        streams.start()
        wait_until(lambda: len(counts(cluster, sink)) > 2, what="the second windows")
        assert counts(cluster, sink) == once("ab", first, second)


@pytest.mark.kafka
def test_a_takeover_emits_each_window_exactly_once(kafka_cluster, unique, tmp_path, wait_until, send, start_worker):
    source, sink, application = unique("in"), unique("out"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    config = {"application.id": application, "bootstrap.servers": kafka_cluster.address, **FAST}
    config |= {"processing.guarantee": "exactly_once_v2", "num.standby.replicas": 1}
    keys = [f"k{number}" for number in range(20)]

    def committed():
        return sum(max(0, offset) for offset in kafka_cluster.committed(application, source).values())

    first = near_the_end_of_a_window() - WINDOW + 200
    send(kafka_cluster, source, keys, first)
    killed = start_worker("final_counts", source, sink, config | {"state.dir": tmp_path / "killed"})
    wait_until(lambda: committed() >= len(keys), what="all taken")
    with KafkaStreams(final_counts(source, sink), config | {"state.dir": str(tmp_path / "other")}) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="a second instance")
        killed.kill()
        wait_until(lambda: counts(kafka_cluster, sink) == once(keys, first), what="the first windows")
        second = first + 10 * WINDOW
        send(kafka_cluster, source, keys, first)
        send(kafka_cluster, source, keys, second)
        wait_until(lambda: len(counts(kafka_cluster, sink)) >= 2 * len(keys), what="the second windows")
        assert counts(kafka_cluster, sink) == once(keys, first, second)
        dropped = [value for name, value in streams.metrics().items() if name.name == "dropped-records-total"]
        assert sum(dropped) == len(keys)


@pytest.mark.kafka
def test_a_transaction_that_is_open_keeps_windows_open(kafka_cluster, unique, tmp_path, wait_until, send):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    config = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, **FAST}
    config |= {"processing.guarantee": "exactly_once_v2", "state.dir": str(tmp_path)}
    first = near_the_end_of_a_window()
    send(kafka_cluster, source, "a", first)
    producer = Producer({"bootstrap.servers": kafka_cluster.address, "transactional.id": unique("producer")})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(source, b"x", b"a", timestamp=first)
    producer.flush(30)
    with KafkaStreams(final_counts(source, sink), config) as streams:
        streams.start()
        wait_until(
            lambda: any(task.processed for thread in streams.progress() for task in thread.tasks), what="a record taken"
        )
        # Long enough for the window to be due, and for the brokers to have been asked.
        taken = time.monotonic()
        wait_until(lambda: time.monotonic() > taken + 3, what="the window due")
        assert counts(kafka_cluster, sink) == []
        producer.commit_transaction(30)
        wait_until(lambda: counts(kafka_cluster, sink) != [], what="the window")
        [(_, count)] = counts(kafka_cluster, sink)
        assert count == 2
