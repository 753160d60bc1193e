"""The record cache of one store: of several updates of a row only the last one goes to the changelog and downstream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from operator import attrgetter
from typing import Any, TypeAlias

from kstream_cli.record import NO_HEADERS, Headers, RawRecord, at_rest
from kstream_cli.state.cache.cached_rows import CachedRow, RowGroups, RowNames
from kstream_cli.state.cache.changelogging import LogChange
from kstream_cli.state.disk.in_memory import MISSING, MemoryRows
from kstream_cli.state.disk.write_buffer import BufferedRows
from kstream_cli.state.serialized import ValueFormat
from kstream_cli.state.store import FlushListener, StoreContext
from kstream_cli.state.written import Bind, function_of

Table: TypeAlias = MemoryRows | BufferedRows

_FIRST_ROWS = 1_000
_ROW_OVERHEAD_BYTES = 72
"""What Kafka Streams counts for a row beside its key and its value: references, the record's time, offset, partition,
topic. So a cache of a size holds as many rows here as there. As Python's objects they take about five times as much.
"""
_NUMBER = attrgetter("number")


Update: TypeAlias = tuple[CachedRow, Any, Any, RawRecord | None, int, Headers]
"""(row, cell, cell before, record, timestamp, headers), as they were when a flush began."""


@dataclass(slots=True)
class Expiry:
    """What a windowed store under a cache would still show: its time goes on with each update passed on to it.

    An old value past the retention is none, although the cache shows it: nothing is sent to take it back.
    """

    retention_ms: int
    time_of: Callable[[Any], int]
    """A key's time: its window's start, or its session's end."""
    observed: int = -1

    def is_over(self, time: int) -> bool:
        """True for what is past the retention."""
        return time <= self.observed - self.retention_ms


class RecordCache:
    """Rows as they were put and not passed on yet, and rows read, for as long as there is room.

    The cache knows what a row was when last passed on, and the table learns of a put by `settle`. So who reads the
    table itself, a range of it above all, calls `settle` first. A row's key on the changelog is its key in the table
    without the first `head` bytes. `on_settle` is told of a row's new cell just before the table is; `timestamp_of`
    tells what of a key the listener is told as timestamp, where that is neither the cell's nor the record's.
    """

    def __init__(
        self,
        table: Table,
        values: ValueFormat,
        context: StoreContext,
        names: RowNames,
        *,
        log: LogChange,
        head: int = 0,
        on_settle: Callable[[bytes, Any], None] | None = None,
        timestamp_of: Callable[[Any], int] | None = None,
        expiry: Expiry | None = None,
    ) -> None:
        self.table = table
        self.names = names
        self.groups = RowGroups(self)
        self.held = 0
        """How many rows are in the groups."""
        self.limit = _FIRST_ROWS
        self.expiry = expiry
        self._values = values
        self._context = context
        self._log = log
        self._head = head
        self._on_settle = on_settle
        self._timestamp_of = timestamp_of
        self._listener: FlushListener | None = None
        self._send_old_values = False
        self._row_bytes = _ROW_OVERHEAD_BYTES
        self._fresh: list[CachedRow] = []
        self._next_number = count(1).__next__
        self._unflushed: dict[bytes, CachedRow] = {}
        table.unflushed = self._unflushed
        given = ("row", "cell", "timestamp", "headers")
        self.put: Callable[[CachedRow, Any, int, Headers], None] = function_of(
            "put", ", ".join(given), lambda bind: self.written_put(bind, *given)
        )
        """(row, cell (None: delete), timestamp, headers): put a row found in a group, for the current record."""

    def set_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        self._listener = listener
        self._send_old_values = send_old_values

    @property
    def size_bytes(self) -> int:
        """About how many bytes it holds, by the sizes of the updates flushed before."""
        return self.held * self._row_bytes

    def written_put(self, bind: Bind, row: str, cell: str, timestamp: str, headers: str) -> str:
        """The lines of `put`."""
        keep_record = ""
        if self._context.keeps_records:
            keep_record = f"{row}.current = {bind('at_rest', at_rest)}({bind('context', self._context)}.current)"
        return f"""
            if not {row}.is_fresh:
                {row}.is_fresh = True
                {bind("fresh", self._fresh)}.append({row})
            {row}.cell = {cell}
            {row}.number = {bind("next_number", self._next_number)}()
            {row}.timestamp = {timestamp}
            {row}.headers = {headers}
            {keep_record}
            """

    def settle(self) -> None:
        """Show the table what was put."""
        fresh = self._fresh
        if not fresh:
            return
        rows, unflushed, on_settle = self.table.rows, self._unflushed, self._on_settle
        for row in fresh:
            row.is_fresh = False
            key, cell = row.row, row.cell
            if on_settle is not None:
                on_settle(key, cell)
            rows[key] = cell
            unflushed[key] = row
        fresh.clear()

    def flush(self) -> None:
        """Pass all updates on: to the changelog, and as changes to the listener, each in its record's own context.

        What is put meanwhile waits for the next flush: passed on at once, it would come before what was put earlier.
        """
        if self.table.is_flushing:
            return
        if self._unflushed:
            self.settle()
        updates = self._take(self._unflushed.values() or self._fresh)
        if not updates:
            return
        self._fresh.clear()
        self._unflushed.clear()
        context, table = self._context, self.table
        current, timestamp, headers = context.current, context.timestamp, context.headers
        table.is_flushing = True
        try:
            self._pass_on(updates)
        finally:
            table.is_flushing = False
            context.current, context.timestamp, context.headers = current, timestamp, headers
        if len(updates) >= 100:
            self._learn_limit(updates)

    def _take(self, waiting: Iterable[CachedRow]) -> list[Update]:
        """Rows as updates, in the order in which they were put; those not settled yet are settled on the way."""
        rows, on_settle, no_headers = self.table.rows, self._on_settle, NO_HEADERS
        updates: list[Update] = []
        add = updates.append
        for row in sorted(waiting, key=_NUMBER):
            cell = row.cell
            if row.is_fresh:
                row.is_fresh = False
                key = row.row
                if on_settle is not None:
                    on_settle(key, cell)
                rows[key] = cell
            add((row, cell, row.before, row.current, row.timestamp, row.headers))
            row.before, row.current, row.headers = cell, None, no_headers
        return updates

    def make_room(self) -> None:
        """Let go of rows, so that others find room."""
        if 2 * (len(self._fresh) + len(self._unflushed)) > self.limit:
            self.flush()
        self.forget()

    def forget(self) -> None:
        """Let go of all rows that are as they were when last passed on."""
        groups, unflushed = self.groups, self._unflushed
        is_clean = not unflushed and not self._fresh
        for group, rows in list(groups.items()):
            kept = {} if is_clean else {name: row for name, row in rows.items() if row.is_fresh or row.row in unflushed}
            if kept:
                rows.clear()
                rows.update(kept)
            else:
                groups.let_go(group)
        self.held = sum(map(len, groups.values()))

    def close(self) -> None:
        """Let go of all rows."""
        self._fresh.clear()
        self._unflushed.clear()
        self.forget()

    def _pass_on(self, updates: list[Update]) -> None:
        listener, context, expiry, log, head = self._listener, self._context, self.expiry, self._log, self._head
        plain, timestamped, timestamp_of = self._values.plain, self._values.timestamped, self._timestamp_of
        is_pair, send_old_values = timestamped and self._values.shared, self._send_old_values
        changed: dict[bytes, bytes | None] = {}
        for row, cell, before, context.current, context.timestamp, context.headers in updates:
            old = None
            if listener is not None and (cell is None or send_old_values):
                before = self._seen_before(row, before)
                if cell is None and before is None:
                    # Put and deleted since the last flush: nobody has seen it.
                    self._remove(row)
                    continue
                if send_old_values and before is not None:
                    old = plain(before)
            if expiry is not None and row.time > expiry.observed:
                expiry.observed = row.time
            key = row.row
            changed[key] = log(key[head:], cell)
            if cell is None:
                self._remove(row)
            if listener is not None:
                if is_pair and cell is not None:
                    new, timestamp = cell
                else:
                    new = None if cell is None else plain(cell)
                    timestamp = cell[1] if timestamped and cell is not None else context.timestamp
                if timestamp_of is not None:
                    timestamp = timestamp_of(row.key)
                listener(row.key, new, old, timestamp, context.headers)
        self.table.mark(changed)

    def _seen_before(self, row: CachedRow, before: Any) -> Any:
        """The cell that was last passed on, as far as anybody sees it."""
        if before is MISSING:
            before = self.table.committed(row.row)
        return None if self.expiry is not None and self.expiry.is_over(row.time) else before

    def _remove(self, row: CachedRow) -> None:
        """Remove a row from the table, unless it was put again since the flush began."""
        if not row.is_fresh and row.row not in self._unflushed:
            self.table.remove(row.row)

    def _learn_limit(self, updates: list[Update]) -> None:
        """Learn from the sizes of some updates how many rows fit into the cache."""
        sample = updates[:: max(1, len(updates) // 20)]
        encode = self._values.encode
        size = sum(len(row.row) + (0 if cell is None else len(encode(cell))) for row, cell, *_ in sample)
        self._row_bytes = size // len(sample) + _ROW_OVERHEAD_BYTES
        self.limit = max(1, self._context.cache_bytes // self._row_bytes)
