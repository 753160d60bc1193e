"""Functions that read something off a record: its timestamp, or the topic it goes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.errors import StreamsError
from kstream_cli.logs import logger
from kstream_cli.record import Headers, RawRecord

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class RecordContext:
    """Where the record being processed came from (Java: RecordContext). `timestamp` is in ms since the epoch.

    In a punctuation the topic is None, and partition and offset are -1.
    """

    topic: str | None
    partition: int
    offset: int
    timestamp: int
    headers: Headers


TopicNameExtractor: TypeAlias = Callable[[Any, Any, RecordContext], str]
"""(key, value, context) -> the topic to write to (Java: TopicNameExtractor)."""

TimestampExtractor: TypeAlias = Callable[[RawRecord, Any, Any, int], int]
"""(raw record, key, value, partition time or -1) -> timestamp in ms; a negative result drops the record."""


def fail_on_invalid_timestamp(record: RawRecord, key: Any, value: Any, partition_time: int) -> int:
    """The record's own timestamp in ms; a negative one raises StreamsError.

    The default (Java: FailOnInvalidTimestamp).
    """
    timestamp = record.timestamp()[1]
    if timestamp < 0:
        raise StreamsError(
            f"{_position(record)} has the invalid timestamp {timestamp}: it was written without one, or before the "
            "topic's brokers kept any; choose another timestamp extractor to process such records"
        )
    return timestamp


def log_and_skip_on_invalid_timestamp(record: RawRecord, key: Any, value: Any, partition_time: int) -> int:
    """The record's own timestamp in ms; a record with a negative one is logged and dropped."""
    timestamp = record.timestamp()[1]
    if timestamp < 0:
        log.warning("%s is skipped for its invalid timestamp %d", _position(record), timestamp)
    return timestamp


def use_partition_time_on_invalid_timestamp(record: RawRecord, key: Any, value: Any, partition_time: int) -> int:
    """The record's own timestamp in ms; if it is negative, the largest one of its partition so far.

    Raises StreamsError if the partition had no valid one yet.
    """
    timestamp = record.timestamp()[1]
    if timestamp >= 0:
        return timestamp
    if partition_time < 0:
        raise StreamsError(
            f"{_position(record)} has the invalid timestamp {timestamp}, and its partition had no valid one yet"
        )
    return partition_time


def wallclock_timestamp(record: RawRecord, key: Any, value: Any, partition_time: int) -> int:
    """The time at which the record is processed, in ms since the epoch (Java: WallclockTimestampExtractor)."""
    return time.time_ns() // 1_000_000


def _position(record: RawRecord) -> str:
    return f"record {record.topic()}-{record.partition()}@{record.offset()}"


FailOnInvalidTimestamp: TimestampExtractor = fail_on_invalid_timestamp
LogAndSkipOnInvalidTimestamp: TimestampExtractor = log_and_skip_on_invalid_timestamp
UsePartitionTimeOnInvalidTimestamp: TimestampExtractor = use_partition_time_on_invalid_timestamp
WallclockTimestampExtractor: TimestampExtractor = wallclock_timestamp
