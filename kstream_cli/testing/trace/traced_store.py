"""A store that notes what a node reads and writes, and is otherwise the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kstream_cli.record import NO_HEADERS
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.kinds.suppress_buffer import SuppressBuffer
from kstream_cli.state.kinds.time_ordered_buffer import TimeOrderedBuffer
from kstream_cli.state.store import (
    LATEST,
    KeyValueStore,
    SessionStore,
    StoreBuilder,
    VersionedKeyValueStore,
    VersionedRecord,
    WindowStore,
)
from kstream_cli.testing.trace.steps import Did, Step, as_it_is
from kstream_cli.testing.trace.tracer import Tracer

MOST_ROWS = 20
"""Rows that one look into a store shows."""

_READS = frozenset(
    {
        *("get", "range", "reverse_range", "all", "reverse_all", "prefix_scan"),
        *("fetch", "fetch_session", "fetch_range", "backward_fetch_range", "fetch_keys", "backward_fetch_keys"),
        *("fetch_all", "backward_fetch_all", "backward_all", "find_sessions", "backward_find_sessions"),
        *("find_sessions_of_keys", "backward_find_sessions_of_keys", "find_sessions_by_end", "backward_fetch"),
    }
)
_READS_BY_TIME = frozenset({"fetch_all", "backward_fetch_all", "find_sessions_by_end"})
"""These look for the rows of all keys."""
_WRITES = frozenset({"put", "put_if_absent", "put_all", "delete", "remove"})


class TracedStore:
    """Stands for an open store. It hides the store's record cache, past which operators write otherwise."""

    def __init__(
        self,
        store: Any,
        name: str,
        builder: StoreBuilder[Any, Any] | None,
        node: str,
        tracer: Tracer,
        written: dict[str, Any],
    ) -> None:
        self._store = store
        self._name = name
        self._node = node
        self._tracer = tracer
        self._written = written
        self._timestamped = bool(getattr(builder, "timestamped", False))
        self._end_of = getattr(builder, "end_of", None)
        self._keeps_duplicates = bool(getattr(builder, "retain_duplicates", False))

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The store's own, which operators ask for."""
        return type(self._store)

    def __getattr__(self, name: str) -> Any:
        if name == "cached_rows":
            raise AttributeError(name)
        found = getattr(self._store, name)
        if name in _READS:
            return self._reading(found, by_time=name in _READS_BY_TIME)
        if name == "put" and isinstance(self._store, SuppressBuffer):
            return self._buffering(self._store)
        if name in _WRITES and not isinstance(self._store, TimeOrderedBuffer):
            return self._writing(name, found)
        if name == "set_flush_listener":
            return self._listening(found)
        return found

    def _reading(self, read: Callable[..., Any], *, by_time: bool) -> Callable[..., Any]:
        def traced(*arguments: Any, **named: Any) -> Any:
            found = read(*arguments, **named)
            is_scan = hasattr(found, "__next__")
            first = None if by_time else as_it_is(next(iter(arguments), None))
            step = self._step(Did.READ, first if is_scan else self._key(*arguments))
            if isinstance(self._store, VersionedKeyValueStore):
                step.timestamp = next(iter(arguments[1:]), None)
            if is_scan:
                step.is_scan = True
                return _Rows(found, step, self._value)
            step.value = self._value(found)
            return found

        return traced

    def _writing(self, name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def traced(*arguments: Any, **named: Any) -> Any:
            if name == "put_all":
                for key, value in arguments[0]:
                    self.put(key, value)
                return None
            step = self._step(Did.WROTE, self._key(*arguments[:1], *arguments[2:]))
            step.old = self._before(step, arguments)
            given = arguments[1] if name in ("put", "put_if_absent") and len(arguments) > 1 else None
            step.value = self._value(given)
            if getattr(self._store, "cached", False):
                self._written[repr(step.key)] = step.value
            visit = self._tracer.current_visit()
            drops = visit.drops if visit else 0
            result = write(*arguments, **named)
            if visit and visit.drops > drops:
                # The store refused a row that is past its retention.
                visit.writes.remove(step)
                self._written.pop(repr(step.key), None)
                step.did, step.value, step.old = Did.READ, step.old, None
                if isinstance(self._store, VersionedKeyValueStore):
                    step.timestamp = arguments[2]
            elif isinstance(self._store, VersionedKeyValueStore) and name == "put" and result != LATEST:
                step.reason, step.timestamp = "not its latest version", result
            if name == "put_if_absent" and result is not None:
                step.did, step.value, step.old = Did.READ, self._value(result), None
            return result

        return traced

    def _buffering(self, buffer: SuppressBuffer) -> Callable[..., None]:
        def traced(time: int, key: Any, change: tuple[Any, Any, bool]) -> None:
            old = as_it_is(buffer.value_of(key))
            buffer.put(time, key, change)
            step = self._step(Did.WROTE, as_it_is(key))
            step.old, step.value, step.timestamp = old, as_it_is(change[0]), buffer.time_of(key)

        return traced

    def _listening(self, listen: Callable[..., Any]) -> Callable[..., Any]:
        def traced(listener: Callable[..., Any], **named: Any) -> Any:
            def flushed(key: Any, new: Any, old: Any, timestamp: int, headers: Any) -> None:
                step = self._step(Did.FLUSHED, as_it_is(key))
                step.value, step.old = as_it_is(new), as_it_is(old)
                step.timestamp, step.headers = timestamp, tuple(headers or ()) or NO_HEADERS
                with self._tracer.inside(step):
                    listener(key, new, old, timestamp, headers)

            return listen(flushed, **named)

        return traced

    def _step(self, did: Did, key: Any) -> Step:
        step = self._tracer.step(did, node=self._node, store=self._name, key=key)
        visit = self._tracer.current_visit()
        if visit is not None and did is Did.WROTE:
            visit.writes.append(step)
            if getattr(self._store, "cached", False):
                visit.cached_in = self._name
        elif visit is not None and did is Did.READ:
            visit.reads.append(step)
        return step

    def _key(self, *arguments: Any) -> Any:
        """The key as one thing, a window's with its window."""
        if not arguments:
            return None
        key = arguments[0]
        if isinstance(self._store, WindowStore) and len(arguments) == 2 and isinstance(arguments[1], int):
            start = arguments[1]
            end = start + self._store.window_size_ms if self._end_of is None else self._end_of(start)
            return Windowed(as_it_is(key), start, end)
        if isinstance(self._store, SessionStore) and len(arguments) == 3:
            return Windowed(as_it_is(key), arguments[1], arguments[2])
        return as_it_is(key)

    def _before(self, step: Step, arguments: tuple[Any, ...]) -> Any:
        """The value before a write. A cache is not asked: a look into it would change what it lets go first."""
        if getattr(self._store, "cached", False):
            return self._written.get(repr(step.key))
        return self._value(self._held(*arguments))

    def _held(self, *arguments: Any) -> Any:
        """The row before a write."""
        store = self._store
        try:
            if isinstance(store, WindowStore):
                return None if self._keeps_duplicates else store.fetch(arguments[0], arguments[2])
            if isinstance(store, SessionStore):
                session = arguments[0]
                return store.fetch_session(session.key, session.start, session.end)
            if isinstance(store, VersionedKeyValueStore):
                return store.get(arguments[0], *arguments[2:])
            if isinstance(store, KeyValueStore):
                return store.get(arguments[0])
        except Exception:
            return None  # The write itself says what is wrong.
        return None

    def _value(self, row: Any) -> Any:
        """A row's value, without what the store keeps beside it."""
        if isinstance(row, VersionedRecord):
            return as_it_is(row.value)
        if self._timestamped and isinstance(row, tuple) and len(row) == 2:
            return as_it_is(row[0])
        return as_it_is(row)


class _Rows:
    """The rows of a look into a store, noted as they are read."""

    def __init__(self, rows: Any, step: Step, value: Callable[[Any], Any]) -> None:
        self._rows = rows
        self._value = value
        self._read = step.value = []

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        row = next(self._rows)
        if len(self._read) < MOST_ROWS:
            key, value = row if isinstance(row, tuple) and len(row) == 2 else (None, row)
            self._read.append((as_it_is(key), self._value(value)))
        return row

    def __enter__(self) -> _Rows:
        self._rows.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._rows.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)
