"""The rows of changelogs as keys and values: what each kind of store writes to its changelog, read back."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from kstream_cli.record import Headers
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.windowed import LONG_MAX, Windowed
from kstream_cli.state.builders import (
    SessionStoreBuilder,
    SuppressBufferBuilder,
    TimeOrderedBufferBuilder,
    WindowStoreBuilder,
)
from kstream_cli.state.kinds.key_schema import (
    END_AND_START,
    SESSION_TAIL,
    START_AND_SEQUENCE,
    TIME,
    WINDOW_TAIL,
)
from kstream_cli.state.kinds.record_context import unpack_context, unpack_sized
from kstream_cli.state.store import StoreBuilder

Read = Callable[[bytes | None, bytes | None, Headers], tuple[Any, Any]]
Decode = Callable[[bytes | None], Any]

_INT = struct.Struct(">i")
_BUFFER_TIME_BYTES = 8
_BUFFER_HEAD = 9
_SEQUENCE_BYTES = 4


class BufferedChange(NamedTuple):
    """A row of a suppress buffer: the newest change of a key that waits to be sent on."""

    value: Any
    waits_from: int
    """The time (ms) from which it waits: a window's end, or when the key was first buffered."""
    topic: str
    partition: int
    offset: int
    """Where the record that made the change came from."""


class BufferedRecord(NamedTuple):
    """A row of the buffer of a stream-table join with grace: a stream record that waits."""

    value: Any
    timestamp: int
    topic: str
    partition: int
    offset: int


def row_reader(
    builder: StoreBuilder[Any, Any], topic: str, key: Serde[Any] | None, value: Serde[Any] | None
) -> Read | None:
    """How to read the changelog rows of a store; None where its keys and values stand there as they are.

    A window store's key is a `Windowed` of its window, a session store's of its session; rows of buffers are a
    `BufferedChange` or a `BufferedRecord`.
    """
    keys, values = _decoder(key, topic, is_key=True), _decoder(value, topic, is_key=False)
    if isinstance(builder, WindowStoreBuilder):
        return _plain(lambda row: _window_key(row, keys, builder), values)
    if isinstance(builder, SessionStoreBuilder):
        return _plain(lambda row: _session_key(row, keys), values)
    if isinstance(builder, SuppressBufferBuilder):
        return _plain(keys, lambda row: _buffered_change(row, values))
    if isinstance(builder, TimeOrderedBufferBuilder):
        return _plain(
            lambda row: None if row is None else keys(row[_BUFFER_HEAD:-_SEQUENCE_BYTES]),
            lambda row: _buffered_record(row, values),
        )
    return None


def _plain(keys: Decode, values: Decode) -> Read:
    return lambda key, value, headers: (keys(key), values(value))


def _decoder(serde: Serde[Any] | None, topic: str, *, is_key: bool) -> Decode:
    if serde is None:
        return lambda data: data
    read = serde.deserializer(topic, is_key=is_key)
    return lambda data: None if data is None else read(data)


def _window_key(row: bytes | None, keys: Decode, builder: WindowStoreBuilder[Any, Any]) -> Windowed[Any] | None:
    if row is None:
        return None
    start, _ = START_AND_SEQUENCE.unpack(row[-WINDOW_TAIL:])
    end = min(start + builder.window_size_ms, LONG_MAX) if builder.end_of is None else builder.end_of(start)
    return Windowed(keys(row[:-WINDOW_TAIL]), start, end)


def _session_key(row: bytes | None, keys: Decode) -> Windowed[Any] | None:
    if row is None:
        return None
    end, start = END_AND_START.unpack(row[-SESSION_TAIL:])
    return Windowed(keys(row[:-SESSION_TAIL]), start, end)


def _buffered_change(row: bytes | None, values: Decode) -> BufferedChange | None:
    if row is None:
        return None
    (record, _, _), at = unpack_context(row)
    _, at = unpack_sized(row, at)  # The value before the key's first buffered change.
    (length,) = _INT.unpack_from(row, at)
    at += _INT.size + max(length, 0)  # The old value of the newest change.
    new, at = unpack_sized(row, at)
    assert record is not None
    return BufferedChange(
        values(new), TIME.unpack_from(row, at)[0], record.topic() or "", record.partition() or 0, record.offset() or 0
    )


def _buffered_record(row: bytes | None, values: Decode) -> BufferedRecord | None:
    if row is None:
        return None
    (record, timestamp, _), at = unpack_context(row)
    value, _ = unpack_sized(row, at + _BUFFER_TIME_BYTES)
    assert record is not None
    return BufferedRecord(values(value), timestamp, record.topic() or "", record.partition() or 0, record.offset() or 0)
