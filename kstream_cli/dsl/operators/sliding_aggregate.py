"""Aggregating a grouped stream in sliding windows: one for each set of records that lie within the time difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.callables import check_function
from kstream_cli.dsl.operators.forwarding import forward_changes
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.dsl.operators.window_aggregate import rows
from kstream_cli.dsl.operators.window_emission import EmitClosed, emission_of, listen_for_closing
from kstream_cli.dsl.windows import SlidingWindows
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.serde.windowed import LONG_MAX, Windowed
from kstream_cli.state.stored_headers import headers_of, row_with_headers

Row: TypeAlias = tuple[Any, int]
"""An aggregate, and the largest timestamp among its records."""


@dataclass(frozen=True, slots=True)
class SlidingAggregate:
    """Keeps one aggregate per key and window [start, start + difference], both ends inclusive.

    A record at t belongs to the windows that contain t. It also makes windows: its left one, which ends at t, its
    right one, which starts at t + 1, and the right one of the record before it, each where there is something in it.
    Records without key or value are dropped, and those whose windows have all closed.
    """

    windows: SlidingWindows
    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    store: str
    emit_on_close: bool = False
    emit_on_idle_ms: int | None = None
    headers: ResultHeaders | None = None
    send_old_values: bool = False

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The store that is to keep headers for its rule."""
        return (self.store,)

    def __post_init__(self) -> None:
        check_function(self.initializer, "initializer")
        check_function(self.aggregator, "aggregator", "key", "value", "aggregate")

    @property
    def emit_metric(self) -> str | None:
        """The metric of what is emitted once windows have closed."""
        return "window-aggregate-final-emit" if self.emit_on_close else None

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        dropped, difference, grace = context.dropped, self.windows.difference_ms, self.windows.grace_ms
        store = context.store(self.store)
        stream_time = -1

        def advance_to(time: int) -> None:
            nonlocal stream_time
            stream_time = max(stream_time, time)

        update = emit = None
        if self.emit_on_close:
            emit = self._emission(context, store, forward, lambda: stream_time, advance_to)
        else:
            update = forward_changes(store, forward, send_old_values=self.send_old_values)
        # Ends are inclusive.
        listen_for_closing(context, self.store, lambda end: advance_to(end + grace + 1))
        add = self._fuse_add(store, update)
        process_late, process_early = self._fuse_record(store, add, update), self._fuse_early(store, add, update)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            nonlocal stream_time
            if key is None or value is None:
                dropped("a sliding aggregation's record has no key or no value")
                return
            if timestamp > stream_time:
                stream_time = timestamp
            close_time = stream_time - grace
            if timestamp + difference < close_time:
                dropped("a record came too late for its windows")
            elif timestamp < difference:
                process_early(key, value, timestamp, headers, close_time)
            else:
                process_late(key, value, timestamp, headers, close_time)
                if emit is not None:
                    emit(close_time, headers)

        return process

    def _fuse_add(self, store: Any, update: Any) -> Any:
        """The function that adds the record to one window, unless it has closed."""
        initializer, aggregator, put = self.initializer, self.aggregator, store.put
        difference, forwards_old = self.windows.difference_ms, self.send_old_values and not store.cached
        pick = None if self.headers is None else self.headers.merged()

        def add(
            key: Any, value: Any, timestamp: int, headers: Headers, close_time: int, start: int, row: Row | None
        ) -> None:
            end = start + difference
            if end < close_time:
                return
            aggregate, newest = (initializer(), timestamp) if row is None else row
            old = snapshot(aggregate) if forwards_old else None
            if aggregate is None or timestamp > newest:
                newest = timestamp
            new = aggregator(key, value, aggregate)
            if pick is None:
                kept: Row = (new, newest)
            else:
                found = (NO_HEADERS, NOTHING_FOUND) if row is None else (headers_of(row), row[1])
                headers = pick(headers, timestamp, *found)
                kept = row_with_headers(new, newest, headers)
            put(key, None if new is None else kept, start)
            if update is not None:
                update(Windowed(key, start, end), new, old, True, newest, headers)

        return add

    def _fuse_record(self, store: Any, add: Any, update: Any) -> Any:
        """For records from `difference` on: windows never start before 0."""
        difference, fetch = self.windows.difference_ms, store.backward_fetch_range
        copy_right = self._fuse_copy_right(store, update)

        def process(key: Any, value: Any, timestamp: int, headers: Headers, close_time: int) -> None:
            starts: set[int] = set()
            left: Row | None = None
            right: Row | None = None
            has_left = has_right = False
            previous: int | None = None
            with fetch(key, max(0, timestamp - 2 * difference), timestamp + 1) as found:
                windows = list(found)
            for start, row in windows:
                starts.add(start)
                end = start + difference
                if start == timestamp + 1:
                    has_right = True
                elif end > timestamp:
                    if right is None:
                        right = _copied(row)
                    add(key, value, timestamp, headers, close_time, start, row)
                elif end == timestamp:
                    has_left = True
                    newest = row[1]
                    add(key, value, timestamp, headers, close_time, start, row)
                    if newest >= timestamp:
                        # There was a record at this time before: all its windows are there already.
                        return
                    previous = newest
                else:
                    left, previous = row, row[1]
                    break
            if previous is not None and previous + 1 not in starts and previous + 1 + difference >= timestamp:
                add(key, value, timestamp, headers, close_time, previous + 1, None)
            if not has_left:
                seed = left if previous is not None and previous >= timestamp - difference else None
                seeded = None if seed is None else row_with_headers(seed[0], timestamp, headers_of(seed))
                add(key, value, timestamp, headers, close_time, timestamp - difference, seeded)
            if not has_right and right is not None and right[1] > timestamp:
                copy_right(key, timestamp + 1, right, headers)

        return process

    def _fuse_early(self, store: Any, add: Any, update: Any) -> Any:
        """For records before `difference`: their left window is the one from 0, which they share."""
        fetch, copy_right = store.fetch_range, self._fuse_copy_right(store, update)

        def process(key: Any, value: Any, timestamp: int, headers: Headers, close_time: int) -> None:
            starts: set[int] = set()
            first: Row | None = None
            right: Row | None = None
            has_right = False
            previous: int | None = None
            with fetch(key, 0, timestamp + 1) as found:
                windows = list(found)
            for start, row in windows:
                starts.add(start)
                if start == 0:
                    first = row
                    if row[1] < timestamp:
                        previous = row[1]
                elif start <= timestamp:
                    right = _copied(row)
                    add(key, value, timestamp, headers, close_time, start, row)
                else:
                    has_right = True
            if right is None and first is not None and first[1] > timestamp:
                right = _copied(first)
            if not has_right and right is not None and right[1] > timestamp:
                copy_right(key, timestamp + 1, right, headers)
            if previous is not None and previous + 1 not in starts:
                add(key, value, timestamp, headers, close_time, previous + 1, None)
            add(key, value, timestamp, headers, close_time, 0, first)

        return process

    def _fuse_copy_right(self, store: Any, update: Any) -> Any:
        """The function that makes the record's right window, of the later records that are in another already."""
        put, difference, carries = store.put, self.windows.difference_ms, self.headers is not None

        def copy_right(key: Any, start: int, row: Row, headers: Headers) -> None:
            put(key, row, start)
            if update is not None:
                kept = headers_of(row) if carries else headers
                update(Windowed(key, start, start + difference), row[0], None, True, row[1], kept)

        return copy_right

    def _emission(
        self,
        context: OperatorContext,
        store: Any,
        forward: Process,
        stream_time: Callable[[], int],
        advance_to: Callable[[int], None],
    ) -> EmitClosed:
        """What emits closed windows."""
        difference, fetch_all = self.windows.difference_ms, store.fetch_all

        def closed(last: int | None, close_time: int) -> Iterable[tuple[Any, Row]] | None:
            # Ends are inclusive: a window has closed when its end lies before the close time.
            newest = close_time - difference - 1
            oldest = 0 if last is None else max(0, last - difference)
            return None if newest < 0 else rows(fetch_all, oldest, newest)

        def first_open(last: int | None) -> int | None:
            oldest = 0 if last is None else max(0, last - difference)
            return next((key.end for key, _ in rows(fetch_all, oldest, LONG_MAX)), None)

        return emission_of(
            self,
            context,
            forward,
            closed,
            first_open,
            grace_ms=self.windows.grace_ms,
            stream_time=stream_time,
            move_to=advance_to,
        )


def _copied(row: Row) -> Row:
    """A row that an aggregator cannot reach."""
    return row_with_headers(snapshot(row[0]), row[1], headers_of(row))
