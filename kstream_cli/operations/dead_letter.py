"""A dead letter as it is in its topic: the failed record, why it failed, and how often it was sent back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from kstream_cli.processor.dead_letter import (
    EXCEPTION_HEADER,
    MESSAGE_HEADER,
    OFFSET_HEADER,
    PARTITION_HEADER,
    STACKTRACE_HEADER,
    TOPIC_HEADER,
)
from kstream_cli.record import Headers

REPLAYS_HEADER = "kstream.replays"
"""How often a record was sent back from a dead letter topic: kept by the record when it fails again."""

_REASONS = frozenset(
    (EXCEPTION_HEADER, MESSAGE_HEADER, STACKTRACE_HEADER, TOPIC_HEADER, PARTITION_HEADER, OFFSET_HEADER)
)
_PROCESSOR = re.compile(r"(?:^Processor: |\bprocessor[ =]'?)([^',\s]+)", re.MULTILINE)
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\b0x[0-9a-fA-F]+\b|\d+")


class LetterId(NamedTuple):
    """Which letter it is. The timestamp is for a topic that was deleted and made anew: its offsets begin again."""

    partition: int
    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. What its headers do not say is None."""

    id: LetterId
    key: bytes | None
    value: bytes | None
    headers: Headers
    """The failed record's own."""
    reasons: Headers
    """Why it failed, as Kafka Streams writes it (KIP-1034)."""
    exception: str | None
    message: str | None
    processor: str | None
    topic: str | None
    """Where the record came from."""
    partition: int | None
    offset: int | None
    replays: int

    @classmethod
    def of(cls, record: Any) -> DeadLetter:
        """Read a consumed record; one that another program has written has no reasons."""
        headers: Headers = tuple(record.headers() or ())
        reasons = {name: text_in(value) for name, value in headers if name in _REASONS}
        trace = reasons.get(STACKTRACE_HEADER) or ""
        found = _PROCESSOR.findall(f"{reasons.get(MESSAGE_HEADER) or ''}\n{trace}")
        counters = [text_in(value) for name, value in headers if name == REPLAYS_HEADER]
        return cls(
            LetterId(record.partition(), record.offset(), record.timestamp()[1]),
            record.key(),
            record.value(),
            tuple((name, value) for name, value in headers if name not in _REASONS and name != REPLAYS_HEADER),
            tuple((name, value) for name, value in headers if name in _REASONS),
            reasons.get(EXCEPTION_HEADER),
            reasons.get(MESSAGE_HEADER),
            found[-1] if found else None,
            reasons.get(TOPIC_HEADER),
            number_in(reasons.get(PARTITION_HEADER)),
            number_in(reasons.get(OFFSET_HEADER)),
            number_in(counters[-1] if counters else None) or 0,
        )

    @property
    def reason(self) -> str:
        """The first line of the message without what varies from record to record: texts in quotes, and numbers."""
        lines = (self.message or "").strip().splitlines()
        return _VARYING.sub("…", lines[0]) if lines else ""

    @property
    def stacktrace(self) -> str:
        return next((text_in(value) or "" for name, value in self.reasons if name == STACKTRACE_HEADER), "")

    @property
    def replay_headers(self) -> Headers:
        """The headers with which the record is sent back: its own, and the counter."""
        return (*self.headers, (REPLAYS_HEADER, str(self.replays + 1).encode()))

    @property
    def all_headers(self) -> Headers:
        """The headers as they are in the topic."""
        counter = ((REPLAYS_HEADER, str(self.replays).encode()),) if self.replays else ()
        return (*self.headers, *counter, *self.reasons)


def text_in(value: bytes | str | None) -> str | None:
    """The text of a header; what is no UTF-8 is shown as escapes."""
    return value if value is None or isinstance(value, str) else value.decode(errors="backslashreplace")


def number_in(text: str | None) -> int | None:
    """A number from zero on; None for all else."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 20 else None
