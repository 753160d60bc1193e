"""A broker that is away for a while: nothing is lost, and only `task.timeout.ms` ends the application."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from apache_kafka import KafkaBroker
from cluster import Cluster
from worker import word_count

from kstream_cli import KafkaStreams
from kstream_cli.errors import BrokerUnavailableError

AWAY_SECONDS = 15
pytestmark = pytest.mark.kafka


@pytest.fixture
def lone_broker(tmp_path):
    directory = tmp_path / "kafka"
    directory.mkdir()
    broker = KafkaBroker(directory)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def settings(lone_broker, tmp_path):
    return {
        "application.id": "app",
        "bootstrap.servers": lone_broker.address,
        "state.dir": tmp_path / "state",
        "commit.interval.ms": 200,
        "consumer.session.timeout.ms": 6_000,
        "consumer.heartbeat.interval.ms": 300,
        "task.timeout.ms": 120_000,
    }


@pytest.fixture
def cluster(lone_broker):
    made = Cluster(lone_broker.address)
    made.create_topics(lines=2, counts=1)
    return made


def lines(first, last):
    return [(str(number).encode(), f"word{number % 17} word{number % 5}".encode()) for number in range(first, last)]


def last_counts(cluster):
    return {key.decode(): int.from_bytes(value, "big") for key, value in cluster.read("counts")}


def expected(records):
    return dict(Counter(word for _, line in records for word in line.decode().split()))


def pause(broker):
    broker.pause()
    time.sleep(AWAY_SECONDS)
    broker.resume()


def restart(broker):
    broker.kill()
    time.sleep(AWAY_SECONDS)
    broker.start()


# What a lone broker's kill does to its open transactions is told in docs/about/reliability.md.
@pytest.mark.parametrize(
    ("guarantee", "away"), [("at_least_once", pause), ("at_least_once", restart), ("exactly_once_v2", pause)]
)
def test_a_broker_that_comes_back_in_time_costs_no_record(lone_broker, cluster, settings, wait_until, guarantee, away):
    records = lines(0, 3000)
    with KafkaStreams(word_count("lines", "counts"), settings | {"processing.guarantee": guarantee}) as streams:
        streams.start()
        cluster.produce("lines", records[:1000])
        wait_until(lambda: last_counts(cluster) == expected(records[:1000]), what="the first counts")
        cluster.produce("lines", records[1000:2000])
        away(lone_broker)
        cluster.produce("lines", records[2000:])

        def done():
            assert not streams.wait(0)
            found = last_counts(cluster)
            if guarantee == "exactly_once_v2":
                return found == expected(records)
            return all(found[word] >= count for word, count in expected(records).items())

        wait_until(done, seconds=120, what="all counts")
        if guarantee == "exactly_once_v2":
            updates = cluster.read("counts")
            assert len(updates) == len(set(updates))


def test_a_broker_away_for_longer_than_the_task_timeout_ends_the_application_with_a_reason(
    lone_broker, cluster, settings, wait_until
):
    # Beyond the session timeout the tasks are given up, and there is nothing left that could time out.
    short = settings | {"task.timeout.ms": 3_000, "consumer.session.timeout.ms": 120_000}
    streams = KafkaStreams(word_count("lines", "counts"), short)
    streams.start()
    cluster.produce("lines", lines(0, 100))
    wait_until(lambda: last_counts(cluster) == expected(lines(0, 100)), what="the counts")
    cluster.produce("lines", lines(100, 5000))
    lone_broker.pause()
    with pytest.raises(BrokerUnavailableError, match=r"task\.timeout\.ms"):
        streams.wait(120)
