"""Window stores: values by key and window start, plain or timestamped, in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from operator import attrgetter
from typing import Any, TypeVar

from kstream_cli.serde.windowed import LONG_MAX, Windowed
from kstream_cli.state.builders import WindowStoreBuilder
from kstream_cli.state.cache.cached_rows import CachedRow, RowNames
from kstream_cli.state.cache.record_cache import RecordCache
from kstream_cli.state.disk.in_memory import MISSING
from kstream_cli.state.iterators import Rows
from kstream_cli.state.kinds.key_schema import SEQUENCE_MAX, START_AND_SEQUENCE, TIME, WINDOW_TAIL
from kstream_cli.state.kinds.row_layout import HEAD, Prefixes
from kstream_cli.state.kinds.segments import SegmentedStore
from kstream_cli.state.serialized import ValueFormat, headers_format, value_format
from kstream_cli.state.store import StoreIterator, WindowStore
from kstream_cli.state.store_context import StoreContext

K = TypeVar("K")
V = TypeVar("V")

_SEQUENCE = b"sequence-number"
_EXPIRED = "the window is past the retention of its store"


class Frames(dict[int, tuple[bytes, bytes]]):
    """What stands before and after the key in the row keys of a window start, for the starts used lately."""

    def __init__(self, prefixes: Prefixes, interval: int) -> None:
        super().__init__()
        self._prefixes = prefixes
        self._interval = interval

    def __missing__(self, start: int) -> tuple[bytes, bytes]:
        if len(self) > 1_000:
            self.clear()
        frame = self[start] = self._prefixes[start // self._interval], START_AND_SEQUENCE.pack(start, 0)
        return frame


class WindowTable(SegmentedStore, WindowStore[Any, Any]):
    """A window store over a segmented table. Rows of a key are ordered by start, then sequence number."""

    cached = False
    _tail = WINDOW_TAIL

    def __init__(self, builder: WindowStoreBuilder[Any, Any]) -> None:
        time_first = builder.time_first and not builder.retain_duplicates  # Nothing scans those by time.
        super().__init__(builder, retention_ms=builder.retention_ms, time_first=time_first)
        self.window_size_ms = builder.window_size_ms
        self._end_of = builder.end_of
        self._timestamped = builder.timestamped
        self._retain_duplicates = builder.retain_duplicates
        self._sequence = 0
        self._frames = Frames(self._prefixes, self._interval)

    def put(self, key: Any, value: Any, window_start: int) -> None:
        self._refuse()

    def fetch(self, key: Any, window_start: int) -> Any:
        self._refuse()

    def fetch_range(self, key: Any, time_from: int, time_to: int) -> StoreIterator[tuple[int, Any]]:
        self._refuse()

    def backward_fetch_range(self, key: Any, time_from: int, time_to: int) -> StoreIterator[tuple[int, Any]]:
        self._refuse()

    def fetch_keys(self, key_from: Any, key_to: Any, time_from: int, time_to: int) -> StoreIterator[Any]:
        return self._fetch_keys(key_from, key_to, time_from, time_to, reverse=False)

    def backward_fetch_keys(self, key_from: Any, key_to: Any, time_from: int, time_to: int) -> StoreIterator[Any]:
        return self._fetch_keys(key_from, key_to, time_from, time_to, reverse=True)

    def fetch_all(self, time_from: int, time_to: int) -> StoreIterator[Any]:
        return self._fetch_keys(None, None, time_from, time_to, reverse=False)

    def backward_fetch_all(self, time_from: int, time_to: int) -> StoreIterator[Any]:
        return self._fetch_keys(None, None, time_from, time_to, reverse=True)

    def all(self) -> StoreIterator[Any]:
        return self._fetch_keys(None, None, 0, LONG_MAX, reverse=False)

    def backward_all(self) -> StoreIterator[Any]:
        return self._fetch_keys(None, None, 0, LONG_MAX, reverse=True)

    def restore(self, records: Iterable[Any]) -> None:
        batch = list(records)
        if self._retain_duplicates and batch:
            # Numbers go on from where they were: a window row put twice with one number would replace the first.
            self._sequence = max(self._sequence, *(int.from_bytes(record[0][-4:], "big") for record in batch))
            if self.persistent:
                batch = [record for record in batch if record[1] is not None]
        super().restore(batch)

    def open(self, context: StoreContext) -> None:
        super().open(context)
        self._sequence = int.from_bytes(self._table.notes.get(_SEQUENCE, b""), "big")

    def commit(self, offset: int | None) -> None:
        self._require_open()
        if self._retain_duplicates:
            self._table.notes[_SEQUENCE] = self._sequence.to_bytes(4, "big")
        super().commit(offset)

    def _fetch_keys(
        self, key_from: Any, key_to: Any, time_from: int, time_to: int, *, reverse: bool
    ) -> StoreIterator[Any]:
        self._require_open()
        self._settle()
        write, read, give = self._keys.write, self._keys.read, self._values.give
        low = None if key_from is None else write(key_from)
        high = None if key_to is None else write(key_to)
        first, last, size = max(time_from, self._visible_from), time_to, self.window_size_ms
        end_of = self._end_of
        unpack_from, new = TIME.unpack_from, tuple.__new__

        def present(rows: list[bytes], cells: list[Any]) -> Generator[tuple[Windowed[Any], Any], None, None]:
            for row, cell in zip(rows, cells, strict=True):
                (start,) = unpack_from(row, len(row) - WINDOW_TAIL)
                if start < first or start > last:
                    continue
                key, end = row[HEAD:-WINDOW_TAIL], start + size if end_of is None else end_of(start)
                if (low is None or key >= low) and (high is None or key <= high):
                    window = new(Windowed, (read(key), start, end if end < LONG_MAX else LONG_MAX))
                    yield window, cell if give is None else give(cell)

        segments = self._segments(first, last)
        if low is None and high is None and (self._is_indexed or not self.persistent):
            return self._scan_by_time(first, last, segments, present, reverse=reverse)
        if not self.persistent:
            return self._scan_by_time(first, last, segments, present, reverse=reverse)
        return self._scan(low, high, segments, present, reverse=reverse)

    def _observe(self, time: int) -> None:
        super()._observe(time)
        if self._is_indexed:
            # Where rows lie in order of time, Java's reads reach one millisecond further back.
            self._visible_from = max(self._visible_from - 1, 0)

    def _value_format(self, context: StoreContext) -> ValueFormat:
        if self._builder.headers:
            return headers_format(self.name, self._builder.value, context)
        return value_format(self.name, self._builder.value, context, timestamped=self._timestamped)

    def window_rows(self, window_start: int) -> Callable[[Any], CachedRow]:
        """Key -> its row in a window, which is going to be put; for who has the store's `cached_rows`."""
        assert self._cache is not None
        if window_start > self._observed:
            self._observe(window_start)
        elif window_start < self._visible_from:
            return self._expired_rows(self._cache.groups[window_start].find_to_put)
        return self._cache.groups[window_start].find

    def _expired_rows(self, find: Callable[[Any], CachedRow]) -> Callable[[Any], CachedRow]:
        dropped = self._context.dropped

        def find_expired(key: Any) -> CachedRow:
            dropped(_EXPIRED)
            row = find(key)
            row.cell = None  # Nobody sees it any more.
            return row

        return find_expired

    def _open_cache(self) -> RecordCache | None:
        if self._retain_duplicates:
            return None
        write, frames, size, exact = self._keys.write, self._frames, self.window_size_ms, self._keys.exact
        end_of = self._end_of

        def row_of(start: int) -> Callable[[Any], bytes]:
            head, tail = frames[start]
            return (lambda key: head + write(key) + tail) if exact else (lambda data: head + data + tail)

        def present(start: int) -> Callable[[Any], Windowed[Any]]:
            end = min(start + size, LONG_MAX) if end_of is None else end_of(start)
            new = tuple.__new__  # Half the time of calling the class.
            return lambda key: new(Windowed, (key, start, end))

        return self._new_cache(RowNames(None if exact else write, row_of, present), attrgetter("start"))

    def _bind(self) -> dict[str, Callable[..., Any]]:
        methods: dict[str, Callable[..., Any]] = {
            "fetch": self._bound_fetch(),
            "fetch_range": self._bound_fetch_range(reverse=False),
            "backward_fetch_range": self._bound_fetch_range(reverse=True),
        }
        if self._cache is not None:
            methods["fetch"] = self._bound_cached_fetch(self._cache)
            methods["put"] = self._carrying(self._bound_cached_put(self._cache))
        else:
            methods["put"] = self._bound_put_duplicates() if self._retain_duplicates else self._bound_put()
        return methods

    def _bound_cached_fetch(self, cache: RecordCache) -> Callable[[Any, int], Any]:
        groups, give, null_key, tick = cache.groups, self._values.give, self._null_key, cache.tick

        def fetch(key: Any, window_start: int) -> Any:
            if key is None:
                raise null_key()
            if window_start < self._visible_from:
                return None
            row = groups[window_start].find(key)
            row.used = tick()
            cell = row.cell
            return cell if give is None or cell is None else give(cell)

        return fetch

    def _bound_fetch(self) -> Callable[[Any, int], Any]:
        write_key, give, null_key = self._keys.write, self._values.give, self._null_key
        rows, load, frames = self._table.rows.get, self._table.load, self._frames

        def fetch(key: Any, window_start: int) -> Any:
            if key is None:
                raise null_key()
            if window_start < self._visible_from:
                return None
            head, tail = frames[window_start]
            row = head + write_key(key) + tail
            cell = rows(row, MISSING)
            if cell is MISSING:
                cell = load(row)
            return cell if give is None or cell is None else give(cell)

        if not self._retain_duplicates:
            return fetch

        def fetch_first(key: Any, window_start: int) -> Any:
            with self.fetch_range(key, window_start, window_start) as found:
                return next((value for _, value in found), None)

        return fetch_first

    def _bound_fetch_range(self, *, reverse: bool) -> Callable[[Any, int, int], StoreIterator[tuple[int, Any]]]:
        write_key, give, null_key = self._keys.write, self._values.give, self._null_key
        pack, unpack_from = START_AND_SEQUENCE.pack, TIME.unpack_from
        select, recent, table, name = self._select, self._recent, self._table, self.name
        cells, cache = table.rows, self._cache

        def fetch_range(key: Any, time_from: int, time_to: int) -> StoreIterator[tuple[int, Any]]:
            if key is None:
                raise null_key()
            if cache is not None:
                cache.settle()
            first, last = self._visible_from, self._observed
            if time_from > first:
                first = time_from
            if time_to < last:
                last = time_to
            key_bytes = write_key(key)
            start_at = HEAD + len(key_bytes)
            if first < table.recent_from:
                low, high = pack(first, 0), pack(max(first, last), SEQUENCE_MAX)
                rows = select(key_bytes, low, high, first, last)
                found = [(unpack_from(row, start_at)[0], cell) for row, cell in rows]
            elif first <= last:
                found = [
                    (start, cells[row])
                    for row in recent(key_bytes, first, last)
                    if first <= (start := unpack_from(row, start_at)[0]) <= last
                ]
            else:
                found = []
            if give is not None:
                found = [(start, give(cell)) for start, cell in found]
            return Rows(reversed(found) if reverse else iter(found), name)

        return fetch_range

    def _bound_put(self) -> Callable[[Any, Any, int], None]:
        write_key, hold, null_key = self._keys.write, self._values.hold, self._null_key
        frames, put_row = self._frames, self._row_putter()
        expires, dropped, log, observe = self._expires, self._context.dropped, self._log, self._observe

        def put(key: Any, value: Any, window_start: int) -> None:
            if key is None:
                raise null_key()
            key_bytes = write_key(key)
            head, tail = frames[window_start]
            cell = value if hold is None or value is None else hold(value)
            data = log(key_bytes + tail, cell)
            if window_start > self._observed:
                observe(window_start)
            elif window_start < self._visible_from and expires(window_start):
                dropped(_EXPIRED)
                return
            put_row(key_bytes, head + key_bytes + tail, cell, data)

        return put

    def _bound_cached_put(self, cache: RecordCache) -> Callable[[Any, Any, int], None]:
        groups, put_row, hold, null_key = cache.groups, cache.put, self._values.hold, self._null_key
        expires, dropped, observe, context = self._expires, self._context.dropped, self._observe, self._context

        def put(key: Any, value: Any, window_start: int) -> None:
            if key is None:
                raise null_key()
            row = groups[window_start].find_to_put(key)
            # As in Java, an expired update still goes out when the cache is flushed.
            put_row(row, value if hold is None or value is None else hold(value), context.timestamp, context.headers)
            if window_start > self._observed:
                observe(window_start)
            elif window_start < self._visible_from and expires(window_start):
                dropped(_EXPIRED)

        return put

    def _bound_put_duplicates(self) -> Callable[[Any, Any, int], None]:
        write_key, hold, null_key = self._keys.write, self._values.hold, self._null_key
        prefixes, pack, interval = self._prefixes, START_AND_SEQUENCE.pack, self._interval
        expires, dropped, log = self._expires, self._context.dropped, self._log
        put_row, observe = self._table.put, self._observe
        is_in_memory = not self.persistent

        def put(key: Any, value: Any, window_start: int) -> None:
            if key is None:
                raise null_key()
            self._sequence = sequence = (self._sequence + 1) & SEQUENCE_MAX
            key_bytes = write_key(key)
            logged_key = key_bytes + pack(window_start, sequence)
            cell = value if hold is None or value is None else hold(value)
            data = log(logged_key, cell)
            if cell is None:
                # It deletes nothing, for no row has its number; yet Java logs it, and in memory time goes on.
                if is_in_memory and window_start > self._observed:
                    observe(window_start)
                return
            if window_start > self._observed:
                observe(window_start)
            elif expires(window_start):
                dropped(_EXPIRED)
                return
            row = prefixes[window_start // interval] + logged_key
            if self._series is not None:
                self._series.add(key_bytes, row)
            put_row(row, cell, data)

        return put
