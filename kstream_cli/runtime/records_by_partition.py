"""Splits a consumed batch by partition, and its events from its records, without a step in Python for each record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, groupby
from operator import itemgetter, not_
from typing import Any

from confluent_kafka import Message

from kstream_cli.runtime.assignment import Partition

_first, _second = itemgetter(0), itemgetter(1)


def split_events(batch: Sequence[Any]) -> tuple[Sequence[Any], list[Any]]:
    """The records of a batch, and what are errors or ends of partitions in the shape of records."""
    failed = list(map(Message.error, batch))
    if not any(failed):
        return batch, []
    return list(compress(batch, map(not_, failed))), list(compress(batch, failed))


def by_partition(records: Sequence[Any]) -> Iterator[tuple[Partition, list[Any]]]:
    """Runs of records of the same partition, in order."""
    keys = zip(map(Message.topic, records), map(Message.partition, records), strict=True)
    for key, run in groupby(zip(keys, records, strict=True), key=_first):
        yield key, list(map(_second, run))
