"""Topics that appear, grow or go while an application runs."""

from __future__ import annotations

import re

import pytest
from confluent_kafka.admin import NewPartitions
from worker import word_count

from kstream_cli import KafkaStreams, State, StreamsBuilder
from kstream_cli.errors import MissingTopicsError, TopicPartitionsError

FAST = {
    "commit.interval.ms": "100",
    "consumer.session.timeout.ms": "6000",
    "consumer.heartbeat.interval.ms": "200",
    "metadata.max.age.ms": "1000",
}
pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(kafka_cluster, unique, tmp_path):
    given = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, "state.dir": str(tmp_path)}
    return given | FAST


def counting(source, sink):
    builder = StreamsBuilder()
    builder.stream(source, key=str, value=str).group_by_key().count(store="counts").to_stream().to(sink, value=int)
    return builder.build()


def copying(source, sink):
    builder = StreamsBuilder()
    builder.stream(source, key=str, value=str).to(sink)
    return builder.build()


def rows(cluster, topic):
    return sorted((key.decode(), value) for key, value in cluster.read(topic))


def grow(cluster, topic, partitions):
    for future in cluster.admin.create_partitions([NewPartitions(topic, partitions)]).values():
        future.result(10)


def running_tasks(streams):
    return {task.task: task.partitions for thread in streams.progress() for task in thread.tasks}


def test_a_topic_that_begins_to_match_a_pattern_is_read_by_the_tasks_there_are(
    kafka_cluster, settings, unique, wait_until
):
    name, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{f"{name}-a": 2, sink: 1})
    with KafkaStreams(counting(re.compile(f"{name}-.*"), sink), settings) as streams:
        streams.start()
        kafka_cluster.produce(f"{name}-a", [(b"one", b"x"), (b"two", b"x")])
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 2, what="records of the first topic")
        kafka_cluster.create_topics(**{f"{name}-b": 2})
        kafka_cluster.produce(f"{name}-b", [(b"one", b"x"), (b"two", b"x")])
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 4, what="records of the second topic")
        counts = [(key, int.from_bytes(value, "big")) for key, value in rows(kafka_cluster, sink)]
        assert sorted(counts) == [("one", 1), ("one", 2), ("two", 1), ("two", 2)]
        assert set(running_tasks(streams)) == {"0_0", "0_1"}


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_a_wider_topic_that_matches_a_pattern_makes_new_tasks_on_all_instances(
    kafka_cluster, settings, unique, wait_until, tmp_path, guarantee
):
    name, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{f"{name}-a": 2, sink: 1})
    topology = copying(re.compile(f"{name}-.*"), sink)

    def instance(directory):
        own = {"state.dir": str(tmp_path / directory), "client.id": directory, "processing.guarantee": guarantee}
        return KafkaStreams(topology, settings | own)

    with instance("one") as one, instance("two") as two:
        one.start()
        two.start()
        keys = [f"key{number}".encode() for number in range(40)]
        kafka_cluster.produce(f"{name}-a", [(key, b"a") for key in keys])
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 40, what="records of the first topic")
        kafka_cluster.create_topics(**{f"{name}-b": 4})
        kafka_cluster.produce(f"{name}-b", [(key, b"b") for key in keys])
        kafka_cluster.produce(f"{name}-a", [(key, b"c") for key in keys])
        wait_until(lambda: len(rows(kafka_cluster, sink)) >= 120, what="records of both topics")
        wait_until(
            lambda: sorted([*running_tasks(one), *running_tasks(two)]) == ["0_0", "0_1", "0_2", "0_3"],
            what="every task in one instance",
        )
        assert rows(kafka_cluster, sink) == sorted(
            (key.decode(), value) for key in keys for value in (b"a", b"b", b"c")
        )


def test_new_partitions_of_a_source_topic_get_tasks(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    with KafkaStreams(copying(source, sink), settings) as streams:
        streams.start()
        kafka_cluster.produce(source, [(b"old", b"x")], partition=0)
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 1, what="the first record")
        grow(kafka_cluster, source, 3)
        wait_until(lambda: set(running_tasks(streams)) == {"0_0", "0_1", "0_2"}, what="three tasks")
        kafka_cluster.produce(source, [(b"new", b"x")], partition=2)
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 2, what="a record of a new partition")
        wait_until(lambda: streams.state is State.RUNNING, what="running")


def test_with_latest_nothing_is_skipped_of_a_new_partition_or_of_what_comes_while_the_application_is_stopped(
    kafka_cluster, settings, unique, wait_until
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    settings = settings | {"auto.offset.reset": "latest"}

    def run(expected):
        with KafkaStreams(copying(source, sink), settings) as streams:
            streams.start()
            yield
            wait_until(lambda: [key for key, _ in rows(kafka_cluster, sink)] == expected, what=f"{expected}")

    first = run(["new"])
    next(first)
    wait_until(lambda: kafka_cluster.committed(settings["application.id"], source) == {0: 0}, what="the position")
    grow(kafka_cluster, source, 2)
    kafka_cluster.produce(source, [(b"new", b"x")], partition=1)
    next(first, None)
    kafka_cluster.produce(source, [(b"meanwhile", b"x")], partition=0)
    second = run(["meanwhile", "new"])
    next(second)
    next(second, None)


def test_new_partitions_of_a_source_topic_end_an_application_whose_changelogs_do_not_fit(
    kafka_cluster, settings, unique, wait_until
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    with KafkaStreams(counting(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="running")
        grow(kafka_cluster, source, 2)
        with pytest.raises(TopicPartitionsError, match="counts-changelog has 1 partitions instead of 2"):
            streams.wait(60)
        assert streams.state is State.ERROR


def test_a_deleted_source_topic_ends_the_application_with_its_name(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("lines"), unique("counts")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    kafka_cluster.produce(source, [(b"k", b"a b")])
    with KafkaStreams(word_count(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 2, what="two words")
        kafka_cluster.admin.delete_topics([source])[source].result(10)
        with pytest.raises(MissingTopicsError, match=source):
            streams.wait(90)


def test_a_deleted_topic_of_a_pattern_is_left_behind(kafka_cluster, settings, unique, wait_until):
    name, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{f"{name}-a": 1, f"{name}-b": 2, sink: 1})
    with KafkaStreams(copying(re.compile(f"{name}-.*"), sink), settings) as streams:
        streams.start()
        wait_until(lambda: set(running_tasks(streams)) == {"0_0", "0_1"}, what="two tasks")
        kafka_cluster.admin.delete_topics([f"{name}-b"])[f"{name}-b"].result(10)
        wait_until(lambda: running_tasks(streams) == {"0_0": ((f"{name}-a", 0),)}, seconds=60, what="one task")
        kafka_cluster.produce(f"{name}-a", [(b"k", b"x")])
        wait_until(lambda: len(rows(kafka_cluster, sink)) == 1, what="a record of the topic that stays")
