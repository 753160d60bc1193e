"""What is committed beside an offset, as Kafka Streams' own classes read and write it."""

from __future__ import annotations

import pytest
from apache_kafka import run_java
from confluent_kafka import TopicPartition

from kstream_cli import EmitStrategy, KafkaStreams, StreamsBuilder, TimeWindows
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.native_clients import native
from kstream_cli.task.commit_metadata import encode

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(native() is None, reason="without the extension the metadata ends with a zero byte"),
]


def closed_windows(source, sink):
    builder = StreamsBuilder()
    (
        builder.stream(source, key=str, value=str, timestamp_extractor=lambda record, key, value, _: int(value))
        .group_by_key()
        .windowed_by(TimeWindows.of_size(10))
        .emit_strategy(EmitStrategy.on_window_close())
        .count(store="counts")
        .to_stream()
        .to(sink)
    )
    return builder.build()


@pytest.mark.parametrize("callback", [False, True], ids=["native producer", "with a callback"])
@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_java_reads_the_partition_time_and_the_last_emitted_close_time(
    kafka_cluster, unique, tmp_path, wait_until, guarantee, callback
):
    source, sink, application = unique("in"), unique("out"), unique("app")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", str(time).encode()) for time in (1, 2, 25)])
    config = {
        "application.id": application,
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path,
        "processing.guarantee": guarantee,
        "commit.interval.ms": 100,
        "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
    }
    if callback:
        config |= {"statistics.interval.ms": 60_000, "stats_cb": lambda text: None}
    with KafkaStreams(closed_windows(source, sink), config) as streams:
        streams.start()
        wait_until(lambda: kafka_cluster.committed(application, source) == {0: 3}, what="the commit")
    assert run_java("CommittedOffsets.java", "read", kafka_cluster.address, application, "counts") == [
        f"{source} 0 3 25 25"
    ]


def test_what_java_commits_is_read_to_the_byte(kafka_cluster, unique):
    topic, group = unique("in"), unique("group")
    kafka_cluster.create_topics(**{topic: 2})
    written = run_java(
        "CommittedOffsets.java", "write", kafka_cluster.address, group, topic, "1", "5", "77", "counts", "20"
    )
    consumer = DefaultClientSupplier().consumer({"bootstrap.servers": kafka_cluster.address, "group.id": group})
    none, found = consumer.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)], 10)
    consumer.close()
    assert (none.offset, none.metadata, none.error) == (-1001, None, None)
    assert found == (topic, 1, 5, encode(77, {"counts": 20}), None)
    assert written == [found.metadata]
