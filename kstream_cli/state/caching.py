"""The record cache of one store: of several updates of a row only the last one goes to the changelog and downstream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.record import Headers, RawRecord
from kstream_cli.state.changelogging import LogChange
from kstream_cli.state.in_memory import MISSING, MemoryRows
from kstream_cli.state.serialized import ValueFormat
from kstream_cli.state.store import FlushListener, StoreContext
from kstream_cli.state.write_buffer import BufferedRows

Table: TypeAlias = MemoryRows | BufferedRows

_FIRST_ENTRIES = 1_000
_ENTRY_OVERHEAD_BYTES = 200


Update: TypeAlias = tuple[Any, Any, Any, RawRecord | None, int, Headers]
"""A row's newest cell, its cell as of the last flush (MISSING: as on disk), its key, and the record that changed it.

(cell, before, key, record, timestamp, headers); a bare tuple, as there is one for each record.
"""


@dataclass(slots=True)
class Expiry:
    """What a windowed store under a cache would still show: its time goes on with each update passed on to it.

    An old value past the retention is none, although the cache shows it: nothing is sent to take it back.
    """

    retention_ms: int
    observed: int = -1

    def is_over(self, key: Any) -> bool:
        """True for a key (one that ends in its window's start, or its session's end) past the retention."""
        return bool(key[-1] <= self.observed - self.retention_ms)


class RecordCache:
    """Updates that were put into a table and not passed on yet, in order of the last put of each row.

    The table shows updates at once; the cache knows what the row was when last passed on. A row's key on the changelog
    is its key in the table without the first `head` bytes. `present_key` makes what the listener is told as key out of
    what was given to `put`, and `timestamp_of`, of that, the cell and the record's timestamp, what it is told as such.
    """

    def __init__(
        self,
        table: Table,
        values: ValueFormat,
        context: StoreContext,
        *,
        log: LogChange | None,
        head: int,
        present_key: Callable[[Any], Any],
        timestamp_of: Callable[[Any, Any, int], int],
    ) -> None:
        self.updates: dict[bytes, Update] = {}
        self._table = table
        self._values = values
        self._context = context
        self._log = log
        self._head = head
        self._present_key = present_key
        self._timestamp_of = timestamp_of
        self._listener: FlushListener | None = None
        self._send_old_values = False
        self._limit = _FIRST_ENTRIES
        self._entry_bytes = _ENTRY_OVERHEAD_BYTES
        self.expiry: Expiry | None = None
        """Set by stores whose rows expire."""
        table.unflushed = self.updates

    def set_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        self._listener = listener
        self._send_old_values = send_old_values

    @property
    def size_bytes(self) -> int:
        """About how many bytes it holds, by the sizes of the updates flushed before."""
        return len(self.updates) * self._entry_bytes

    def putter(self) -> Callable[[bytes, Any, Any], None]:
        """The function that puts a cell (None: delete) of a key into a row."""
        updates, rows, context = self.updates, self._table.rows, self._context
        pop, get = updates.pop, rows.get

        def put(row: bytes, cell: Any, key: Any) -> None:
            earlier = pop(row, None)
            before = get(row, MISSING) if earlier is None else earlier[1]
            updates[row] = (cell, before, key, context.current, context.timestamp, context.headers)
            rows[row] = cell
            if len(updates) > self._limit:
                self.flush()

        return put

    def flush(self) -> None:
        """Pass all updates on: to the changelog, and as changes to the listener, each in its record's own context."""
        updates = list(self.updates.items())
        if not updates:
            return
        self.updates.clear()
        context = self._context
        current, timestamp, headers = context.current, context.timestamp, context.headers
        try:
            self._pass_on(updates)
        finally:
            context.current, context.timestamp, context.headers = current, timestamp, headers
        if len(updates) >= 100:
            self._learn_limit(updates)

    def _pass_on(self, updates: list[tuple[bytes, Update]]) -> None:
        table, listener, context, expiry = self._table, self._listener, self._context, self.expiry
        log, check, plain = self._log, self._values.log, self._values.plain
        mark, send_old_values, put_since = table.mark, self._send_old_values, self.updates
        present_key, timestamp_of, head = self._present_key, self._timestamp_of, self._head
        for row, update in updates:
            cell, before, key, context.current, context.timestamp, context.headers = update
            if listener is not None and (cell is None or send_old_values):
                if before is MISSING:
                    before = table.committed(row)
                if expiry is not None and expiry.is_over(key):
                    before = None
                if cell is None and before is None:
                    # Put and deleted since the last flush: nobody has seen it.
                    if row not in put_since:
                        table.remove(row)
                    continue
            if expiry is not None and key[-1] > expiry.observed:
                expiry.observed = key[-1]
            if log is not None:
                log(row[head:], cell)
            elif cell is not None:
                check(cell)  # What cannot be written must fail before it is committed.
            if cell is None and row not in put_since:
                table.remove(row)
            else:
                mark(row)
            if listener is not None:
                old = plain(before) if send_old_values and before is not None else None
                new = None if cell is None else plain(cell)
                listener(present_key(key), new, old, timestamp_of(key, cell, context.timestamp), context.headers)

    def _learn_limit(self, updates: list[tuple[bytes, Update]]) -> None:
        """Learn from the sizes of some updates how many fit into the cache."""
        sample = updates[:: max(1, len(updates) // 20)]
        encode = self._values.encode
        size = sum(len(row) + (0 if cell is None else len(encode(cell))) for row, (cell, *_) in sample)
        self._entry_bytes = size // len(sample) + _ENTRY_OVERHEAD_BYTES
        self._limit = max(1, self._context.cache_bytes // self._entry_bytes)
