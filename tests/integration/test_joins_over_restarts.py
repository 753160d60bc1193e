"""Joins and suppress whose two halves an application sees before and after a restart, on real brokers."""

from __future__ import annotations

import shutil
import time

import pytest
from confluent_kafka import Producer

from kstream_cli import BufferConfig, JoinWindows, KafkaStreams, StreamsBuilder, Suppressed, TimeWindows

FAST = {
    "commit.interval.ms": "100",
    "consumer.session.timeout.ms": "6000",
    "consumer.heartbeat.interval.ms": "300",
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": "0",
}


@pytest.fixture
def settings(cluster, unique, tmp_path):
    given = {"application.id": unique("app"), "bootstrap.servers": cluster.address, "state.dir": str(tmp_path)}
    return given | FAST


HOUR = 3_600_000
START = int(time.time() * 1000) // HOUR * HOUR
"""Timestamps are of today, on the hour: brokers delete what is older than their retention."""


def produce(cluster, topic, *records):
    """Write (key, value, ms after START) records."""
    producer = Producer({"bootstrap.servers": cluster.address, "log_level": 0})
    for key, value, offset_ms in records:
        producer.produce(topic, value, key, timestamp=START + offset_ms)
    assert producer.flush(30) == 0


@pytest.fixture
def after_a_run(settings, wait_until, tmp_path):
    """Runs an application until it has done what is awaited; its state directory is lost then, not its changelogs."""

    def run(builder, done, what):
        with KafkaStreams(builder, settings) as streams:
            streams.start()
            wait_until(lambda: streams.wait(0) or done(), what=what)
        shutil.rmtree(tmp_path)

    return run


def test_a_foreign_key_join_finds_its_rows_across_partitions(cluster, unique, after_a_run):
    orders, users, sink = unique("orders"), unique("users"), unique("out")
    cluster.create_topics(**{orders: 3, users: 2, sink: 1})

    def builder():
        builder = StreamsBuilder()
        left, right = builder.table(orders, key=str, value=str), builder.table(users, key=str, value=str)
        joined = left.left_join(right, lambda order, user: f"{order}:{user}", foreign_key=lambda order: order)
        joined.to_stream().to(sink, value=str)
        return builder

    def latest():
        return dict(cluster.read(sink))

    def expected(name):
        return {f"o{n}".encode(): f"u{n % 7}:{name}".encode() for n in range(40)}

    cluster.produce(orders, [(f"o{n}".encode(), f"u{n % 7}".encode()) for n in range(40)])
    after_a_run(builder(), lambda: latest() == expected(None), "rows without a user")
    cluster.produce(users, [(f"u{n}".encode(), b"name") for n in range(7)])
    after_a_run(builder(), lambda: latest() == expected("name"), "rows with their user")
    cluster.produce(users, [(f"u{n}".encode(), b"new") for n in range(7)])
    after_a_run(builder(), lambda: latest() == expected("new"), "rows with their user's new name")


def test_an_unmatched_record_is_still_held_after_a_restart(cluster, unique, after_a_run):
    left, right, sink = unique("left"), unique("right"), unique("out")
    cluster.create_topics(**{left: 1, right: 1, sink: 1})

    def builder(seen):
        builder = StreamsBuilder()
        stream = builder.stream(left, key=str, value=str).peek(lambda key, value: seen.append(value))
        window = JoinWindows.of_time_difference(10)
        joined = stream.left_join(builder.stream(right, key=str, value=str), lambda x, y: f"{x}+{y}", window)
        joined.to(sink, value=str)
        return builder

    first: list[str] = []
    produce(cluster, left, (b"k", b"a", 1000), (b"j", b"b", 1001))
    after_a_run(builder(first), lambda: len(first) == 2, "both records")
    produce(cluster, right, (b"j", b"r", 1002))
    after_a_run(builder([]), lambda: cluster.read(sink) == [(b"j", b"b+r")], "the match")
    produce(cluster, left, (b"x", b"later", 5000))
    after_a_run(builder([]), lambda: len(cluster.read(sink)) == 2, "the unmatched record")
    assert sorted(cluster.read(sink)) == [(b"j", b"b+r"), (b"k", b"a+None")]


def test_a_suppressed_window_is_still_held_after_a_restart(cluster, unique, after_a_run):
    source, sink = unique("in"), unique("out")
    cluster.create_topics(**{source: 1, sink: 1})

    def builder(seen):
        builder = StreamsBuilder()
        stream = builder.stream(source, key=str, value=str).peek(lambda key, value: seen.append(value))
        counts = stream.group_by_key().windowed_by(TimeWindows.of_size(1000)).count()
        final = counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded()))
        final.to_stream(lambda windowed, count: windowed.key).to(sink, key=str, value=int)
        return builder

    first: list[str] = []
    produce(cluster, source, (b"a", b"1", 1000), (b"a", b"2", 1500), (b"b", b"3", 1600))
    after_a_run(builder(first), lambda: len(first) == 3, "three records")
    produce(cluster, source, (b"b", b"4", 1700), (b"c", b"5", 2000))
    after_a_run(builder([]), lambda: len(cluster.read(sink)) == 2, "the results of the closed window")
    counts = {key: int.from_bytes(value, "big") for key, value in cluster.read(sink)}
    assert counts == {b"a": 2, b"b": 2}
