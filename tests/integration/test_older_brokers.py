"""Brokers that run an older Apache Kafka: state, transactions and headers do the same on them."""

from __future__ import annotations

import pytest
from apache_kafka import OLDER_KAFKAS, apache_kafka
from cluster import Cluster
from worker import word_count

from kstream_cli import KafkaStreams, StateRestoreListener

SETTINGS = {
    "commit.interval.ms": 200,
    "consumer.session.timeout.ms": 3_000,
    "consumer.heartbeat.interval.ms": 300,
    "dsl.store.format": "HEADERS",
    "processing.guarantee": "exactly_once_v2",
}


class Restored(StateRestoreListener):
    def __init__(self):
        self.records = 0

    def on_restore_end(self, topic, partition, store, total):
        self.records += total


@pytest.fixture(params=OLDER_KAFKAS)
def older_cluster(request, tmp_path):
    with apache_kafka(tmp_path, version=request.param) as address:
        yield Cluster(address)


@pytest.mark.kafka
def test_counts_go_on_from_their_changelog_exactly_once(older_cluster, unique, tmp_path, wait_until):
    source, sink = unique("in"), unique("out")
    older_cluster.create_topics(**{source: 2, sink: 1})
    config = {"application.id": unique("app"), "bootstrap.servers": older_cluster.address, **SETTINGS}

    def counts():
        return {key.decode(): int.from_bytes(value, "big") for key, value in older_cluster.read(sink)}

    for life in (1, 2):
        restored = Restored()
        older_cluster.produce(source, [(b"%d" % number, b"one two") for number in range(10)])
        with KafkaStreams(word_count(source, sink), config | {"state.dir": tmp_path / f"life-{life}"}) as streams:
            streams.set_restore_listener(restored)
            streams.start()
            expected = {"one": 10 * life, "two": 10 * life}
            wait_until(lambda wanted=expected: streams.wait(0) or counts() == wanted, what="exact counts")
        assert (restored.records > 0) is (life == 2)
