"""Reads topics from outside any group, from a place that is asked for, until their end or for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

from kstream_cli.clusters import cluster_of
from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError, MissingTopicsError, StreamsError
from kstream_cli.operations.partition_offsets import PartitionOffsets
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.clients.renamed import told_by
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.task.partition import Partition

FETCH_RECORDS = 1_000
DEFAULTS = {"isolation.level": "read_committed", "fetch.wait.max.ms": 50}
"""Where the configuration says nothing else."""


class TopicLog:
    """The records of some topics, as they are on the broker. A context manager.

    Only committed records are read, unless `isolation.level` is configured otherwise.

    Args:
        topics: Names on the broker.
        start: Where to begin in each partition.
        end: Where to stop in each partition, before the record there; None is nowhere.
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
        end: StartPosition | None = None,
        partitions: Iterable[int] | None = None,
        clients: ClientSupplier | None = None,
    ) -> None:
        supplier = supplier_for(config, clients)
        settings = {
            **config.consumer("restore", DEFAULTS),
            "group.id": f"kstream-reader-{uuid4()}",
            "enable.auto.commit": False,
            # An offset that was deleted meanwhile.
            "auto.offset.reset": "latest",
        }
        chosen = None if partitions is None else set(partitions)
        cluster = ClusterTopics(supplier.admin(config.admin()), config.bootstrap_servers)
        cluster.refresh()
        keys = [key for topic in topics for key in _partitions_of(topic, cluster, chosen)]
        self._consumer = supplier.consumer(settings)
        self._places = PartitionOffsets(self._consumer, cluster.cluster_id, lambda: supplier.consumer(settings))
        self._floors: dict[Partition, int] = {}
        """Partition -> the first offset that is asked for, where reading begins before it."""
        try:
            self._ends = {} if end is None else self._offsets(keys, end)
            self._starts = self._positions(keys, start)
            self._consumer.assign(self._starts)
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
                if (cluster := cluster_of(key[0])) is not None:
                    run = [told_by(cluster, record) for record in run]
                if key in self._floors:
                    run = [record for record in run if record.offset() >= self._floors[key]]
                if key in self._ends:
                    yield from self._before(self._ends[key], key, run)
                    continue
                if not until_end:
                    self._open.add(key)
                yield from run

    def spans(self) -> dict[Partition, tuple[int, int]]:
        """Partition -> the offsets between which it is read, as of now: the first one, and the one to stop before."""
        found = {}
        spans = self._places.spans((start.topic, start.partition) for start in self._starts)
        for start in self._starts:
            key = (start.topic, start.partition)
            low, high = spans[key]
            last = min(high, self._ends.get(key, high))
            found[key] = min(max(low, start.offset), last), last
        return found

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
            raise BrokerUnavailableError("the brokers no longer answer: is the cluster running?")
        elif error.fatal() or not error.retriable():
            raise StreamsError(f"topic {event.topic()} cannot be read: {error.str()}")

    def _before(self, end: int, key: Partition, run: Any) -> Iterator[Any]:
        for record in run:
            if record.offset() >= end:
                self._open.discard(key)
                return
            yield record

    def _offsets(self, keys: list[Partition], place: StartPosition) -> dict[Partition, int]:
        """Partition -> the offset of a place; of those whose end it is, nothing."""
        if place.kind == "offset":
            return dict.fromkeys(keys, place.number)
        found = {(each.topic, each.partition): each.offset for each in self._positions(keys, place)}
        return {key: offset for key, offset in found.items() if offset >= 0}

    def _positions(self, keys: list[Partition], start: StartPosition) -> list[TopicPartition]:
        if start.kind == "beginning":
            return [TopicPartition(*key, OFFSET_BEGINNING) for key in keys]
        if start.kind == "time":
            times = self._places.at_time(keys, start.number)
            ends = self._places.spans(key for key in keys if times.get(key) is None)
            return [TopicPartition(*key, ends[key][1] if (at := times.get(key)) is None else at) for key in keys]
        spans = self._places.spans(keys)
        match start.kind:
            case "end":
                return [TopicPartition(*key, spans[key][1]) for key in keys]
            case "offset":
                return [TopicPartition(*key, self._within(key, start.number, spans[key])) for key in keys]
            case _:
                return [TopicPartition(*key, max(low, high - start.number)) for key, (low, high) in spans.items()]

    def _within(self, key: Partition, offset: int, span: tuple[int, int]) -> int:
        """Where to begin so that nothing from the offset on is missed: never beyond the end, as a broker may take long
        to refuse that."""
        low, high = span
        if offset > high:
            self._floors[key] = offset
        return min(max(offset, low), high)


def _partitions_of(topic: str, cluster: ClusterTopics, chosen: set[int] | None) -> list[Partition]:
    count = cluster.partitions.get(topic)
    if count is None:
        raise MissingTopicsError(f"the cluster has no topic {topic!r}", topics=(topic,))
    if chosen is not None and (beyond := sorted(number for number in chosen if number >= count)):
        raise StreamsError(f"topic {topic} has partitions 0 to {count - 1}, not {beyond[0]}")
    return [(topic, number) for number in range(count) if chosen is None or number in chosen]
