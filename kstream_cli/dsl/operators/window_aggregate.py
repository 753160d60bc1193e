"""Aggregating a grouped stream in tumbling, hopping or unlimited windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.dsl.arguments import check_function
from kstream_cli.dsl.operators.forwarding import forward_changes
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.dsl.operators.window_emission import EmitClosed, emit_when_closed
from kstream_cli.dsl.windows import TimeWindows, UnlimitedWindows
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.cached_rows import CachedRow
from kstream_cli.state.caching import RecordCache

FindRow: TypeAlias = Callable[[Any], CachedRow]


@dataclass(frozen=True, slots=True)
class WindowAggregate:
    """Keeps one aggregate per key and window.

    Only records without a key are dropped. A window takes no more records once stream time, the largest timestamp
    that this aggregation has seen, has passed its end plus the grace period.
    """

    windows: TimeWindows | UnlimitedWindows
    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    store: str
    emit_on_close: bool = False
    send_old_values: bool = False

    def __post_init__(self) -> None:
        check_function(self.initializer, "initializer")
        check_function(self.aggregator, "aggregator", "key", "value", "aggregate")

    @property
    def emit_metric(self) -> str | None:
        """The metric of what is emitted once windows have closed."""
        return "window-aggregate-final-emit" if self.emit_on_close else None

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        store = context.store(self.store)
        update, emit = self._outlets(context, store, forward)
        cache = getattr(store, "cached_rows", None)
        if cache is not None:
            return self._fuse_cached(context, store, cache, emit)
        initializer, aggregator, dropped = self.initializer, self.aggregator, context.dropped
        same_starts, size, grace = self.windows.same_starts, self.windows.size_ms, self.windows.grace_ms
        fetch, put = store.fetch, store.put
        forwards_old = self.send_old_values and not store.cached
        stream_time = -1
        starts: Iterable[int] = ()
        same_from = same_until = 0

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            nonlocal stream_time, starts, same_from, same_until
            if key is None:
                dropped("a windowed aggregation's record has no key")
                return
            if timestamp > stream_time:
                stream_time = timestamp
            close_time = stream_time - grace
            if not same_from <= timestamp < same_until:
                starts, same_from, same_until = same_starts(timestamp)
            for start in starts:
                end = start + size
                if end <= close_time:
                    dropped("a record came too late for its window")
                    continue
                row = fetch(key, start)
                if row is None:
                    aggregate, newest = initializer(), timestamp
                else:
                    aggregate, newest = row
                    if timestamp > newest:
                        newest = timestamp
                old = snapshot(aggregate) if forwards_old else None
                new = aggregator(key, value, aggregate)
                put(key, None if new is None else (new, newest), start)
                if update is not None:
                    update(Windowed(key, start, end), new, old, True, newest, headers)
            if emit is not None:
                emit(close_time, headers)

        return process

    def _fuse_cached(
        self, context: OperatorContext, store: Any, cache: RecordCache, emit: EmitClosed | None
    ) -> Process:
        """Over a record cache: a row is found once, and changed where it is. The cache forwards it later.

        Windows are looked up once for all the records in a row that have the same ones. Which of them came too late
        for a record cannot change in between: stream time stays below the end of each that has not closed.
        """
        initializer, aggregator, dropped, put = self.initializer, self.aggregator, context.dropped, cache.put
        same_starts, size, grace = self.windows.same_starts, self.windows.size_ms, self.windows.grace_ms
        stream_time = -1
        finders: list[FindRow] = []
        too_late = 0
        same_from = same_until = 0

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            nonlocal stream_time, finders, too_late, same_from, same_until
            if key is None:
                dropped("a windowed aggregation's record has no key")
                return
            if timestamp > stream_time:
                stream_time = timestamp
            if not same_from <= timestamp < same_until:
                starts, same_from, same_until = same_starts(timestamp)
                open_starts = [start for start in starts if start + size > stream_time - grace]
                too_late = len(starts) - len(open_starts)
                finders = [store.window_rows(start) for start in open_starts]
            for find in finders:
                row = find(key)
                cell = row.cell
                if cell is None:
                    aggregate, newest = initializer(), timestamp
                else:
                    aggregate, newest = cell
                    if timestamp > newest:
                        newest = timestamp
                new = aggregator(key, value, aggregate)
                put(row, None if new is None else (new, newest), timestamp, headers)
            for _ in range(too_late):
                dropped("a record came too late for its window")
            if emit is not None:
                emit(stream_time - grace, headers)

        return process

    def _outlets(self, context: OperatorContext, store: Any, forward: Process) -> tuple[Any, Any]:
        """(what tells of an update, what emits closed windows); None for what is not needed."""
        if not self.emit_on_close:
            update = forward_changes(store, forward, send_old_values=self.send_old_values)
            # Where the cache forwards later, no windowed key is made for each record.
            return None if store.cached else update, None
        assert isinstance(self.windows, TimeWindows)
        windows, fetch_all = self.windows, store.fetch_all

        def closed(last: int | None, close_time: int) -> Iterable[tuple[Any, Any, int]] | None:
            # Ends are exclusive: a window has closed when its end is the close time.
            newest = close_time - windows.size_ms
            oldest = 0 if last is None else max(0, last - windows.size_ms) + 1
            if newest < 0 or (last is not None and windows.starts_for(newest) == windows.starts_for(oldest - 1)):
                return None
            return rows(fetch_all, oldest, newest)

        return None, emit_when_closed(context, self.store, closed, forward)


def rows(fetch_all: Callable[[int, int], Any], oldest: int, newest: int) -> Iterable[tuple[Any, Any, int]]:
    """(windowed key, value, timestamp) of the windows that start from `oldest` to `newest`."""
    with fetch_all(oldest, newest) as found:
        for key, (value, timestamp) in found:
            yield key, value, timestamp
