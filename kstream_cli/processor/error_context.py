"""What an exception handler learns about a failed record, and the records it may send instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.record import NO_HEADERS, Headers


@dataclass(frozen=True, slots=True)
class ErrorHandlerContext:
    """Where a record failed (Java: ErrorHandlerContext, KIP-1033).

    In a punctuation topic is None, partition and offset are -1.
    """

    topic: str | None
    partition: int
    offset: int
    timestamp: int
    headers: Headers
    node: str
    task: str
    source_raw_key: bytes | None = None
    """Key bytes of the source record; None where no source record is being processed."""
    source_raw_value: bytes | None = None

    @property
    def position(self) -> str:
        """The record as a person names it."""
        return "a punctuation" if self.topic is None else f"record {self.topic}-{self.partition}@{self.offset}"


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """A record to be written to a topic. `partition` None: chosen by the key. `timestamp` (ms) None: now."""

    topic: str
    key: Any
    value: Any
    timestamp: int | None = None
    headers: Headers = NO_HEADERS
    partition: int | None = None
