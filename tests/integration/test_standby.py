"""Standby copies on a real broker: what a takeover from one reads, after its active owner was killed."""

from __future__ import annotations

import pytest
from held_clients import HeldConsumers
from worker import key_count

from kstream_cli import KafkaStreams, State, StateRestoreListener
from kstream_cli.processor.partitioners import partition_for_key

KEYS, LATER = 4_000, 400
SETTINGS = {
    "commit.interval.ms": 200,
    "consumer.session.timeout.ms": 3_000,
    "consumer.heartbeat.interval.ms": 300,
    "num.standby.replicas": 1,
}


class Restores(StateRestoreListener):
    """Each partition restored to its end, with the offset where that began and the number of records."""

    def __init__(self):
        self.starts, self.ended = {}, []

    def on_restore_start(self, topic, partition, store, start, end):
        self.starts[partition] = start

    def on_restore_end(self, topic, partition, store, total):
        self.ended.append((partition, self.starts[partition], total))


def keys_of(partition, count):
    keys = [b"k%d" % number for number in range(count)]
    return [key for key in keys if partition_for_key(key, 2) == partition]


@pytest.mark.kafka
def test_a_takeover_after_kill_9_restores_only_what_the_copy_did_not_have_yet(
    kafka_cluster, unique, tmp_path, wait_until, start_worker
):
    source, sink, application = unique("in"), unique("out"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    config = {"application.id": application, "bootstrap.servers": kafka_cluster.address, **SETTINGS}
    config |= {"processing.guarantee": "exactly_once_v2"}
    restores, clients = Restores(), HeldConsumers("StandbyThread-restore-consumer")

    def produce(count):
        kafka_cluster.produce(source, [(b"k%d" % number, b"") for number in range(count)])

    def committed():
        return sum(max(0, offset) for offset in kafka_cluster.committed(application, source).values())

    def counts(expected):
        found = {key: int.from_bytes(value, "big") for key, value in kafka_cluster.read(sink)}
        return len(found) == KEYS and all(
            found[b"k%d" % number] == (expected if number < LATER else 1) for number in range(KEYS)
        )

    def copies():
        return streams.all_local_store_partition_lags().get("counts", {})

    produce(KEYS)
    active = start_worker("key_count", source, sink, config | {"state.dir": tmp_path / "active"})
    wait_until(lambda: committed() >= KEYS, what="all counted by the first instance")
    streams = KafkaStreams(key_count(source, sink), config | {"state.dir": tmp_path / "standby"}, clients=clients)
    streams.set_restore_listener(restores)
    with streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING and len(streams.progress()[0].tasks) == 1, what="one task")
        [own] = [task.task for task in streams.progress()[0].tasks]
        copied = 1 - int(own[-1])
        wait_until(lambda: copies() == {0: 0, 1: 0}, what="an up-to-date copy of the other task")
        rows = streams.store("counts", partition=copied, stale=True).all()
        clients.hold()
        produce(LATER)
        wait_until(lambda: committed() >= KEYS + LATER, what="what comes later counted, too")
        wait_until(lambda: copies()[copied] >= len(keys_of(copied, LATER)), what="a copy that is behind")
        restores.ended.clear()
        active.kill()
        wait_until(lambda: len(streams.progress()[0].tasks) == 2 and streams.state is State.RUNNING, what="takeover")
        assert len(rows) == len(keys_of(copied, KEYS))
        [(partition, start, restored)] = restores.ended
        assert (partition, restored) == (copied, len(keys_of(copied, LATER)))
        assert start >= len(keys_of(copied, KEYS))
        produce(LATER)
        wait_until(lambda: counts(3), what="the counts of both instances")
