"""The buffer of KTable.suppress: the latest change of each key, in order of the time from which the key waits."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeVar

from sortedcontainers import SortedDict

from kstream_cli.config import Config
from kstream_cli.errors import StoreClosedError, StoreError
from kstream_cli.record import Headers
from kstream_cli.serde.windowed import LONG_MAX
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
from kstream_cli.state.store import StateStore, StoreBuilder, StoreContext

K = TypeVar("K")
V = TypeVar("V")

_LONG = struct.Struct(">q")
_INT = struct.Struct(">i")
_SAME_AS_PRIOR = -2
_VERSION_3: Headers = (("v", b"\x03"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressBufferBuilder(StoreBuilder[K, V]):
    """A suppress buffer. It is kept in memory and has a changelog; it is never cached."""

    needs_serdes: ClassVar[bool] = True

    def build(self) -> StateStore:
        return SuppressBuffer(self)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return {"cleanup.policy": "compact"}


class _Entry(NamedTuple):
    """A buffered change as bytes. `prior` is the old value that came with the key's first buffered change."""

    prior: bytes | None
    old: bytes | None
    new: bytes | None
    record: RecordContext

    def size(self, key: bytes) -> int:
        old = 0 if self.old is None or self.old == self.prior else len(self.old)
        return 8 + len(key) + len(self.prior or b"") + old + len(self.new or b"") + context_size(self.record)

    def packed(self, time: int) -> bytes:
        if self.old is None:
            old = _INT.pack(-1)
        elif self.old == self.prior:
            old = _INT.pack(_SAME_AS_PRIOR)
        else:
            old = pack_sized(self.old)
        return pack_context(self.record) + pack_sized(self.prior) + old + pack_sized(self.new) + _LONG.pack(time)


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
        self.is_open = True

    def put(self, time: int, key: Any, change: tuple[Any, Any, bool]) -> None:
        """Buffer the change made by the record being processed; `time` counts only for a key not buffered yet."""
        self._require_open()
        if key is None:
            raise TypeError(f"store {self.name!r} takes no null key")
        key_bytes = self._keys.write(key)
        new, old = (None if value is None else self._write(value) for value in change[:2])
        waiting = self._times.get(key_bytes)
        prior = old if waiting is None else self._entries[waiting, key_bytes].prior
        self._place(time, key_bytes, _Entry(prior, old, new, context_now(self._context)))
        self._dirty.add(key_bytes)

    def prior_value(self, key: Any) -> tuple[bool, Any]:
        """Whether the key is buffered, and if so its value as seen from downstream of the buffer."""
        self._require_open()
        key_bytes = self._keys.write(key)
        time = self._times.get(key_bytes)
        return (False, None) if time is None else (True, self._value(self._entries[time, key_bytes].prior))

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

    def restore(self, records: Iterable[tuple[bytes, bytes | None, int]]) -> None:
        self._require_open()
        for key, value, _ in records:
            if value is None:
                self._drop(key)
            else:
                time, entry = _unpacked(value)
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
                append(key, self._entries[time, key].packed(time), None, _VERSION_3)

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
        return None if data is None else self._read(data)

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
