"""An application with topics in two Apache Kafka clusters: exactly once into home, at least once into the other."""

from __future__ import annotations

import time

import pytest
from apache_kafka import KafkaBroker, free_port
from cluster import Cluster
from confluent_kafka.admin import NewPartitions

from kstream_cli import KafkaStreams, StreamsBuilder
from kstream_cli.errors import BrokerUnavailableError, ConfigError

pytestmark = pytest.mark.kafka

RECORDS = 400


class Two:
    """The home cluster, and the cluster east."""

    def __init__(self, home, east):
        self.brokers = {"home": home, "east": east}
        self.home, self.east = Cluster(home.address), Cluster(east.address)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    brokers = []
    try:
        for name in ("home", "east"):
            brokers.append(KafkaBroker(tmp_path_factory.mktemp(name)))
            brokers[-1].start()
        yield Two(*brokers)
    finally:
        for broker in brokers:
            broker.kill()


@pytest.fixture
def settings(two, tmp_path, unique):
    return {
        "application.id": unique("app"),
        "bootstrap.servers": two.home.address,
        "clusters.east.bootstrap.servers": two.east.address,
        "state.dir": tmp_path / "state",
        "commit.interval.ms": 100,
        "processing.guarantee": "exactly_once_v2",
        "foreign.sinks.at.least.once": True,
        "consumer.session.timeout.ms": 10_000,
        "consumer.heartbeat.interval.ms": 300,
    }


def numbered(first, last):
    return [(str(number).encode(), str(number).encode()) for number in range(first, last)]


def copy(source, sink, *, from_east=True):
    builder = StreamsBuilder()
    cluster = "east" if from_east else None
    builder.stream(source, key=str, value=str, cluster=cluster).to(sink, key=str, value=str)
    return builder


def has(cluster, topic, records):
    return lambda: len(cluster.read(topic)) >= len(records)


def test_what_was_read_elsewhere_goes_on_after_a_restart_and_is_at_home_once(two, settings, unique, wait_until):
    source, sink = unique("orders"), unique("copy")
    two.east.create_topics(**{source: 3})
    two.home.create_topics(**{sink: 2})
    records = numbered(0, RECORDS)
    two.east.produce(source, records)
    with KafkaStreams(copy(source, sink), settings) as streams:
        streams.start()
        wait_until(has(two.home, sink, records), what="the copy")
    later = numbered(RECORDS, 2 * RECORDS)
    two.east.produce(source, later)
    with KafkaStreams(copy(source, sink), settings) as streams:
        streams.start()
        wait_until(has(two.home, sink, records + later), what="the rest of the copy")
    assert sorted(two.home.read(sink)) == sorted(records + later)
    application = settings["application.id"]
    offsets = two.home.committed(application, f"{application}-east.{source}-stand-in")
    assert sum(offsets.values()) == 2 * RECORDS
    assert two.home.read(f"{application}-east.{source}-stand-in") == []


def test_a_cluster_that_is_away_keeps_only_those_waiting_who_need_it(two, settings, unique, wait_until):
    names = {name: unique(name) for name in ("orders", "copy", "stock", "sent", "lines", "kept")}
    two.east.create_topics(**{names["orders"]: 2, names["sent"]: 2})
    two.home.create_topics(**{names[name]: 2 for name in ("copy", "stock", "lines", "kept")})
    builder = copy(names["orders"], names["copy"])
    builder.stream(names["stock"], key=str, value=str).to(names["sent"], key=str, value=str, cluster="east")
    builder.stream(names["lines"], key=str, value=str).to(names["kept"], key=str, value=str)
    first, second = numbered(0, RECORDS), numbered(RECORDS, 2 * RECORDS)
    with KafkaStreams(builder, settings) as streams:
        streams.start()
        two.east.produce(names["orders"], first)
        two.home.produce(names["stock"], first)
        wait_until(has(two.home, names["copy"], first), what="the copy")
        wait_until(has(two.east, names["sent"], first), what="what is sent")
        two.brokers["east"].pause()
        try:
            two.home.produce(names["stock"], second)
            two.home.produce(names["lines"], second)
            wait_until(has(two.home, names["kept"], second), what="the results of a task that needs home only")
            waiting = {task.task for thread in streams.progress() for task in thread.tasks if task.lag is None}
            assert waiting
        finally:
            two.brokers["east"].resume()
        two.east.produce(names["orders"], second)
        wait_until(has(two.home, names["copy"], first + second), what="the copy, after the outage")
        wait_until(lambda: set(second) <= set(two.east.read(names["sent"])), what="what is sent, after the outage")
    assert sorted(two.home.read(names["copy"])) == sorted(first + second)
    assert set(two.east.read(names["sent"])) == {*first, *second}
    assert sorted(two.home.read(names["kept"])) == sorted(second)


def test_new_partitions_elsewhere_are_read(two, settings, unique, wait_until):
    source, sink = unique("orders"), unique("copy")
    two.east.create_topics(**{source: 1})
    two.home.create_topics(**{sink: 1})
    records = numbered(0, RECORDS)
    with KafkaStreams(copy(source, sink), {**settings, "metadata.max.age.ms": 1_000}) as streams:
        streams.start()
        two.east.produce(source, records[:10])
        wait_until(has(two.home, sink, records[:10]), what="the copy of one partition")
        for future in two.east.admin.create_partitions([NewPartitions(source, 3)]).values():
            future.result(30)
        wait_until(lambda: len(two.east.admin.list_topics(source, 10).topics[source].partitions) == 3)
        two.east.produce(source, records[10:])
        wait_until(has(two.home, sink, records), what="the copy of three partitions")
    assert sorted(two.home.read(sink)) == sorted(records)


def test_one_cluster_under_two_names_is_refused(two, settings, unique):
    with pytest.raises(ConfigError, match="cluster 'east' is the home cluster"):
        KafkaStreams(
            copy(unique("a"), unique("b")), {**settings, "clusters.east.bootstrap.servers": two.home.address}
        ).start()


def test_a_cluster_that_does_not_answer_at_the_start_is_named(settings, unique):
    nowhere = f"127.0.0.1:{free_port()}"
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=f"no broker of cluster 'east' at {nowhere} answers"):
        KafkaStreams(copy(unique("a"), unique("b")), {**settings, "clusters.east.bootstrap.servers": nowhere}).start()
    assert time.monotonic() - began < 30
