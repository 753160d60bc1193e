"""Functions that read something off a record: its timestamp, or the topic it goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.record import Headers, RawRecord


@dataclass(frozen=True, slots=True)
class RecordContext:
    """Where the record being processed came from; topic None, partition and offset -1 inside a punctuation."""

    topic: str | None
    partition: int
    offset: int
    timestamp: int
    headers: Headers


TopicNameExtractor: TypeAlias = Callable[[Any, Any, RecordContext], str]
"""(key, value, context) -> the topic to write to (Java: TopicNameExtractor)."""

TimestampExtractor: TypeAlias = Callable[[RawRecord, Any, Any, int], int]
"""(raw record, key, value, partition time or -1) -> timestamp in ms; a negative result drops the record."""
