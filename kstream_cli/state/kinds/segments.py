"""Rows by key and time, laid out in segments of time that expire together: the ground of window and session stores."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.cache.cached_rows import RowNames
from kstream_cli.state.cache.record_cache import Expiry, RecordCache, Table
from kstream_cli.state.disk.in_memory import MemoryRows, Present
from kstream_cli.state.disk.write_buffer import BufferedRows
from kstream_cli.state.iterators import Rows
from kstream_cli.state.kinds.key_schema import TIME, prefix_end, segment_interval, upper_bound
from kstream_cli.state.kinds.recent_rows import KeySeries, RecentRows
from kstream_cli.state.kinds.row_layout import HEAD, KEY_FIRST, TIME_FIRST, Prefixes, index_entry, row_of
from kstream_cli.state.kinds.table_store import TableStore
from kstream_cli.state.store import StoreBuilder, StoreIterator
from kstream_cli.state.store_context import StoreContext

_INDEXED: Any = object()
_OBSERVED = b"observed-time"
_ABOVE_TAIL = b"\xff" * 8
_FEW = 5
"""With so many rows of a key it costs more to search than to look at them all."""


class SegmentedStore(TableStore):
    """A store whose rows expire `retention_ms` after their time, measured by the largest time put so far.

    Reads leave out expired rows exactly; the rows themselves go segment by segment.
    """

    _head = HEAD
    _tail: int
    """Length of what follows the key's bytes in a changelog key; its first 8 bytes hold the row's time."""
    _time_bytes: int = 8
    """How much of that comes before the key in a time-first row."""

    def __init__(self, builder: StoreBuilder[Any, Any], *, retention_ms: int, time_first: bool) -> None:
        super().__init__(builder)
        self.retention_ms = retention_ms
        self._interval = segment_interval(retention_ms)
        self._is_indexed = time_first and self.persistent
        self._prefixes = Prefixes(KEY_FIRST)
        self._index_prefixes = Prefixes(TIME_FIRST)
        self._observed = -1
        self._visible_from = 0
        """Rows of an earlier time are past the retention: reads leave them out."""
        self._first_kept_segment = 0
        self._series: KeySeries | None = None
        """The rows of each key; made when a range of a key is first asked for."""

    def open(self, context: StoreContext) -> None:
        super().open(context)
        noted = self._table.notes.get(_OBSERVED)
        self._observe(-1 if noted is None else TIME.unpack(noted)[0])
        self._table.let_go = self._forget_series
        self._forget_series()
        self._start_afresh()
        if self._cache is not None and self._cache.expiry is not None:
            self._cache.expiry.observed = self._observed

    def commit(self, offset: int | None) -> None:
        self._require_open()
        if self._observed >= 0:
            self._table.notes[_OBSERVED] = TIME.pack(self._observed)
        self._drop_expired_segments()
        super().commit(offset)

    def restore(self, records: Iterable[Any]) -> None:
        self._require_open()
        keys, data = self._values.restored(records)
        if not keys:
            return
        start, end = -self._tail, -self._tail + 8
        newest = max(key[start:end] for key in keys)
        self._observe(max(self._observed, TIME.unpack(newest)[0]))
        prefixes, interval = self._prefixes, self._interval
        unpack_from, tail = TIME.unpack_from, self._tail
        rows = [prefixes[unpack_from(key, len(key) - tail)[0] // interval] + key for key in keys]
        if self._is_indexed:
            rows += map(self._index_entry, rows[:])
            data += [value if value is None else b"" for value in data]
        self._table.restore(rows, data)
        self._forget()
        self._forget_series()
        self._start_afresh()

    def _expires(self, time: int) -> bool:
        """True when a row of that time cannot be put any more."""
        limit = self._observed - self.retention_ms
        if self.persistent:
            return time // self._interval < limit // self._interval
        return time <= limit

    def _observe(self, time: int) -> None:
        """Set the largest time put so far."""
        self._observed = time
        first = time - self.retention_ms + 1
        if self._cache is not None:
            # As in Java, what a record cache holds is seen past the retention; here for as long as its segment is kept.
            first = (time - self.retention_ms) // self._interval * self._interval
        self._visible_from = max(first, 0)

    def _start_afresh(self) -> None:
        """What is put from now on is in memory, whatever lies on the disk."""
        if isinstance(self._table, RecentRows):
            self._table.recent_from = min(self._table.recent_from, self._observed + 1)

    def _forget_series(self) -> None:
        self._series = None

    def _made_series(self) -> KeySeries:
        self._series = KeySeries(self._table.rows, head=HEAD, tail=self._tail, tag=KEY_FIRST[0])
        return self._series

    def _segments(self, first: int, last: int) -> range:
        """The numbers of the segments that may hold rows of these times; few, as most have expired."""
        last = min(last, self._observed)
        if first > last:
            return range(0)
        first_kept = max((self._observed - self.retention_ms) // self._interval, 0)
        return range(max(first // self._interval, first_kept), last // self._interval + 1)

    def _select(self, key: bytes, low: bytes, high: bytes, first: int, last: int) -> list[tuple[bytes, Any]]:
        """Rows of one key, in order, whose tails are from `low` to `high`, and their times from `first` to `last`."""
        length = HEAD + len(key) + self._tail
        rows = []
        for segment in self._segments(first, last):
            prefix = self._prefixes[segment] + key
            found = self._table.select(prefix + low, prefix + high, zip)
            rows += [row for row in found if len(row[0]) == length]  # Not longer keys that begin with this one.
        return rows

    def _recent(self, key: bytes, first: int, last: int) -> list[bytes]:
        """Row keys of one key, in order, of times from `first` to `last`, which are all in memory; maybe a few more."""
        series = self._series
        if series is None:
            series = self._made_series()
        rows = series.get(key)
        if rows is None:
            return []
        if len(rows) <= _FEW:
            return rows
        prefixes, interval, pack = self._prefixes, self._interval, TIME.pack
        begin = bisect_left(rows, prefixes[first // interval] + key + pack(first))
        return rows[begin : bisect_right(rows, prefixes[last // interval] + key + pack(last) + _ABOVE_TAIL, begin)]

    def _scan(
        self, key_from: bytes | None, key_to: bytes | None, segments: range, present: Present, *, reverse: bool
    ) -> StoreIterator[Any]:
        """Rows of all keys in a range, segment by segment, by key and then time; `present` picks the exact ones."""
        if key_from is not None and key_to is not None and key_from > key_to:
            return Rows(iter(()), self.name)
        above = b"\x7f" + b"\xff" * (self._tail - 1)  # Times are not negative.
        bounds = []
        for segment in reversed(segments) if reverse else segments:
            prefix = self._prefixes[segment]
            low = prefix if key_from is None else prefix + key_from
            high = prefix_end(prefix) if key_to is None else prefix + upper_bound(key_to, above)
            bounds.append((low, high))
        return self._table.ranges(bounds, present, reverse=reverse)

    def _scan_by_time(
        self, first: int, last: int, segments: range, present: Present, *, reverse: bool
    ) -> StoreIterator[Any]:
        """Rows of all keys in order of time, then as indexed."""
        table, entry = self._table, self._index_entry
        if not isinstance(table, BufferedRows) or not self._is_indexed:
            with self._scan(None, None, segments, zip, reverse=False) as scanned:
                rows = sorted(scanned, key=lambda row: entry(row[0]), reverse=reverse)
        else:
            rows = []
            for segment in reversed(segments) if reverse else segments:
                index = self._index_prefixes[segment]
                low = index + TIME.pack(max(first, 0))
                high = prefix_end(index) if last >= LONG_MAX else index + TIME.pack(last + 1)
                keys = [row_of(entry, self._tail, self._time_bytes) for entry in table.keys(low, high, reverse=reverse)]
                rows += [(row, cell) for row in keys if (cell := table.get(row)) is not None]
        return Rows(iter(present([row for row, _ in rows], [cell for _, cell in rows])), self.name)

    def _drop_expired_segments(self) -> None:
        first_kept = (self._observed - self.retention_ms) // self._interval
        if first_kept > self._first_kept_segment:
            self._first_kept_segment = first_kept
            bound = TIME.pack(first_kept)
            self._table.drop_below(bound)
            self._forget()
            if self._series is not None:
                self._series.drop_below(bound)

    def _open_table(self, context: StoreContext) -> Table:
        tail = self._tail
        if not self.persistent:
            return MemoryRows(self.name, self._values.decode)

        def time_of_any(row: bytes) -> bytes:
            at = HEAD if row[HEAD - 1] == TIME_FIRST[0] else len(row) - tail
            return row[at : at + 8]

        time_bytes = time_of_any if self._is_indexed else itemgetter(slice(-tail, 8 - tail or None))
        return RecentRows(
            self._open_disk(context),
            self.name,
            self._values,
            request_commit=context.request_commit,
            logged=self._is_logged(context),
            uncommitted=context.uncommitted,
            time_bytes=time_bytes,
        )

    def _new_cache(
        self, names: RowNames, time_of: Callable[[Any], int], timestamp_of: Callable[[Any], int] | None = None
    ) -> RecordCache:
        """The record cache; `time_of` tells the time of what `names` presents as key."""
        return RecordCache(
            self._table,
            self._values,
            self._context,
            names,
            log=self._log,
            head=self._head,
            on_settle=self._settle_row,
            timestamp_of=timestamp_of,
            expiry=Expiry(self.retention_ms + (1 if self._is_indexed else 0), time_of),
        )

    def _settle_row(self, row: bytes, cell: Any) -> None:
        """Keep what stands beside the rows in step with one that the cache is about to change."""
        series = self._series
        if series is not None:
            self._follow(series, row[HEAD : -self._tail], row, cell)
        if self._is_indexed:
            if cell is None:
                self._table.remove(self._index_entry(row))
            else:
                self._table.put(self._index_entry(row), _INDEXED, b"")

    def _index_entry(self, row: bytes) -> bytes:
        """The time-first row that stands for a row."""
        return index_entry(row, self._tail, self._time_bytes)

    def _row_putter(self) -> Callable[[bytes, bytes, Any, bytes | None], None]:
        """Puts a cell (None: delete), and its bytes on disk, into a key's row of the table."""
        table = self._table
        put_row, remove, entry = table.put, table.remove, self._index_entry

        def put(key: bytes, row: bytes, cell: Any, data: bytes | None) -> None:
            series = self._series
            if series is not None:
                self._follow(series, key, row, cell)
            if cell is None:
                remove(row)
            else:
                put_row(row, cell, data)

        def put_indexed(key: bytes, row: bytes, cell: Any, data: bytes | None) -> None:
            put(key, row, cell, data)
            if cell is None:
                remove(entry(row))
            else:
                put_row(entry(row), _INDEXED, b"")

        return put_indexed if self._is_indexed else put

    def _follow(self, series: KeySeries, key: bytes, row: bytes, cell: Any) -> None:
        """Keep the series in step with a put that is about to be made."""
        if cell is None:
            series.discard(key, row)
        elif self._table.rows.get(row) is None:
            series.add(key, row)
