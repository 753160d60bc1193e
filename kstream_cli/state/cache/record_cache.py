"""The record cache of one store: of several updates of a row only the last one goes to the changelog and downstream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from kstream_cli.record import NO_HEADERS, Headers, RawRecord, at_rest
from kstream_cli.source_code import Bind, bound_function
from kstream_cli.state.cache.cached_rows import CachedRow, RowGroups, RowNames
from kstream_cli.state.cache.changelogging import LogChange
from kstream_cli.state.disk.in_memory import MISSING, MemoryRows
from kstream_cli.state.disk.write_buffer import BufferedRows
from kstream_cli.state.serialized import TIMESTAMP, ValueFormat
from kstream_cli.state.store import FlushListener
from kstream_cli.state.store_context import StoreContext

Table: TypeAlias = MemoryRows | BufferedRows

_ROW_OVERHEAD_BYTES = 45
"""What Kafka Streams counts for a row in addition to its key and value, and to its record's topic and headers. So a
cache of a size has as many rows here as there. The Python objects take about five times as much memory."""
_SEGMENT_BYTES = 8
"""What Kafka Streams writes before a windowed row's key to find its segment."""
_TIMESTAMP_BYTES = TIMESTAMP.size
_NUMBER = attrgetter("number")
_FIRST = itemgetter(0)


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
    """Rows as they were put and not passed on yet, and rows passed on or read, for as long as there is room.

    The room is the thread's (`ThreadCache`). Where a put or a read goes beyond it, the rows used least recently go; if
    one of them is an update, it is passed on, and all others after it.

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
        self.size_bytes = 0
        """How many bytes it holds, as Kafka Streams counts them."""
        self.expiry = expiry
        self.tick = count(1).__next__
        """The clock by which rows are used: whoever reads one writes the time into its `used`."""
        self._values = values
        self._context = context
        self._thread = context.cache
        self._log = log
        self._head = head
        self._on_settle = on_settle
        self._timestamp_of = timestamp_of
        self._listener: FlushListener | None = None
        self._send_old_values = False
        self._overhead = _ROW_OVERHEAD_BYTES + (_SEGMENT_BYTES - head if head else 0)
        self._fresh: list[CachedRow] = []
        self._unflushed: dict[bytes, CachedRow] = {}
        self._by_age: list[tuple[int, CachedRow]] = []
        """Rows and when they were used, the latest first, as it was when they were last sorted."""
        self._timestamp_bytes = _TIMESTAMP_BYTES if values.timestamped else 0
        table.unflushed = self._unflushed
        self._thread.caches.append(self)
        given = ("row", "cell", "timestamp", "headers")
        plain = "cell[0]" if values.timestamped else "cell"
        self.put: Callable[[CachedRow, Any, int, Headers], None] = bound_function(
            "put",
            ", ".join(given),
            lambda bind: self.written_put(bind, *given, plain=plain, gone="cell is None", is_long=False),
        )
        """(row, cell (None: delete), timestamp, headers): put a row found in a group, for the current record.

        Raises SerializationError, before anything is changed, where the value cannot be written.
        """

    def set_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        self._listener = listener
        self._send_old_values = send_old_values

    def written_put(
        self, bind: Bind, row: str, cell: str, timestamp: str, headers: str, *, plain: str, gone: str, is_long: bool
    ) -> str:
        """The lines of `put`. `plain` is the value without its timestamp, unless it is `gone`.

        `is_long`: it is a whole number for sure, which needs no check.
        """
        keep_record = ""
        if self._context.keeps_records:
            keep_record = f"{row}.current = {bind('at_rest', at_rest)}({bind('context', self._context)}.current)"
        check, payload, has_changed = self._written_size(bind, row, cell, plain=plain, gone=gone, is_long=is_long)
        return f"""
            {check}
            if not {row}.is_fresh:
                {row}.is_fresh = True
                {bind("fresh", self._fresh)}.append({row})
            {row}.cell = {cell}
            {row}.number = {row}.used = {bind("tick", self.tick)}()
            {row}.timestamp = {timestamp}
            {row}.headers = {headers}
            {keep_record}
            if {headers} or not {row}.is_counted{has_changed}:
                {bind("count", self.count)}({row}, {payload})
            """

    def _written_size(
        self, bind: Bind, row: str, cell: str, *, plain: str, gone: str, is_long: bool
    ) -> tuple[str, str, str]:
        """(lines that measure a value, and raise where it cannot be written; its size; whether it has changed)."""
        values, stamp = self._values, self._timestamp_bytes
        has_changed = f" or {row}.payload != payload"
        if values.prefix is not None:
            return f"payload = 0 if {gone} else {bind('size_of', self._size_of)}({cell})", "payload", has_changed
        if is_long and values.fixed_size == TIMESTAMP.size:
            return "", str(values.fixed_size + stamp), ""
        measure = bind("measure", values.measure)
        if values.fixed_size is None:
            return f"payload = 0 if {gone} else {measure}({plain}) + {stamp}", "payload", has_changed
        # Written for the error alone, which `measure` raises with the store's name.
        check = f"""payload = 0
            if not ({gone}):
                payload = {values.fixed_size + stamp}
                try:
                    {bind("write", values.write)}({plain})
                except Exception:
                    {measure}({plain})"""
        return check, "payload", has_changed

    def count(self, row: CachedRow, payload: int) -> None:
        """Note that a row was put with a value of so many bytes, and make room for it."""
        if row.rows.get(row.name) is not row:
            row = self._hold(row)
        current, thread = self._context.current, self._thread
        row.topic_size = thread.topic_size if current is None else len(current.topic() or "")
        row.payload = payload
        size = self._overhead + len(row.row) + row.topic_size + payload
        row.is_counted = self._context.has_one_topic_size and not row.headers
        for name, value in row.headers:
            size += len(name) + (0 if value is None else len(value))
        self._resize(row, size)
        if thread.size > thread.limit:
            self.make_room()

    def added(self, row: CachedRow, *, is_read: bool) -> None:
        """Note a row that was read, or is only going to be put."""
        row.used = self.tick()
        size, cell = self._overhead + len(row.row), row.cell
        # As in Java, a row that is read from a table by time does not stay.
        if not is_read or cell is None or self._head:
            self._thread.add_loose(row, size)
            return
        self._resize(row, size + self._size_of(cell))
        if self._thread.size > self._thread.limit:
            self.make_room()

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

        They go in the order in which they were put. What is put meanwhile waits for the next flush: passed on at once,
        it would come before what was put earlier.
        """
        if self.table.is_flushing:
            return
        self._flush(None)
        if self._thread.size > self._thread.limit:
            self.make_room()

    def _flush(self, first: CachedRow | None) -> None:
        """Pass all updates on, this one before all others."""
        if self._unflushed:
            self.settle()
        updates = self._take(self._unflushed.values() or self._fresh, first)
        if not updates:
            return
        self._fresh.clear()
        self._unflushed.clear()
        context, table, thread = self._context, self.table, self._thread
        current, timestamp, headers, topic_size = context.current, context.timestamp, context.headers, thread.topic_size
        table.is_flushing = True
        try:
            self._pass_on(updates)
        finally:
            table.is_flushing = False
            context.current, context.timestamp, context.headers = current, timestamp, headers
            thread.topic_size = topic_size
        for update in updates:
            if update[1] is None:
                self._let_go_of_deleted(update[0])

    def _take(self, waiting: Iterable[CachedRow], first: CachedRow | None) -> list[Update]:
        """Rows as updates, in the order in which they were put; those not settled yet are settled on the way."""
        rows, on_settle, no_headers = self.table.rows, self._on_settle, NO_HEADERS
        updates: list[Update] = []
        add = updates.append
        in_order = sorted(waiting, key=_NUMBER)
        if first is not None:
            in_order.remove(first)
            in_order.insert(0, first)
        for row in in_order:
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

    # Room

    def make_room(self) -> None:
        """Let go of rows, the one not used for longest first, until all caches of the thread fit into its room."""
        thread = self._thread
        while thread.size > thread.limit and self.evict_eldest():
            """One more."""

    def evict_eldest(self) -> bool:
        """Let go of the row not used for longest, passing on all updates if it is one; False where there is none."""
        if self.table.is_flushing:
            return False  # The flush goes on with this when it is done.
        row = self._eldest()
        if row is None:
            return False
        self._let_go(row)
        if self._is_update(row):
            self._flush(row)
        return True

    def forget(self) -> None:
        """Let go of all rows that are as they were when last passed on."""
        for rows in list(self.groups.values()):
            for row in list(rows.values()):
                if not self._is_update(row):
                    self._let_go(row)

    def close(self) -> None:
        """Let go of all rows."""
        for row in self._fresh:
            row.is_fresh = False
        self._fresh.clear()
        self._unflushed.clear()
        self.forget()
        if self in self._thread.caches:
            self._thread.caches.remove(self)

    def _eldest(self) -> CachedRow | None:
        """Of the rows that count the one not used for longest.

        They are sorted when the rows sorted last have all gone, or been used again: so no use costs more than a mark.
        """
        by_age = self._by_age
        for _ in range(2):
            while by_age:
                used, row = by_age.pop()
                if row.used == used and row.size:
                    return row
            held = (row for rows in self.groups.values() for row in rows.values())
            by_age.extend((row.used, row) for row in held if row.size)
            by_age.sort(reverse=True, key=_FIRST)
        return None

    def _size_of(self, cell: Any) -> int:
        """How many bytes a cell is on disk; raises where it cannot be written."""
        values = self._values
        if values.prefix is not None:
            return len(values.log(cell)) + len(values.prefix(cell))
        return values.measure(cell[0] if values.timestamped else cell) + self._timestamp_bytes

    def _is_update(self, row: CachedRow) -> bool:
        return row.is_fresh or row.row in self._unflushed

    def _resize(self, row: CachedRow, size: int) -> None:
        more = size - row.size
        row.size = size
        self.size_bytes += more
        self._thread.size += more

    def _hold(self, row: CachedRow) -> CachedRow:
        """Take up again a row that was let go of before it was put; the one that holds the put now."""
        held = row.rows.hold(row)
        if held is not row:
            row.is_fresh = False
            self._fresh.remove(row)
            if not held.is_fresh:
                held.is_fresh = True
                self._fresh.append(held)
        return held

    def _let_go(self, row: CachedRow) -> None:
        row.is_counted = False
        self._resize(row, 0)
        row.rows.drop(row)

    def _let_go_of_deleted(self, row: CachedRow) -> None:
        if row.cell is None and not self._is_update(row):
            self._let_go(row)

    # What leaves it

    def _pass_on(self, updates: list[Update]) -> None:
        listener, context, expiry, log, head = self._listener, self._context, self.expiry, self._log, self._head
        plain, timestamped, timestamp_of = self._values.plain, self._values.timestamped, self._timestamp_of
        is_pair, send_old_values = timestamped and self._values.shared, self._send_old_values
        changed: dict[bytes, bytes | None] = {}
        thread = self._thread
        for row, cell, before, context.current, context.timestamp, context.headers in updates:
            thread.topic_size = row.topic_size
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
        if not self._is_update(row):
            self.table.remove(row.row)
