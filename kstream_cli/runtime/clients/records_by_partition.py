"""What a consumer has fetched, by partition, events told from records, without a step in Python for each record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, groupby
from operator import not_
from typing import Any, TypeAlias

from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.task.partition import Partition

Fetched: TypeAlias = tuple[Sequence[tuple[Partition, Sequence[Any]]], Sequence[Any]]
"""Runs of records of one partition each, in order; and what are errors or ends of partitions in a record's shape."""


def fetch(consumer: KafkaConsumer, count: int, seconds: float) -> Fetched:
    """Up to `count` records that a consumer has fetched, and events; waits at most so long for the first of them.

    A consumer with a `fetch` of its own says it itself.
    """
    own = getattr(consumer, "fetch", None)
    if own is not None:
        fetched: Fetched = own(count, seconds)
        return fetched
    batch = consumer.consume(count, 0)
    if not batch and seconds:
        # Not `consume` with a timeout, which waits until it has all of them.
        first = consumer.poll(seconds)
        batch = [] if first is None else [first, *consumer.consume(count, 0)]
    records, events = split_events(batch)
    return list(by_partition(records)), events


def split_events(batch: Sequence[Any]) -> tuple[Sequence[Any], list[Any]]:
    """The records of a batch, and what are errors or ends of partitions in the shape of records."""
    if not batch:
        return batch, []
    # The methods of the class itself: mapped, they cost a fifth of a methodcaller.
    error = type(batch[0]).error
    if not any(map(error, batch)):
        return batch, []
    failed = list(map(error, batch))
    return list(compress(batch, map(not_, failed))), list(compress(batch, failed))


def by_partition(records: Sequence[Any]) -> Iterator[tuple[Partition, Sequence[Any]]]:
    """Runs of records of one partition, in order."""
    if not records:
        return
    kind = type(records[0])
    topics, partitions = list(map(kind.topic, records)), list(map(kind.partition, records))
    if topics.count(topics[0]) == len(records) == partitions.count(partitions[0]):
        yield (topics[0], partitions[0]), records
        return
    start = 0
    for key, run in groupby(zip(topics, partitions, strict=True)):
        stop = start + len(list(run))
        yield key, records[start:stop]
        start = stop
