"""Values that are stored with headers (KIP-1271), and how such rows are laid out as bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.serde.varint import read_varint, write_varint

V = TypeVar("V")

_TIMESTAMP = struct.Struct(">q")


class ValueTimestampHeaders(tuple[V, int], Generic[V]):
    """A value, its timestamp (ms) and its headers, as in a store with headers (Java: ValueTimestampHeaders, KIP-1271).

    It is the pair (value, timestamp) of a timestamped store, which also has `headers`. So code that was written for
    timestamped stores still works, and a pair that is put is a value without headers.

    Example:
        >>> row = ValueTimestampHeaders(3, 1_000, [("origin", b"web")])
        >>> value, timestamp = row
        >>> ValueTimestampHeaders(value + 1, timestamp, row.headers)
        ValueTimestampHeaders(4, 1000, (('origin', b'web'),))
    """

    headers: Headers

    def __new__(cls, value: V, timestamp: int, headers: Headers = NO_HEADERS) -> ValueTimestampHeaders[V]:
        made = tuple.__new__(cls, (value, timestamp))
        made.headers = tuple(headers)
        return made

    @property
    def value(self) -> V:
        """The value."""
        return self[0]

    @property
    def timestamp(self) -> int:
        """The timestamp, in ms since the epoch."""
        return self[1]

    def __eq__(self, other: object) -> bool:
        """Equal to the same value, timestamp and headers; a pair has no headers."""
        return tuple.__eq__(self, other) is True and tuple(self.headers) == tuple(headers_of(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return f"ValueTimestampHeaders({self[0]!r}, {self[1]!r}, {self.headers!r})"


class AggregationWithHeaders(NamedTuple, Generic[V]):
    """An aggregate and its headers, as in a session store with headers (Java: AggregationWithHeaders, KIP-1271)."""

    aggregation: V
    headers: Headers = NO_HEADERS


def row_with_headers(value: Any, timestamp: int, headers: Headers) -> tuple[Any, int]:
    """A row of a value and its timestamp; without headers it is a plain pair, which costs less."""
    return ValueTimestampHeaders(value, timestamp, headers) if headers else (value, timestamp)


def headers_of(row: Any) -> Headers:
    """The headers of a value as it was put: a plain pair, or an aggregate alone, has none."""
    headers: Headers = getattr(row, "headers", NO_HEADERS)
    return headers


def pack_headers(headers: Headers) -> bytes:
    """What stands before a row with headers: their size, their number, and each as sized name and value.

    All numbers are Kafka's zig-zag varints; no headers are one zero byte.
    """
    if not headers:
        return b"\x00"
    parts = [write_varint(len(headers))]
    for name, value in headers:
        encoded = name.encode()
        parts.append(write_varint(len(encoded)) + encoded)
        parts.append(write_varint(-1) if value is None else write_varint(len(value)) + value)
    packed = b"".join(parts)
    return write_varint(len(packed)) + packed


def unpack_headers(data: bytes) -> tuple[Headers, int]:
    """The headers that a row begins with, and where they end."""
    if data[0] == 0:
        return NO_HEADERS, 1
    size, at = read_varint(data, 0)
    end = at + size
    count, at = read_varint(data, at)
    found: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        length, at = read_varint(data, at)
        name, at = data[at : at + length].decode(), at + length
        length, at = read_varint(data, at)
        if length < 0:
            found.append((name, None))
        else:
            found.append((name, data[at : at + length]))
            at += length
    return tuple(found), end


def pack_prefix(timestamp: int, headers: Headers) -> bytes:
    """What stands before the value in a row with a timestamp and headers."""
    return pack_headers(headers) + _TIMESTAMP.pack(timestamp)


def unpack_prefix(data: bytes) -> tuple[int, Headers, int]:
    """(timestamp, headers, where the value begins) of such a row."""
    headers, at = unpack_headers(data)
    return _TIMESTAMP.unpack_from(data, at)[0], headers, at + _TIMESTAMP.size


def row_reader(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Bytes on disk -> a pair, with headers where there are any; `read` reads the value's bytes."""

    def decode(data: bytes) -> Any:
        timestamp, headers, at = unpack_prefix(data)
        value = read(data[at:])
        return row_with_headers(value, timestamp, headers)

    return decode


def shown(row: Any) -> Any:
    """A row of a store with headers as everybody outside of the DSL sees it."""
    return row if row is None or isinstance(row, ValueTimestampHeaders) else ValueTimestampHeaders(*row)


def stamped(records: Iterable[Any]) -> tuple[list[bytes], list[bytes | None]]:
    """Changelog records (key, value, timestamp, headers) as rows on disk."""
    keys: list[bytes] = []
    data: list[bytes | None] = []
    for key, value, timestamp, headers in records:
        keys.append(key)
        data.append(None if value is None else pack_prefix(timestamp, headers) + value)
    return keys, data


def unstamped(records: Iterable[Any]) -> tuple[list[bytes], list[bytes | None]]:
    """The same where rows have headers but no timestamp, as in session stores."""
    keys: list[bytes] = []
    data: list[bytes | None] = []
    for key, value, _, headers in records:
        keys.append(key)
        data.append(None if value is None else pack_headers(headers) + value)
    return keys, data
