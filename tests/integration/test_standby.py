"""Standby copies on a real broker."""

from __future__ import annotations

import pytest
from worker import word_count

from kstream_cli import KafkaStreams, State, StateRestoreListener

FAST = {
    "commit.interval.ms": "200",
    "consumer.session.timeout.ms": "3000",
    "consumer.heartbeat.interval.ms": "300",
    "num.standby.replicas": "1",
}


class Restored(StateRestoreListener):
    def __init__(self):
        self.records = 0

    def on_restore_end(self, topic, partition, store, total):
        self.records += total


@pytest.mark.kafka
def test_the_other_instance_takes_over_without_reading_the_changelog(kafka_cluster, unique, tmp_path, wait_until):
    source, sink, application = unique("lines"), unique("counts"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    kafka_cluster.produce(source, [(str(number).encode(), f"w{number % 50} x".encode()) for number in range(2000)])
    config = {"application.id": application, "bootstrap.servers": kafka_cluster.address, **FAST}
    topology = word_count(source, sink)
    restored = Restored()

    def counted(word):
        rows = [value for key, value in kafka_cluster.read(sink) if key == word]
        return int.from_bytes(rows[-1], "big") if rows else 0

    [stateful] = [number for number, part in topology.subtopologies().items() if part.stores]

    def active(streams):
        tasks = {task.task for task in streams.progress()[0].tasks}
        return {task for task in tasks if task.startswith(f"{stateful}_")}

    def standbys(streams):
        return {task.task for thread in streams.progress() for task in thread.tasks if task.state == "standby"}

    one = KafkaStreams(topology, config | {"state.dir": str(tmp_path / "one")})
    two = KafkaStreams(topology, config | {"state.dir": str(tmp_path / "two")})
    two.set_restore_listener(restored)
    with two:
        with one:
            one.start()
            wait_until(lambda: counted(b"x") == 2000, what="all counted by one")
            two.start()
            wait_until(
                lambda: one.state is two.state is State.RUNNING and len(two.progress()[0].tasks) == 2, what="both"
            )

            wait_until(lambda: standbys(two) == active(one), what="copies of the other's tasks")
            read_before = restored.records
        wait_until(lambda: len(two.progress()[0].tasks) == 4 and two.state is State.RUNNING, what="the takeover")
        assert restored.records - read_before <= 5
        kafka_cluster.produce(source, [(b"1", b"x")])
        wait_until(lambda: counted(b"x") == 2001, what="one more")
