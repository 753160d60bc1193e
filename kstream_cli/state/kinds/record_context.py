"""The record that made a buffered row: its timestamp, offset, topic, partition and headers, in bytes as Java writes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.record import Headers, RawRecord, at_rest
from kstream_cli.state.store_context import StoreContext

_LONG = struct.Struct(">q")
_INT = struct.Struct(">i")
_TWO_LONGS = struct.Struct(">qq")
_CREATE_TIME = 1

RecordContext: TypeAlias = tuple[RawRecord | None, int, Headers]
"""The record being processed, its timestamp, and its headers, as the node that buffered a row saw them."""


@dataclass(frozen=True, slots=True)
class RestoredRecord:
    """As much as is known of a record whose row was restored: where it came from, not what it held."""

    source_topic: str
    source_partition: int
    source_offset: int
    time: int
    source_headers: Headers

    def topic(self) -> str:
        return self.source_topic

    def partition(self) -> int:
        return self.source_partition

    def offset(self) -> int:
        return self.source_offset

    def key(self) -> Any:
        return None

    def value(self) -> Any:
        return None

    def timestamp(self) -> tuple[int, int]:
        return _CREATE_TIME, self.time

    def headers(self) -> list[tuple[str, bytes | None]]:
        return list(self.source_headers)


def context_now(context: StoreContext) -> RecordContext:
    """The record being processed."""
    return at_rest(context.current), context.timestamp, context.headers


def context_size(record: RecordContext) -> int:
    """Its share of a buffer's size in bytes, counted as Java does."""
    current, _, headers = record
    topic = current.topic() if current is not None else None
    return 20 + len(topic or "") + sum(len(name) + len(value or b"") for name, value in headers)


def pack_context(record: RecordContext) -> bytes:
    current, timestamp, headers = record
    topic, partition, offset = ("", -1, -1)
    if current is not None:
        topic, partition, offset = current.topic() or "", _or_none(current.partition()), _or_none(current.offset())
    parts = [_TWO_LONGS.pack(timestamp, offset), pack_sized(topic.encode()), _INT.pack(partition)]
    parts.append(_INT.pack(len(headers)))
    for name, value in headers:
        parts.append(pack_sized(name.encode()))
        parts.append(pack_sized(value))
    return b"".join(parts)


def unpack_context(data: bytes) -> tuple[RecordContext, int]:
    """The context that `data` begins with, and where it ends."""
    timestamp, offset = _TWO_LONGS.unpack_from(data)
    topic, at = unpack_sized(data, 16)
    (partition,) = _INT.unpack_from(data, at)
    (count,) = _INT.unpack_from(data, at + 4)
    at += 8
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name, at = unpack_sized(data, at)
        value, at = unpack_sized(data, at)
        headers.append(((name or b"").decode(), value))
    kept = tuple(headers)
    return (RestoredRecord((topic or b"").decode(), partition, offset, timestamp, kept), timestamp, kept), at


def pack_sized(data: bytes | None) -> bytes:
    """A 4-byte length (-1 for None) and the bytes."""
    return _INT.pack(-1) if data is None else _INT.pack(len(data)) + data


def unpack_sized(data: bytes, at: int) -> tuple[bytes | None, int]:
    """The sized bytes that stand at `at`, and where they end."""
    (length,) = _INT.unpack_from(data, at)
    at += 4
    return (None, at) if length < 0 else (data[at : at + length], at + length)


def _or_none(number: int | None) -> int:
    return -1 if number is None else number


__all__ = [
    "RecordContext",
    "RestoredRecord",
    "context_now",
    "context_size",
    "pack_context",
    "pack_sized",
    "unpack_context",
    "unpack_sized",
]
