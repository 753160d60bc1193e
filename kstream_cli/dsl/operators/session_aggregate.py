"""Aggregating a grouped stream in sessions: spans of activity, ended by a gap without records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kstream_cli.callables import check_function
from kstream_cli.dsl.operators.forwarding import forward_changes
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.operators.window_emission import EmitClosed, emission_of, listen_for_closing
from kstream_cli.dsl.windows import SessionWindows
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.serde.windowed import LONG_MAX, Windowed
from kstream_cli.state.stored_headers import AggregationWithHeaders, row_with_headers


@dataclass(frozen=True, slots=True)
class SessionAggregate:
    """Keeps one aggregate per key and session; a record that lies between sessions merges them.

    Only records without a key are dropped, and those whose session ended more than gap and grace before stream time.
    Updates carry the session's end as timestamp and no headers, unless a rule says which; merged sessions are deleted
    downstream.
    """

    windows: SessionWindows
    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    merger: Callable[[Any, Any, Any], Any]
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
        check_function(self.merger, "merger", "key", "one", "other")

    @property
    def emit_metric(self) -> str | None:
        """The metric of what is emitted once windows have closed."""
        return "window-aggregate-final-emit" if self.emit_on_close else None

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        initializer, aggregator, merger, dropped = self.initializer, self.aggregator, self.merger, context.dropped
        gap, wait = self.windows.gap_ms, self.windows.gap_ms + self.windows.grace_ms
        store = context.store(self.store)
        find, put, remove = store.find_sessions, store.put, store.remove
        merge_headers = None if self.headers is None else _session_headers(self.headers)
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
        listen_for_closing(context, self.store, lambda end: advance_to(end + wait + 1))

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            nonlocal stream_time
            if key is None:
                dropped("a session aggregation's record has no key")
                return
            if timestamp > stream_time:
                stream_time = timestamp
            close_time = stream_time - wait
            start = end = timestamp
            aggregate = initializer()
            with find(key, timestamp - gap, timestamp + gap) as found:
                merged = list(found)
            kept = gone = NO_HEADERS
            if merge_headers is not None:
                kept, gone = merge_headers(merged, timestamp, headers), headers
                merged = [(session, part.aggregation) for session, part in merged]
            for session, part in merged:
                aggregate = merger(key, aggregate, part)
                if session[1] < start:
                    start = session[1]
                if session[2] > end:
                    end = session[2]
            if end < close_time:
                dropped("a record came too late for its session")
            else:
                if start != end:
                    for session, part in merged:
                        remove(session)
                        if update is not None:
                            update(session, None, part, True, session.end, gone)
                aggregate = aggregator(key, value, aggregate)
                session = Windowed(key, start, end)
                put(session, aggregate if merge_headers is None else AggregationWithHeaders(aggregate, kept))
                if update is not None:
                    update(session, aggregate, None, True, end, kept)
            if emit is not None:
                emit(close_time, headers)

        return process

    def _emission(
        self,
        context: OperatorContext,
        store: Any,
        forward: Process,
        stream_time: Callable[[], int],
        advance_to: Callable[[int], None],
    ) -> EmitClosed:
        """What emits closed sessions."""
        find_by_end = store.find_sessions_by_end

        carried = self.headers is not None

        def sessions(oldest: int, newest: int) -> Iterable[tuple[Any, tuple[Any, int]]]:
            with find_by_end(oldest, newest) as found:
                for session, value in found:
                    if carried:
                        yield session, row_with_headers(value.aggregation, session.end, value.headers)
                    else:
                        yield session, (value, session.end)

        def closed(last: int | None, close_time: int) -> Iterable[tuple[Any, tuple[Any, int]]] | None:
            # Ends are inclusive: a session has closed when its end lies before the close time.
            oldest, newest = max(0, -1 if last is None else last), close_time - 1
            return None if newest < oldest else sessions(oldest, newest)

        def first_open(last: int | None) -> int | None:
            found = sessions(max(0, -1 if last is None else last), LONG_MAX)
            return next((session.end for session, _ in found), None)

        return emission_of(
            self,
            context,
            forward,
            closed,
            first_open,
            grace_ms=self.windows.gap_ms + self.windows.grace_ms,
            stream_time=stream_time,
            move_to=advance_to,
        )


def _session_headers(rule: ResultHeaders) -> Callable[[list[Any], int, Headers], Headers]:
    """(sessions that are merged with their aggregates, a record's timestamp, its headers) -> the session's headers."""
    pick = rule.merged()

    def merge(parts: list[Any], timestamp: int, headers: Headers) -> Headers:
        kept, newest = NO_HEADERS, NOTHING_FOUND
        for session, part in parts:
            kept = part.headers if newest == NOTHING_FOUND else pick(part.headers, session.end, kept, newest)
            newest = max(newest, session.end)
        return pick(headers, timestamp, kept, newest)

    return merge
