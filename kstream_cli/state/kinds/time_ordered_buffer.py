"""The buffer of a stream-table join with grace (KIP-923): stream records wait until table updates cannot be late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from kstream_cli.record import Headers
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.builders import TimeOrderedBufferBuilder
from kstream_cli.state.kinds.key_schema import SEQUENCE_MAX, TIME
from kstream_cli.state.kinds.record_context import context_now, pack_context, pack_sized, unpack_context, unpack_sized
from kstream_cli.state.kinds.table_store import TableStore
from kstream_cli.state.serialized import ValueFormat, as_logged, value_format
from kstream_cli.state.store_context import StoreContext

K = TypeVar("K")
V = TypeVar("V")

_PREFIX = b"\x00"
_HEAD = 9
_NULL = pack_sized(None)
_NO_BUFFER_TIME = bytes(8)
_OBSERVED = b"observed-time"
_SEQUENCE = b"sequence-number"


class TimeOrderedBuffer(TableStore):
    """Records in order of timestamp, key and arrival. Time is the largest timestamp that was buffered."""

    def __init__(self, builder: TimeOrderedBufferBuilder[Any, Any]) -> None:
        super().__init__(builder)
        self._grace_ms = builder.grace_ms
        self._observed = -1
        self._sequence = 0

    def open(self, context: StoreContext) -> None:
        super().open(context)
        values = value_format(self.name, self._builder.value, context, timestamped=False)
        self._write, self._read = values.hold or values.log, values.give or values.decode
        self._append = context.changelog(self.name) if self._builder.logging else None
        notes = self._table.notes
        self._observed = TIME.unpack(notes[_OBSERVED])[0] if _OBSERVED in notes else -1
        self._sequence = int.from_bytes(notes.get(_SEQUENCE, b""), "big")
        self._min_time = self._first_time()

    def put(self, key: Any, value: Any, timestamp: int) -> bool:
        """Buffer the record being processed; False when it is too late for that, and is to be joined at once."""
        self._require_open()
        if key is None or value is None:
            raise self._null_key() if key is None else TypeError(f"store {self.name!r} takes no null value")
        if self._observed - self._grace_ms > timestamp:
            return False
        self._sequence = (self._sequence + 1) & SEQUENCE_MAX
        row = _PREFIX + TIME.pack(timestamp) + self._keys.write(key) + self._sequence.to_bytes(4, "big")
        cell = pack_context(context_now(self._context)) + _NULL + _NULL + pack_sized(self._write(value))
        if self._append is not None:
            # The producer stamps these records with its own clock, as in Java.
            self._append(row, cell + _NO_BUFFER_TIME, None, ())
        self._table.put(row, cell, cell)
        self._observed = max(self._observed, timestamp)
        self._min_time = min(self._min_time, timestamp)
        return True

    def waiting(self) -> list[tuple[Any, Any, int]]:
        """Key, value and timestamp of each record in the buffer, in the order in which they are due."""
        self._require_open()
        found = []
        for row, cell in self._table.select(None, None, zip):
            record, at = unpack_context(cell)
            value, _ = unpack_sized(cell, at + 8)
            found.append((self._keys.read(row[_HEAD:-4]), self._read(value or b""), record[1]))
        return found

    def evict(self, emit: Callable[[Any, Any, int, Headers], None]) -> None:
        """Emit, in order, and drop all records whose grace is over.

        `emit` gets (key, value, timestamp, headers) of a record, which is the context's record meanwhile.
        """
        self._require_open()
        latest = self._observed - self._grace_ms
        if self._min_time > latest:
            return
        context = self._context
        before = context_now(context)
        due = self._table.select(_PREFIX, _PREFIX + TIME.pack(latest + 1), zip, inclusive=False)
        try:
            for row, cell in due:
                record, at = unpack_context(cell)
                value, _ = unpack_sized(cell, at + 8)
                context.current, context.timestamp, context.headers = record
                emit(self._keys.read(row[_HEAD:-4]), self._read(value or b""), context.timestamp, context.headers)
                if self._append is not None:
                    self._append(row, None, None, ())
                self._table.remove(row)
        finally:
            context.current, context.timestamp, context.headers = before
        self._min_time = self._first_time()

    def restore(self, records: Iterable[Any]) -> None:
        self._require_open()
        batch = list(records)
        for row, _, _ in batch:
            self._observed = max(self._observed, TIME.unpack_from(row, 1)[0])
            self._sequence = max(self._sequence, int.from_bytes(row[-4:], "big"))
        self._table.restore(
            [row for row, _, _ in batch], [None if value is None else value[:-8] for _, value, _ in batch]
        )
        self._min_time = 0  # Not known before the first eviction looks.

    def commit(self, offset: int | None) -> None:
        self._require_open()
        if self._observed >= 0:
            self._table.notes[_OBSERVED] = TIME.pack(self._observed)
        self._table.notes[_SEQUENCE] = self._sequence.to_bytes(4, "big")
        super().commit(offset)

    def _first_time(self) -> int:
        with self._table.range(None, None, lambda rows, cells: rows) as rows:
            first = next(rows, None)
        return LONG_MAX if first is None else int(TIME.unpack_from(first, 1)[0])

    def _value_format(self, context: StoreContext) -> ValueFormat:
        return ValueFormat(
            hold=None,
            give=None,
            plain=_same,
            encode=_same,
            decode=_same,
            decode_all=_same,
            log=_same,
            write=_same,
            restored=as_logged,
            measure=len,
            fixed_size=None,
            timestamped=False,
            shared=True,
        )

    def _bind(self) -> dict[str, Callable[..., Any]]:
        return {}


def _same(cell: Any) -> Any:
    return cell
