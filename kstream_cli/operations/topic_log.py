"""Reads topics from outside any group, from a place that is asked for, until their end or for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition

from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError, MissingTopicsError, StreamsError
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.runtime.clients.client_supplier import ClientSupplier, DefaultClientSupplier
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.task.partition import Partition

ANSWER_SECONDS = 10.0
FETCH_RECORDS = 1_000
DEFAULTS = {"isolation.level": "read_committed", "fetch.wait.max.ms": 50}
"""Where the configuration says nothing else."""


class TopicLog:
    """The records of some topics, as they are on the broker. A context manager.

    Only committed records are read, unless `isolation.level` is configured otherwise.

    Args:
        topics: Names on the broker.
        start: Where to begin in each partition.
        partitions: Read only these; None is all.

    Raises:
        BrokerUnavailableError: Nobody answers within ten seconds.
        MissingTopicsError: A topic is not there.

    Example:
        >>> with TopicLog(config, ["word-counts"], StartPosition.parse("-10")) as log:
        ...     for record in log.records(until_end=True):
        ...         print(record.offset(), record.value())
    """

    def __init__(
        self,
        config: Config,
        topics: Iterable[str],
        start: StartPosition,
        *,
        partitions: Iterable[int] | None = None,
        clients: ClientSupplier | None = None,
    ) -> None:
        supplier = clients or DefaultClientSupplier()
        settings = {
            **config.consumer("restore", DEFAULTS),
            "group.id": f"kstream-reader-{uuid4()}",
            "enable.auto.commit": False,
            # An offset that is not there yet, or no longer.
            "auto.offset.reset": "latest",
        }
        chosen = None if partitions is None else set(partitions)
        cluster = ClusterTopics(supplier.admin(config.admin()), config.bootstrap_servers)
        cluster.refresh()
        keys = [key for topic in topics for key in _partitions_of(topic, cluster, chosen)]
        self._consumer = supplier.consumer(settings)
        try:
            self._consumer.assign(self._positions(keys, start))
        except BaseException:
            self._consumer.close()
            raise
        self._open = set(keys)
        """The partitions whose end has not been reached yet."""

    def records(self, *, until_end: bool = False, wait_seconds: float = 0.2) -> Iterator[Any | None]:
        """Record after record, in the order in which partitions give them; None when none has come for a while.

        Ends at the end of all partitions where that is asked for, else never.
        """
        while not (until_end and not self._open):
            runs, events = fetch(self._consumer, FETCH_RECORDS, wait_seconds)
            for event in events:
                self._look_at(event)
            if not runs:
                yield None
            for key, run in runs:
                if not until_end:
                    self._open.add(key)
                yield from run

    def close(self) -> None:
        self._consumer.close()

    def __enter__(self) -> TopicLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _look_at(self, event: Any) -> None:
        error = event.error()
        if error.code() == KafkaError._PARTITION_EOF:
            self._open.discard((event.topic(), event.partition()))
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:
            raise BrokerUnavailableError("no broker answers any more: is the cluster running?")
        elif error.fatal() or not error.retriable():
            raise StreamsError(f"topic {event.topic()} cannot be read: {error.str()}")

    def _positions(self, keys: list[Partition], start: StartPosition) -> list[TopicPartition]:
        match start.kind:
            case "beginning":
                return [TopicPartition(*key, OFFSET_BEGINNING) for key in keys]
            case "end":
                return [TopicPartition(*key, OFFSET_END) for key in keys]
            case "time":
                return self._at_time(keys, start.number)
            case "offset":
                return [TopicPartition(*key, start.number) for key in keys]
            case _:
                return [TopicPartition(*key, self._before_end(key, start.number)) for key in keys]

    def _before_end(self, key: Partition, count: int) -> int:
        try:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(*key), ANSWER_SECONDS)
        except KafkaException as error:
            raise BrokerUnavailableError(
                f"the ends of {key[0]}, partition {key[1]}, are not known: {error.args[0].str()}"
            ) from error
        return int(max(low, high - count))

    def _at_time(self, keys: list[Partition], time_ms: int) -> list[TopicPartition]:
        asked = [TopicPartition(*key, time_ms) for key in keys]
        try:
            found = self._consumer.offsets_for_times(asked, ANSWER_SECONDS)
        except KafkaException as error:
            raise BrokerUnavailableError(f"offsets by time are not known: {error.args[0].str()}") from error
        return [
            TopicPartition(each.topic, each.partition, each.offset if each.offset >= 0 else OFFSET_END)
            for each in found
        ]


def _partitions_of(topic: str, cluster: ClusterTopics, chosen: set[int] | None) -> list[Partition]:
    count = cluster.partitions.get(topic)
    if count is None:
        raise MissingTopicsError(f"the cluster has no topic {topic!r}", topics=(topic,))
    if chosen is not None and (beyond := sorted(number for number in chosen if number >= count)):
        raise StreamsError(f"topic {topic} has partitions 0 to {count - 1}, not {beyond[0]}")
    return [(topic, number) for number in range(count) if chosen is None or number in chosen]
