"""Session stores: values by key, session start and session end, in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from operator import attrgetter
from typing import Any, TypeVar

from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.serde.windowed import LONG_MAX, Windowed
from kstream_cli.state.builders import SessionStoreBuilder
from kstream_cli.state.cache.cached_rows import RowNames
from kstream_cli.state.cache.record_cache import RecordCache
from kstream_cli.state.disk.in_memory import MISSING, Present
from kstream_cli.state.iterators import Rows
from kstream_cli.state.kinds.key_schema import END_AND_START, SESSION_TAIL
from kstream_cli.state.kinds.row_layout import HEAD
from kstream_cli.state.kinds.segments import SegmentedStore
from kstream_cli.state.serialized import ValueFormat, session_headers_format
from kstream_cli.state.store import FlushListener, SessionStore, StoreIterator
from kstream_cli.state.store_context import StoreContext

K = TypeVar("K")
V = TypeVar("V")

_END = attrgetter("end")
_EXPIRED = "the session is past the retention of its store"


class SessionTable(SegmentedStore, SessionStore[Any, Any]):
    """A session store over a segmented table. Rows of a key are ordered by end, then start; the end is their time."""

    cached = False
    _tail = SESSION_TAIL

    def __init__(self, builder: SessionStoreBuilder[Any, Any]) -> None:
        super().__init__(builder, retention_ms=builder.retention_ms, time_first=builder.time_first)
        self._time_bytes = 16 if self.persistent else 8
        self._keeps_headers = builder.headers and not builder.aggregates_alone

    def flush(self) -> None:
        super().flush()
        self._forget()  # A session that goes on is another row: what was cached is not asked for again.

    def put(self, session: Windowed[Any], value: Any) -> None:
        self._refuse()

    def remove(self, session: Windowed[Any]) -> None:
        self.put(session, None)

    def fetch_session(self, key: Any, start: int, end: int) -> Any:
        self._refuse()

    def find_sessions(self, key: Any, earliest_end: int, latest_start: int) -> StoreIterator[Any]:
        self._refuse()

    def backward_find_sessions(self, key: Any, earliest_end: int, latest_start: int) -> StoreIterator[Any]:
        self._refuse()

    def find_sessions_by_end(self, earliest_end: int, latest_end: int) -> StoreIterator[Any]:
        self._require_open()
        self._settle()
        first = earliest_end if self._is_indexed else max(earliest_end, self._visible_from)
        present = self._presenter(None, None, first, latest_end)
        return self._scan_by_time(first, latest_end, self._segments(first, latest_end), present, reverse=False)

    def fetch(self, key: Any) -> StoreIterator[Any]:
        return self.find_sessions(key, 0, LONG_MAX)

    def backward_fetch(self, key: Any) -> StoreIterator[Any]:
        return self.backward_find_sessions(key, 0, LONG_MAX)

    def fetch_keys(self, key_from: Any, key_to: Any) -> StoreIterator[Any]:
        return self._of_keys(key_from, key_to, 0, LONG_MAX, reverse=False)

    def backward_fetch_keys(self, key_from: Any, key_to: Any) -> StoreIterator[Any]:
        return self._of_keys(key_from, key_to, 0, LONG_MAX, reverse=True)

    def find_sessions_of_keys(
        self, key_from: Any, key_to: Any, earliest_end: int, latest_start: int
    ) -> StoreIterator[Any]:
        return self._of_keys(key_from, key_to, earliest_end, latest_start, reverse=False)

    def backward_find_sessions_of_keys(
        self, key_from: Any, key_to: Any, earliest_end: int, latest_start: int
    ) -> StoreIterator[Any]:
        return self._of_keys(key_from, key_to, earliest_end, latest_start, reverse=True)

    def _of_keys(
        self, key_from: Any, key_to: Any, earliest_end: int, latest_start: int, *, reverse: bool
    ) -> StoreIterator[Any]:
        self._require_open()
        self._settle()
        write = self._keys.write
        low = None if key_from is None else write(key_from)
        high = None if key_to is None else write(key_to)
        first = max(earliest_end, self._visible_from)
        present = self._presenter(low, high, first, LONG_MAX, latest_start)
        segments = self._segments(first, LONG_MAX)
        if not self.persistent:
            return self._scan_by_time(first, LONG_MAX, segments, present, reverse=reverse)
        return self._scan(low, high, segments, present, reverse=reverse)

    def _presenter(
        self, low: bytes | None, high: bytes | None, first: int, last: int, latest_start: int = LONG_MAX
    ) -> Present:
        """Shows rows of keys from `low` to `high` that ended from `first` to `last`, having begun by `latest_start`."""
        read, give, unpack_from = self._keys.read, self._values.give, END_AND_START.unpack_from
        new = tuple.__new__  # Half the time of calling the class.

        def present(rows: list[bytes], cells: list[Any]) -> Generator[tuple[Windowed[Any], Any], None, None]:
            for row, cell in zip(rows, cells, strict=True):
                end, start = unpack_from(row, len(row) - SESSION_TAIL)
                if end < first or end > last or start > latest_start:
                    continue
                key = row[HEAD:-SESSION_TAIL]
                if (low is None or key >= low) and (high is None or key <= high):
                    yield new(Windowed, (read(key), start, end)), cell if give is None else give(cell)

        return present

    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        if not self._builder.headers or self.carries_headers:
            super().set_flush_listener(listener, send_old_values=send_old_values)
            return

        def listen(key: Any, new: Any, old: Any, timestamp: int, headers: Headers) -> None:
            # As in Java, an aggregate goes on with the headers it was put with, not with its record's.
            listener(key, new, old, timestamp, NO_HEADERS)

        super().set_flush_listener(listen, send_old_values=send_old_values)

    def _value_format(self, context: StoreContext) -> ValueFormat:
        if self._keeps_headers:
            return session_headers_format(self.name, self._builder.value, context)
        return super()._value_format(context)

    def _open_cache(self) -> RecordCache | None:
        names = RowNames(self._row_writer(), row_of=lambda group: None, present=lambda group: None)
        return self._new_cache(names, _END, timestamp_of=_END)

    def _row_writer(self) -> Callable[[Windowed[Any]], bytes]:
        """Session -> its row's key in the table."""
        write_key, prefixes, interval, pack = self._keys.write, self._prefixes, self._interval, END_AND_START.pack

        def row_of(session: Windowed[Any]) -> bytes:
            key, start, end = session
            return prefixes[end // interval] + write_key(key) + pack(end, start)

        return row_of

    def _bind(self) -> dict[str, Callable[..., Any]]:
        return {
            "put": self._bound_put() if self._cache is None else self._carrying(self._bound_cached_put(self._cache)),
            "fetch_session": self._bound_fetch_session(),
            "find_sessions": self._bound_find_sessions(reverse=False),
            "backward_find_sessions": self._bound_find_sessions(reverse=True),
        }

    def _bound_fetch_session(self) -> Callable[[Any, int, int], Any]:
        write_key, give, null_key = self._keys.write, self._values.give, self._null_key
        rows, load, prefixes = self._table.rows.get, self._table.load, self._prefixes
        pack, interval, cache = END_AND_START.pack, self._interval, self._cache

        def fetch_session(key: Any, start: int, end: int) -> Any:
            if key is None:
                raise null_key()
            if cache is not None:
                cache.settle()
            if end < self._visible_from:
                return None
            row = prefixes[end // interval] + write_key(key) + pack(end, start)
            cell = rows(row, MISSING)
            if cell is MISSING:
                cell = load(row)
            return cell if give is None or cell is None else give(cell)

        return fetch_session

    def _bound_find_sessions(self, *, reverse: bool) -> Callable[[Any, int, int], StoreIterator[Any]]:
        write_key, give, null_key = self._keys.write, self._values.give, self._null_key
        pack, unpack_from = END_AND_START.pack, END_AND_START.unpack_from
        select, recent, table, name = self._select, self._recent, self._table, self.name
        cells, cache = table.rows, self._cache

        def find_sessions(key: Any, earliest_end: int, latest_start: int) -> StoreIterator[Any]:
            if key is None:
                raise null_key()
            if cache is not None:
                cache.settle()
            first, last = self._visible_from, self._observed
            if earliest_end > first:
                first = earliest_end
            key_bytes = write_key(key)
            end_at = HEAD + len(key_bytes)
            rows: Iterable[tuple[bytes, Any]]
            if first < table.recent_from:
                rows = select(key_bytes, pack(first, 0), pack(LONG_MAX, LONG_MAX), first, last)
            elif first <= last:
                rows = [(row, cells[row]) for row in recent(key_bytes, first, last)]
            else:
                rows = ()
            found = []
            for row, cell in rows:
                end, start = unpack_from(row, end_at)
                if end >= first and start <= latest_start:
                    found.append((Windowed(key, start, end), cell if give is None else give(cell)))
            return Rows(reversed(found) if reverse else iter(found), name)

        return find_sessions

    def _bound_put(self) -> Callable[[Windowed[Any], Any], None]:
        row_of, hold, null_key, tail = self._row_writer(), self._values.hold, self._null_key, SESSION_TAIL
        expires, dropped, log, observe = self._expires, self._context.dropped, self._log, self._observe
        put_row = self._row_putter()

        def put(session: Windowed[Any], value: Any) -> None:
            if session[0] is None:
                raise null_key()
            row, end = row_of(session), session[2]
            cell = value if hold is None or value is None else hold(value)
            if end > self._observed:
                observe(end)
                is_expired = False
            else:
                is_expired = expires(end)
            data = log(row[HEAD:], cell)
            if not is_expired:
                put_row(row[HEAD:-tail], row, cell, data)
            elif cell is not None:
                dropped(_EXPIRED)

        return put

    def _bound_cached_put(self, cache: RecordCache) -> Callable[[Windowed[Any], Any], None]:
        find, put_row, hold, null_key = cache.groups[0].find_to_put, cache.put, self._values.hold, self._null_key
        expires, dropped, observe, context = self._expires, self._context.dropped, self._observe, self._context

        def put(session: Windowed[Any], value: Any) -> None:
            if session[0] is None:
                raise null_key()
            row, end = find(session), session[2]
            # As in Java, an expired update still goes out when the cache is flushed.
            put_row(row, value if hold is None or value is None else hold(value), context.timestamp, context.headers)
            if end > self._observed:
                observe(end)
            elif value is not None and expires(end):
                dropped(_EXPIRED)

        return put
