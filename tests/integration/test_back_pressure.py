"""A sink that takes records more slowly than the sources give them: nothing is lost, reordered or piled up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from confluent_kafka import Producer

from kstream_cli import KafkaStreams, StreamsBuilder
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.records_by_partition import Fetched, fetch

pytestmark = pytest.mark.kafka

RECORDS, COPIES = 2_000, 3
QUEUE, BUFFERED, POLLED = 200, 200, 100
COPY_BYTES = 4_096
OUTBOX = 2**20 // COPY_BYTES
"""Copies that a native producer holds beside librdkafka's queue."""
NOW = int(time.time() * 1000)


class Counting(DefaultClientSupplier):
    """Clients that note how many records they have given, and how many they hold."""

    def __init__(self) -> None:
        self.given = self.fetches = 0
        self.longest_queue = self.refusals = 0

    def consumer(self, settings: Mapping[str, Any]) -> Any:
        return _Consumer(super().consumer(settings), self)

    def producer(self, settings: Mapping[str, Any]) -> Any:
        return _Producer(super().producer(settings), self)


class _Consumer:
    def __init__(self, consumer: Any, counts: Counting) -> None:
        self._consumer = consumer
        self._counts = counts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)

    def fetch(self, count: int, seconds: float) -> Fetched:
        runs, events = fetch(self._consumer, count, seconds)
        self._counts.fetches += bool(runs)
        self._counts.given += sum(len(run) for _, run in runs)
        return runs, events


class _Producer:
    def __init__(self, producer: Any, counts: Counting) -> None:
        self._producer = producer
        self._counts = counts
        if hasattr(producer, "sender"):
            self.sender = lambda *arguments: self._counted(producer.sender(*arguments))
        else:
            self.produce = self._counted(producer.produce)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    def _counted(self, send: Callable[..., None]) -> Callable[..., None]:
        def counted(*record: Any) -> None:
            try:
                send(*record)
            except BufferError:
                self._counts.refusals += 1
                raise
            finally:
                self._counts.longest_queue = max(self._counts.longest_queue, len(self._producer))

        return counted


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_a_full_producer_queue_loses_and_reorders_nothing_and_bounds_what_is_read_ahead(
    kafka_cluster, unique, tmp_path, wait_until, guarantee
):
    source, sink, application = unique("in"), unique("out"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 2})
    for partition in range(2):
        records = [(b"%d" % partition, b"%d" % number) for number in range(RECORDS // 2)]
        kafka_cluster.produce(source, records, partition)
    clients, processed, most_waiting = Counting(), 0, 0

    def copies(value):
        nonlocal processed, most_waiting
        processed += 1
        most_waiting = max(most_waiting, clients.given - processed)
        return [(b"%s-%d" % (value, copy)).ljust(COPY_BYTES) for copy in range(COPIES)]

    builder = StreamsBuilder()
    stream = builder.stream(source, key=bytes, value=bytes).flat_map_values(copies, value=bytes)
    stream.to(sink, partitioner=lambda topic, key, value, count: int(key))
    config = {
        "application.id": application,
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path,
        "processing.guarantee": guarantee,
        "commit.interval.ms": 100,
        "producer.queue.buffering.max.messages": QUEUE,
        "producer.linger.ms": 150,
        "buffered.records.per.partition": BUFFERED,
        "max.poll.records": POLLED,
    }
    with KafkaStreams(builder, config, clients=clients) as streams:
        streams.start()
        wait_until(
            lambda: streams.wait(0) or sum(kafka_cluster.committed(application, source).values()) >= RECORDS, what="all"
        )
    expected = [b"%d-%d" % (number, copy) for number in range(RECORDS // 2) for copy in range(COPIES)]
    written = kafka_cluster.read(sink)
    for partition in range(2):
        assert [value.rstrip() for key, value in written if key == b"%d" % partition] == expected
    assert clients.refusals > 0
    assert QUEUE < clients.longest_queue <= QUEUE + OUTBOX
    assert most_waiting <= 2 * (BUFFERED + POLLED)


def test_a_stream_older_than_the_table_it_is_joined_with_is_fetched_in_batches(
    kafka_cluster, unique, tmp_path, wait_until
):
    source, rows, application = unique("stream"), unique("table"), unique("app")
    kafka_cluster.create_topics(**{source: 1, rows: 1})
    producer = Producer({"bootstrap.servers": kafka_cluster.address, "log_level": 0})
    for number in range(RECORDS):
        producer.produce(source, b"v", b"k", 0, timestamp=NOW - RECORDS + number)
        producer.produce(rows, b"row", b"%d" % number, 0, timestamp=NOW + number)
    producer.flush(30)
    clients, builder = Counting(), StreamsBuilder()
    table = builder.table(rows, key=bytes, value=bytes)
    builder.stream(source, key=bytes, value=bytes).left_join(table, lambda value, row: value).foreach(print)
    config = {
        "application.id": application,
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path,
        "commit.interval.ms": 100,
        "buffered.records.per.partition": BUFFERED,
        "max.poll.records": POLLED,
    }
    with KafkaStreams(builder, config, clients=clients) as streams:
        streams.start()
        wait_until(
            lambda: sum(kafka_cluster.committed(application, source).values()) >= RECORDS, what="the stream's end"
        )
    assert clients.fetches < RECORDS / 4
