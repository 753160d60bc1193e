"""State and offsets over stops and kills: nothing lost at least once, nothing twice exactly once."""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter

import pytest
from worker import word_count

from kstream_cli import KafkaStreams, StateRestoreListener

FAST = {
    "commit.interval.ms": "200",
    "consumer.session.timeout.ms": "3000",
    "consumer.heartbeat.interval.ms": "300",
}


class Restored(StateRestoreListener):
    def __init__(self):
        self.records = 0

    def on_restore_end(self, topic, partition, store, total):
        self.records += total


@pytest.fixture
def records():
    chosen = random.Random(3)
    lines = [" ".join(chosen.choices([f"word{number}" for number in range(40)], k=6)) for _ in range(4000)]
    return [(str(number).encode(), line.encode()) for number, line in enumerate(lines)]


def last_counts(rows):
    return {key.decode(): int.from_bytes(value, "big") for key, value in rows}


def words(records):
    return dict(Counter(word for _, line in records for word in line.decode().split()))


def none_missing(found, records):
    return all(found.get(word, 0) >= count for word, count in words(records).items())


def run_once(cluster, topology, config, expected, sink, wait_until):
    """Run until the output is as expected; how many records were restored at the start."""
    restored = Restored()
    with KafkaStreams(topology, config) as streams:
        streams.set_restore_listener(restored)
        streams.start()
        wait_until(lambda: streams.wait(0) or last_counts(cluster.read(sink)) == expected, what="exact counts")
    return restored.records


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_a_clean_restart_restores_nothing_and_a_lost_state_directory_everything(
    kafka_cluster, unique, tmp_path, records, wait_until, guarantee
):
    source, sink = unique("lines"), unique("counts")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    config = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, **FAST}
    config |= {"state.dir": str(tmp_path), "processing.guarantee": guarantee}
    topology = word_count(source, sink)
    thirds = [records[:1000], records[:2000], records[:3000]]
    kafka_cluster.produce(source, thirds[0])
    assert run_once(kafka_cluster, topology, config, words(thirds[0]), sink, wait_until) == 0
    kafka_cluster.produce(source, records[1000:2000])
    assert run_once(kafka_cluster, topology, config, words(thirds[1]), sink, wait_until) == 0
    shutil.rmtree(tmp_path / config["application.id"])
    kafka_cluster.produce(source, records[2000:3000])
    assert run_once(kafka_cluster, topology, config, words(thirds[2]), sink, wait_until) >= 40


@pytest.mark.kafka
@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_a_killed_process_goes_on_where_it_was(
    kafka_cluster, unique, tmp_path, records, wait_until, start_worker, guarantee
):
    source, sink, application = unique("lines"), unique("counts"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    config = {"application.id": application, "bootstrap.servers": kafka_cluster.address, **FAST}
    config |= {"state.dir": str(tmp_path / "state"), "processing.guarantee": guarantee}

    def committed():
        return sum(max(0, offset) for offset in kafka_cluster.committed(application, source).values())

    kafka_cluster.produce(source, records[:1500])
    for seen in (1500, 3000):
        worker = start_worker("word_count", source, sink, config)
        wait_until(lambda seen=seen: committed() >= seen, what=f"{seen} records committed")
        kafka_cluster.produce(source, records[seen : seen + 700])
        worker.kill()
        worker.wait()
        kafka_cluster.produce(source, records[seen + 700 : seen + 1500])
    worker = start_worker("word_count", source, sink, config)
    if guarantee == "exactly_once_v2":
        wait_until(lambda: last_counts(kafka_cluster.read(sink)) == words(records), what="exact counts")
        expected = [count for last in words(records).values() for count in range(1, last + 1)]
        updates = [int.from_bytes(value, "big") for _, value in kafka_cluster.read(sink)]
        assert len(updates) == len(set(kafka_cluster.read(sink)))
        assert set(updates) <= set(expected)
    else:
        wait_until(lambda: none_missing(last_counts(kafka_cluster.read(sink)), records), what="all counted")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
