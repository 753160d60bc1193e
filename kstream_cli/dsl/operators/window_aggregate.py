"""Aggregating a grouped stream in tumbling, hopping, unlimited or custom windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kstream_cli.callables import check_function
from kstream_cli.dsl.custom_windows import Windows
from kstream_cli.dsl.day_windows import DayWindows
from kstream_cli.dsl.operators.forwarding import listen
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.operators.update import Update, write_cached_update
from kstream_cli.dsl.operators.window_emission import (
    ClosedWindows,
    EmitClosed,
    IdleWindows,
    emit_when_closed,
    listen_for_closing,
)
from kstream_cli.dsl.windows import TimeWindows, UnlimitedWindows
from kstream_cli.processor.code import Code, Names, Step, Written, WrittenOperator
from kstream_cli.processor.operator import OperatorContext
from kstream_cli.serde.windowed import LONG_MAX, Windowed

_NO_KEY = "a windowed aggregation's record has no key"


@dataclass(frozen=True, slots=True)
class WindowAggregate(WrittenOperator):
    """Keeps one aggregate per key and window.

    Only records without a key are dropped. A window takes no more records once stream time, the largest timestamp
    that this aggregation has seen, has passed its end plus the grace period.
    """

    windows: TimeWindows | UnlimitedWindows | Windows
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

    def writer(self, context: OperatorContext, after: Written) -> Step:
        store, dropped = context.store(self.store), context.dropped
        cache = getattr(store, "cached_rows", None)
        recent = RecentWindows(self.windows, None if cache is None else store.window_rows)
        emit = self._listen(context, store, after, recent)
        one_at_a_time = _one_at_a_time(self.windows)

        def write(code: Code, names: Names) -> None:
            windows, drop = code.bind("windows", recent), code.bind("dropped", dropped)
            custom, emit_line = isinstance(self.windows, Windows), ""
            if emit is not None:
                close_time = f"{windows}.stream_time - {self.windows.grace_ms}"
                emit_line = f"{code.bind('emit', emit)}({close_time}, {names.headers})"
            with code.block(f"if {names.key} is None:"):
                code.line(f"{drop}({_NO_KEY!r})")
            with code.block("else:"):
                with code.block(f"if {names.timestamp} > {windows}.stream_time:"):
                    code.line(f"{windows}.stream_time = {names.timestamp}")
                    if custom and emit is not None:
                        # Before the record moves the store's time, so that a jump ahead loses no window.
                        code.line(emit_line)
                code.lines(f"""
                    if not {windows}.since <= {names.timestamp} < {windows}.until:
                        {windows}.move_to({names.timestamp})
                    """)
                window = code.fresh("window")
                if one_at_a_time:
                    code.line(f"{window} = {windows}.newest")
                    each, otherwise = f"if {window} is not None:", "else:"
                else:
                    each, otherwise = f"for {window} in {windows}.open:", f"if {windows}.closed:"
                with code.block(each):
                    if cache is None:
                        self._write_uncached(code, names, window, store, after)
                    else:
                        update = Update(self.initializer, self.aggregator, self.headers)
                        write_cached_update(code, names, window, update, cache)
                with code.block(otherwise):
                    code.line(f"{windows}.drop({drop})")
                if emit is not None and not custom:
                    code.line(emit_line)

        return write

    def _write_uncached(self, code: Code, names: Names, start: str, store: Any, after: Written) -> None:
        forwards = not store.cached and not self.emit_on_close
        row = code.fresh("row")
        keeps_old = forwards and self.send_old_values
        update = Update(self.initializer, self.aggregator, self.headers, keeps_old=keeps_old)
        code.line(f"{row} = {code.bind('fetch', store.fetch)}({names.key}, {start})")
        updated = update.write(code, names, row)
        code.line(f"{code.bind('put', store.put)}({names.key}, {updated.row}, {start})")
        if forwards:
            key, change = code.fresh("key"), code.fresh("change")
            end = f"{start} + {self.windows.size_ms}"
            if isinstance(self.windows, Windows):
                end = f"{code.bind('end_of', self.windows.end_of)}({start})"
            code.line(f"{key} = {code.bind('Windowed', Windowed)}({names.key}, {start}, {end})")
            code.line(f"{change} = {updated.change}")
            after.step(code, Names(key, change, updated.timestamp, updated.headers))

    def _listen(self, context: OperatorContext, store: Any, after: Written, recent: RecentWindows) -> EmitClosed | None:
        """Have the store's cache forward; or give what emits closed windows, to be called after each record."""
        windows, fetch_all = self.windows, store.fetch_all
        listen_for_closing(context, self.store, lambda end: recent.advance_to(end + windows.grace_ms))
        if not self.emit_on_close:
            listen(store, after, send_old_values=self.send_old_values)
            return None
        idle, carried = self._on_idle(recent, fetch_all), self.headers is not None
        if isinstance(windows, Windows):
            closed_custom = _closed_custom(windows, recent, fetch_all)
            return emit_when_closed(
                context, self.store, closed_custom, after.function(), carried=carried, interval_ms=0, idle=idle
            )
        assert isinstance(windows, TimeWindows)

        def closed(last: int | None, close_time: int) -> Iterable[tuple[Any, tuple[Any, int]]] | None:
            # Ends are exclusive: a window has closed when its end is the close time.
            newest = close_time - windows.size_ms
            oldest = 0 if last is None else max(0, last - windows.size_ms) + 1
            if newest < 0 or (last is not None and windows.starts_for(newest) == windows.starts_for(oldest - 1)):
                return None
            return rows(fetch_all, oldest, newest)

        return emit_when_closed(context, self.store, closed, after.function(), carried=carried, idle=idle)

    def _on_idle(self, recent: RecentWindows, fetch_all: Callable[[int, int], Any]) -> IdleWindows | None:
        windows = self.windows
        if self.emit_on_idle_ms is None:
            return None

        def first_open(last: int | None) -> int | None:
            after = -1 if last is None else last
            found = rows(fetch_all, max(0, after - windows.size_ms), LONG_MAX)
            ends = (key.end for key, _ in found if key.end > after)
            # Of windows that differ in size, one that began later may close earlier.
            return min(ends, default=None) if isinstance(windows, Windows) else next(ends, None)

        return IdleWindows(
            wait_ms=self.emit_on_idle_ms,
            grace_ms=windows.grace_ms,
            stream_time=lambda: recent.stream_time,
            move_to=recent.advance_to,
            first_open=first_open,
        )


class RecentWindows:
    """The windows of the records of late: they are looked up once for all the records in a row that have the same ones.

    Which of them came too late for a record cannot change in between: stream time stays below the end of each that has
    not closed.
    """

    __slots__ = ("_find", "_windows", "closed", "newest", "next_close", "open", "since", "stream_time", "until")

    def __init__(self, windows: TimeWindows | UnlimitedWindows | Windows, find: Callable[[int], Any] | None) -> None:
        self.stream_time = -1
        """The largest timestamp so far."""
        self.open: Sequence[Any] = ()
        """Their starts, or what `find` makes of these."""
        self.newest: Any = None
        """The last of them; None for none."""
        self.closed = 0
        """How many windows the records come too late for."""
        self.since = self.until = 0
        """The timestamps from `since` on and below `until` have these windows."""
        self.next_close = 0
        """Before that time no custom window closes."""
        self._windows = windows
        self._find = find

    def advance_to(self, stream_time: int) -> None:
        """Have stream time at least there: what has closed by then takes no more records."""
        if stream_time > self.stream_time:
            self.stream_time = stream_time
            self.since = self.until = 0

    def move_to(self, timestamp: int) -> None:
        """Look up the windows of a timestamp."""
        windows, find = self._windows, self._find
        starts, self.since, self.until = windows.same_starts(timestamp)
        close_time = self.stream_time - windows.grace_ms
        if isinstance(windows, Windows):
            ends = {start: windows.end_of(start) for start in starts}
            still_open = [start for start, end in ends.items() if end > close_time]
            self.next_close = min((self.next_close, *(ends[start] for start in still_open)))
        else:
            still_open = [start for start in starts if start + windows.size_ms > close_time]
        self.open = still_open if find is None else [find(start) for start in still_open]
        self.newest = self.open[-1] if still_open else None
        self.closed = len(starts) - len(still_open)

    def drop(self, dropped: Callable[[str], None]) -> None:
        """Count the windows that a record came too late for."""
        for _ in range(self.closed):
            dropped("a record came too late for its window")


def _one_at_a_time(windows: TimeWindows | UnlimitedWindows | Windows) -> bool:
    """Whether a timestamp is known to be in one window at most."""
    if isinstance(windows, TimeWindows):
        return windows.advance_ms == windows.size_ms
    return isinstance(windows, UnlimitedWindows | DayWindows)


def _closed_custom(windows: Windows, recent: RecentWindows, fetch_all: Callable[[int, int], Any]) -> ClosedWindows:
    """What closes where windows differ in size: all that may have are looked up, but not before one does."""

    def closed(last: int | None, close_time: int) -> Iterable[tuple[Any, tuple[Any, int]]] | None:
        if close_time < recent.next_close:
            return None
        after = -1 if last is None else last
        found = list(rows(fetch_all, max(0, after - windows.size_ms), LONG_MAX))
        recent.next_close = min((key.end for key, _ in found if key.end > close_time), default=LONG_MAX)
        # One that began later may close earlier.
        return sorted((row for row in found if after < row[0].end <= close_time), key=lambda row: row[0].end)

    return closed


def rows(fetch_all: Callable[[int, int], Any], oldest: int, newest: int) -> Iterable[tuple[Any, tuple[Any, int]]]:
    """(windowed key, row of value and timestamp) of the windows that start from `oldest` to `newest`."""
    with fetch_all(oldest, newest) as found:
        yield from found
