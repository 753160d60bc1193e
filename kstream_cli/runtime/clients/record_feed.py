"""Writes ready-made records to topics, and reads what topics receive: how samples go in and results are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaException, TopicPartition

from kstream_cli.clusters import cluster_of
from kstream_cli.config import Config
from kstream_cli.errors import ProducerError
from kstream_cli.record import Headers
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.clients.renamed import told_by
from kstream_cli.runtime.clients.senders import sender
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.task.record_producer import PRODUCER_CHOOSES, Send

SEND_WITHIN_SECONDS = 30.0


class RecordFeed:
    """A producer of records that are bytes already."""

    def __init__(self, config: Config, clients: ClientSupplier | None = None) -> None:
        self._producer = supplier_for(config, clients).producer({**config.producer(), "linger.ms": 5})
        self._senders: dict[str, Send] = {}
        self._failed: list[Any] = []

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, timestamp: int | None, headers: Headers = ()
    ) -> None:
        if topic not in self._senders:
            self._senders[topic] = sender(self._producer, topic, self._delivered)
        self._senders[topic](value, key, PRODUCER_CHOOSES, timestamp, headers)
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the cluster has all records. Raises ProducerError for the first it has not."""
        left = self._producer.flush(SEND_WITHIN_SECONDS)
        if self._failed or left:
            reason = self._failed[0].str() if self._failed else f"no answer in {SEND_WITHIN_SECONDS:g} s"
            raise ProducerError(f"{left + len(self._failed)} sample records could not be sent: {reason}")

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._failed.append(error)


class TopicReader:
    """Reads topics from their beginning, or only what comes from now on, outside any group."""

    def __init__(
        self, config: Config, topics: list[str], clients: ClientSupplier | None = None, *, from_end: bool = False
    ) -> None:
        settings = {
            **config.consumer("restore"),
            "group.id": f"kstream-reader-{uuid4()}",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 50,
        }
        self._consumer = supplier_for(config, clients).consumer(settings)
        self._assign(topics, OFFSET_END if from_end else OFFSET_BEGINNING)

    def read(self, seconds: float) -> Iterator[Any]:
        """The raw records that have arrived, waiting up to `seconds` for the first record."""
        runs, _ = fetch(self._consumer, 1000, seconds)
        for (topic, _), run in runs:
            cluster = cluster_of(topic)
            yield from run if cluster is None else (told_by(cluster, record) for record in run)

    def close(self) -> None:
        self._consumer.close()

    def _assign(self, topics: list[str], offset: int) -> None:
        try:
            known = {topic: self._consumer.list_topics(topic, 10).topics[topic] for topic in topics}
        except KafkaException:
            known = {}
        self._consumer.assign(
            [
                TopicPartition(topic, partition, offset)
                for topic in topics
                if topic in known
                for partition in known[topic].partitions
            ]
        )
