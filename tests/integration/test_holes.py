"""Topics with holes: compacted records, aborted ones, and transactions' markers, also as the last of a partition."""

from __future__ import annotations

import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic
from worker import key_count

from kstream_cli import KafkaStreams, State, StateRestoreListener, StreamsBuilder

pytestmark = pytest.mark.kafka

COMPACTED = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.001"}
KEYS = ("a", "b", "c")


class Restored(StateRestoreListener):
    def __init__(self):
        self.records = 0

    def on_restore_end(self, topic, partition, store, total):
        self.records += total


@pytest.fixture
def settings(kafka_cluster, unique, tmp_path):
    return {
        "application.id": unique("app"),
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path / "state",
        "processing.guarantee": "exactly_once_v2",
        "commit.interval.ms": 100,
        "statestore.cache.max.bytes": 0,
        "consumer.session.timeout.ms": 6_000,
        "consumer.heartbeat.interval.ms": 300,
    }


@pytest.fixture
def abort(kafka_cluster, unique):
    """Writes records to a topic in a transaction that is aborted."""

    def write(topic):
        producer = Producer(
            {"bootstrap.servers": kafka_cluster.address, "log_level": 0, "transactional.id": unique(topic)}
        )
        producer.init_transactions(30)
        producer.begin_transaction()
        for key in KEYS:
            producer.produce(topic, b"aborted!", key.encode())
        producer.flush(10)
        producer.abort_transaction(10)

    return write


@pytest.fixture
def run(wait_until):
    """Runs an application until a condition holds and it knows of nothing more to read; how much it restored."""

    def until(condition, topology, settings):
        restored = Restored()
        streams = KafkaStreams(topology, settings)
        streams.set_restore_listener(restored)
        with streams:
            streams.start()
            wait_until(lambda: streams.state is State.RUNNING, what="running")
            wait_until(lambda: streams.wait(0) or condition(streams), what="the condition")
            wait_until(lambda: [task.lag for task in streams.progress()[0].tasks] == [0], what="no lag")
            wait_until(lambda: [*streams.all_local_store_partition_lags().values()] == [{0: 0}], what="nothing left")
        return restored.records

    return until


def rows(streams, store):
    return {key: value for key, (value, _) in streams.store(store).all()}


def roll(cluster, topic):
    """Have the broker begin a new segment: all before that may be compacted."""
    time.sleep(0.15)
    cluster.produce(topic, [(b"a", b"last")])


def test_a_changelog_with_holes_is_restored_to_its_end(
    kafka_cluster, unique, settings, abort, run, tmp_path, wait_until
):
    source, sink, application = unique("in"), unique("out"), settings["application.id"]
    changelog = f"{application}-counts-changelog"
    kafka_cluster.create([NewTopic(source, 1, 1), NewTopic(sink, 1, 1), NewTopic(changelog, 1, 1, config=COMPACTED)])
    topology = key_count(source, sink)
    total = 0
    for count in (100, 1, 1):  # Each write some time after another begins a new segment.
        kafka_cluster.produce(source, [(key.encode(), b"") for key in KEYS] * count)
        total += count
        expected = dict.fromkeys(KEYS, total)
        assert run(lambda streams: rows(streams, "counts") == expected, topology, settings) == 0  # noqa: B023
    wait_until(lambda: len(kafka_cluster.read(changelog)) < 100, what="the compaction")
    abort(changelog)
    left = len(kafka_cluster.read(changelog))
    anew = settings | {"state.dir": tmp_path / "new"}
    assert 3 <= run(lambda streams: rows(streams, "counts") == expected, topology, anew) <= left
    kafka_cluster.produce(source, [(b"a", b"")])
    expected["a"] += 1
    assert run(lambda streams: rows(streams, "counts") == expected, topology, anew) == 0


def test_a_source_with_holes_is_read_and_restored_and_committed_to_its_end(
    kafka_cluster, unique, settings, abort, run, tmp_path, wait_until
):
    source, sink, application = unique("in"), unique("out"), settings["application.id"]
    kafka_cluster.create([NewTopic(source, 1, 1, config=COMPACTED), NewTopic(sink, 1, 1)])
    kafka_cluster.produce(source, [(key.encode(), b"%d" % number) for number in range(100) for key in KEYS])
    roll(kafka_cluster, source)
    wait_until(lambda: len(kafka_cluster.read(source)) < 100, what="the compaction")
    abort(source)
    left, end = len(kafka_cluster.read(source)), 305
    builder = StreamsBuilder()
    builder.table(source, key=str, value=str, store="table").to_stream().to(sink)
    topology = builder.build({"topology.optimization": "all"})
    settings |= {"topology.optimization": "all"}
    expected = {"a": "last", "b": "99", "c": "99"}

    def is_done(streams):
        return rows(streams, "table") == expected and kafka_cluster.committed(application, source) == {0: end}

    assert run(is_done, topology, settings) == 0
    assert run(is_done, topology, settings) == 0
    assert 3 <= run(is_done, topology, settings | {"state.dir": tmp_path / "new"}) <= left
    assert dict(kafka_cluster.read(sink)) == {key.encode(): value.encode() for key, value in expected.items()}
