"""The buffer of KTable.suppress: the latest change of each key, in order of the time from which the key waits."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from sortedcontainers import SortedDict

from kstream_cli.errors import StoreClosedError, StoreError
from kstream_cli.record import Headers
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.builders import SuppressBufferBuilder
from kstream_cli.state.kinds.java_hash_order import JavaHashOrder
from kstream_cli.state.kinds.record_context import (
    RecordContext,
    context_now,
    context_size,
    pack_context,
    pack_sized,
    unpack_context,
    unpack_sized,
)
from kstream_cli.state.serialized import key_format, value_format
from kstream_cli.state.store import StateStore
from kstream_cli.state.store_context import StoreContext
from kstream_cli.state.stored_headers import pack_prefix, unpack_prefix

K = TypeVar("K")
V = TypeVar("V")

_LONG = struct.Struct(">q")
_INT = struct.Struct(">i")
_SAME_AS_PRIOR = -2
_VERSION_3: Headers = (("v", b"\x03"),)
_PRIOR, _OLD = "vh.prior", "vh.old"
"""Headers of a changelog record in which the headers and timestamps of these values stand (KIP-1285)."""
_UNKNOWN_TIME = -1


class _Entry(NamedTuple):
    """A buffered change as bytes. `prior` is the old value that came with the key's first buffered change."""

    prior: bytes | None
    old: bytes | None
    new: bytes | None
    record: RecordContext
    value_at: Callable[[bytes], int] | None = None
    """Where the value's own bytes begin, where the values have a timestamp and headers before them."""

    def size(self, key: bytes) -> int:
        old = 0 if self.old is None or self.old == self.prior else len(self.old)
        return 8 + len(key) + len(self.prior or b"") + old + len(self.new or b"") + context_size(self.record)

    def packed(self, time: int) -> bytes:
        prior, old_value, new = map(self._alone, (self.prior, self.old, self.new))
        if old_value is None:
            old = _INT.pack(-1)
        elif old_value == prior:
            old = _INT.pack(_SAME_AS_PRIOR)
        else:
            old = pack_sized(old_value)
        return pack_context(self.record) + pack_sized(prior) + old + pack_sized(new) + _LONG.pack(time)

    def logged_headers(self) -> Headers:
        """The headers of its changelog record: the form of its bytes, and what stands before the earlier values."""
        if self.value_at is None:
            return _VERSION_3
        headers = list(_VERSION_3)
        if self.prior is not None and self.prior != self.old:
            headers.append((_PRIOR, self.prior[: self.value_at(self.prior)]))
        if self.old is not None:
            headers.append((_OLD, self.old[: self.value_at(self.old)]))
        return headers

    def _alone(self, value: bytes | None) -> bytes | None:
        """A value's own bytes."""
        return value if value is None or self.value_at is None else value[self.value_at(value) :]


class SuppressBuffer(StateStore):
    """Changes waiting to be sent on. A key that is updated again keeps its place, and takes the newest change."""

    persistent = False

    def __init__(self, builder: SuppressBufferBuilder[Any, Any]) -> None:
        self.name = builder.name
        self._builder = builder
        self._times: dict[bytes, int] = {}
        self._entries: Any = SortedDict()
        self._dirty = JavaHashOrder()
        self._offset: int | None = None
        self.size_bytes = 0

    @property
    def num_records(self) -> int:
        return len(self._times)

    @property
    def min_time(self) -> int:
        """The time of the first change in the buffer; beyond all times when there is none."""
        return int(self._entries.peekitem(0)[0][0]) if self._entries else LONG_MAX

    def open(self, context: StoreContext) -> None:
        if self.is_open:
            raise StoreError(f"store {self.name!r} is open already")
        self._context = context
        self._keys = key_format(self.name, self._builder.key, context)
        values = value_format(self.name, self._builder.value, context, timestamped=False)
        self._write, self._read = values.hold or values.log, values.give or values.decode
        self._append = context.changelog(self.name) if self._builder.logging else None
        self._offset = None
        self.restores_headers = context.config.dsl_store_format == "HEADERS"
        self._value_at = _value_at if self.restores_headers else None
        self.is_open = True

    def put(self, time: int, key: Any, change: tuple[Any, Any, bool]) -> None:
        """Buffer the change made by the record being processed; `time` counts only for a key not buffered yet."""
        self._require_open()
        if key is None:
            raise TypeError(f"store {self.name!r} takes no null key")
        key_bytes = self._keys.write(key)
        new, old = (None if value is None else self._write(value) for value in change[:2])
        waiting = self._times.get(key_bytes)
        buffered = None if waiting is None else self._entries[waiting, key_bytes]
        record = context_now(self._context)
        if self.restores_headers:
            new = new if new is None else pack_prefix(record[1], record[2]) + new
            old = old if old is None else _prefix_of(buffered) + old
        prior = old if buffered is None else buffered.prior
        self._place(time, key_bytes, _Entry(prior, old, new, record, self._value_at))
        self._dirty.add(key_bytes)

    def prior_value(self, key: Any) -> tuple[bool, Any]:
        """Whether the key is buffered, and if so its value as seen from downstream of the buffer."""
        self._require_open()
        key_bytes = self._keys.write(key)
        time = self._times.get(key_bytes)
        return (False, None) if time is None else (True, self._value(self._entries[time, key_bytes].prior))

    def value_of(self, key: Any) -> Any:
        """The newest value of a key that waits; None where it does not, or its row was deleted."""
        self._require_open()
        key_bytes = self._keys.write(key)
        time = self._times.get(key_bytes)
        return None if time is None else self._value(self._entries[time, key_bytes].new)

    def time_of(self, key: Any) -> int | None:
        """The time (ms) of a key's first change in the buffer, which says when it is due; None where there is none."""
        self._require_open()
        return self._times.get(self._keys.write(key))

    def waiting(self) -> list[tuple[Any, Any, int]]:
        """Key, newest value and timestamp of each change in the buffer, in the order in which they are due."""
        self._require_open()
        return [
            (self._keys.read(key), self._value(entry.new), entry.record[1]) for (_, key), entry in self._entries.items()
        ]

    def evict_while(self, due: Callable[[], bool], emit: Callable[[Any, Any, int, Headers], None]) -> None:
        """While `due()`, emit the first change and drop it.

        `emit` gets (key, change, timestamp, headers) of the record that made the change, which is the context's
        record meanwhile.
        """
        self._require_open()
        context = self._context
        before = context_now(context)
        try:
            while self._entries and due():
                (_, key_bytes), entry = self._entries.peekitem(0)
                context.current, context.timestamp, context.headers = entry.record
                change = (self._value(entry.new), self._value(entry.old), True)
                emit(self._keys.read(key_bytes), change, context.timestamp, context.headers)
                self._drop(key_bytes)
                self._dirty.add(key_bytes)
        finally:
            context.current, context.timestamp, context.headers = before

    def restore(self, records: Iterable[Any]) -> None:
        self._require_open()
        for key, value, *rest in records:
            if value is None:
                self._drop(key)
            else:
                time, entry = _unpacked(value)
                if self.restores_headers:
                    entry = _with_headers(entry, dict(rest[1]))
                self._place(time, key, entry)

    def flush(self) -> None:
        """Log the keys that changed: their newest change, or a tombstone where it was emitted."""
        changed, append = self._dirty.drain(), self._append
        if append is None:
            return
        for key in changed:
            time = self._times.get(key)
            # The producer stamps these records with its own clock, as in Java.
            if time is None:
                append(key, None, None, ())
            else:
                entry = self._entries[time, key]
                append(key, entry.packed(time), None, entry.logged_headers())

    def commit(self, offset: int | None) -> None:
        self._require_open()
        if offset is not None:
            self._offset = offset

    @property
    def committed_offset(self) -> int | None:
        self._require_open()
        return self._offset

    def close(self) -> None:
        self.is_open = False
        self._times.clear()
        self._entries.clear()
        self._dirty.drain()
        self.size_bytes = 0

    def _place(self, time: int, key: bytes, entry: _Entry) -> None:
        waiting = self._times.setdefault(key, time)
        earlier = self._entries.get((waiting, key))
        if earlier is not None:
            self.size_bytes -= earlier.size(key)
        self._entries[waiting, key] = entry
        self.size_bytes += entry.size(key)

    def _drop(self, key: bytes) -> None:
        time = self._times.pop(key, None)
        if time is not None:
            self.size_bytes -= self._entries.pop((time, key)).size(key)

    def _value(self, data: bytes | None) -> Any:
        if data is None:
            return None
        return self._read(data if self._value_at is None else data[self._value_at(data) :])

    def _require_open(self) -> None:
        if not self.is_open:
            raise StoreClosedError(f"store {self.name!r} is not open")


def _unpacked(data: bytes) -> tuple[int, _Entry]:
    record, at = unpack_context(data)
    prior, at = unpack_sized(data, at)
    if _INT.unpack_from(data, at)[0] == _SAME_AS_PRIOR:
        old, at = prior, at + 4
    else:
        old, at = unpack_sized(data, at)
    new, at = unpack_sized(data, at)
    return _LONG.unpack_from(data, at)[0], _Entry(prior, old, new, record)


def _value_at(data: bytes) -> int:
    return unpack_prefix(data)[2]


def _prefix_of(buffered: _Entry | None) -> bytes:
    """What stands before an old value: timestamp and headers of the change that it was buffered with, if it was."""
    if buffered is None or buffered.new is None:
        return pack_prefix(_UNKNOWN_TIME, ())
    return buffered.new[: _value_at(buffered.new)]


def _with_headers(entry: _Entry, headers: dict[str, bytes | None]) -> _Entry:
    """An entry from a changelog record, with the timestamps and headers that stand in the record's headers."""
    _, timestamp, newest = entry.record

    def placed(name: str, value: bytes | None) -> bytes | None:
        return None if value is None else (headers.get(name) or pack_prefix(timestamp, ())) + value

    old = placed(_OLD, entry.old)
    prior = old if entry.prior == entry.old and _PRIOR not in headers else placed(_PRIOR, entry.prior)
    new = None if entry.new is None else pack_prefix(timestamp, newest) + entry.new
    return _Entry(prior, old, new, entry.record, _value_at)
