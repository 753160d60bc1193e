"""Emitting a window's result once, when the window has closed (EmitStrategy.on_window_close)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.processor.punctuation import NEVER
from kstream_cli.record import Headers
from kstream_cli.state.stored_headers import headers_of

EmitClosed: TypeAlias = Callable[[int, Headers], None]
"""(close time in ms, headers of the triggering record): emits what has closed since the last time."""

ClosedWindows: TypeAlias = Callable[[int | None, int], Iterable[tuple[Any, tuple[Any, int]]] | None]
"""(last close time or None, close time) -> (windowed key, row of value and timestamp) of the windows that closed in
between; None when there can be none, and the last close time is to stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleWindows:
    """What it takes to emit the windows of an aggregation also when no record comes any more.

    A window has closed when the close time, which is stream time less `grace_ms`, has come to its end; where ends are
    `inclusive`, 1 ms later.
    """

    wait_ms: int
    grace_ms: int
    stream_time: Callable[[], int]
    move_to: Callable[[int], None]
    """Moves the operator's stream time ahead, where it is not there yet."""
    first_open: Callable[[int | None], int | None]
    """Last close time -> the end of the first window that has not closed; None where there is none."""
    inclusive: bool = False


def emit_when_closed(
    context: OperatorContext,
    store: str,
    closed: ClosedWindows,
    forward: Process,
    *,
    carried: bool = False,
    interval_ms: int | None = None,
    idle: IdleWindows | None = None,
) -> EmitClosed:
    """The function to call after each record. It acts at most once per emit interval of wall clock, or `interval_ms`.

    The last close time is committed with the offsets, so that no window is emitted again after a restart. A result has
    the triggering record's headers, or its row's own where these are `carried`.
    """
    metadata, now = context.metadata, context.now
    interval = context.config.windowed_emit_interval_ms if interval_ms is None else interval_ms
    next_emit = 0
    if idle is not None:
        context.emit_on_idle(_idle_emission(context, store, closed, forward, idle))

    def emit(close_time: int, headers: Headers) -> None:
        nonlocal next_emit
        wall_clock = now()
        if wall_clock < next_emit:
            return
        next_emit = wall_clock + interval
        last = metadata.get(store)
        if last is not None and last >= close_time:
            return
        windows = closed(last, close_time)
        if windows is None:
            return
        for key, row in windows:
            forward(key, (row[0], None, True), row[1], headers_of(row) if carried else headers)
        metadata[store] = close_time

    return emit


class EmitsClosed(Protocol):
    """What an aggregation says of how it emits closed windows."""

    @property
    def store(self) -> str: ...
    @property
    def emit_on_idle_ms(self) -> int | None: ...
    @property
    def headers(self) -> Any: ...


def emission_of(
    operator: EmitsClosed,
    context: OperatorContext,
    forward: Process,
    closed: ClosedWindows,
    first_open: Callable[[int | None], int | None],
    *,
    grace_ms: int,
    stream_time: Callable[[], int],
    move_to: Callable[[int], None],
) -> EmitClosed:
    """The function to call after each record of an aggregation whose windows have inclusive ends."""
    idle = None
    if operator.emit_on_idle_ms is not None:
        idle = IdleWindows(
            wait_ms=operator.emit_on_idle_ms,
            grace_ms=grace_ms,
            stream_time=stream_time,
            move_to=move_to,
            first_open=first_open,
            inclusive=True,
        )
    carried = operator.headers is not None
    return emit_when_closed(context, operator.store, closed, forward, carried=carried, idle=idle)


def _idle_emission(
    context: OperatorContext, store: str, closed: ClosedWindows, forward: Process, idle: IdleWindows
) -> IdleEmission:
    """Emits what has closed, and moves stream time up to the close of the last window that is emitted: not further, so
    that only records of windows that are out come too late."""
    metadata, grace, last_ms = context.metadata, idle.grace_ms, 1 if idle.inclusive else 0

    def due() -> int:
        end = idle.first_open(metadata.get(store))
        return NEVER if end is None else end + last_ms + grace

    def emit(stream_time: int) -> int:
        windows = closed(metadata.get(store), stream_time - grace)
        emitted, reached = 0, -1
        for key, row in windows or ():
            forward(key, (row[0], None, True), row[1], headers_of(row))
            emitted += 1
            reached = max(reached, key.end + last_ms)
        if emitted:
            metadata[store] = reached
            idle.move_to(reached + grace)
        return emitted

    return IdleEmission(
        store=store, wait_ms=idle.wait_ms, stream_time=idle.stream_time, due=due, emit=emit, resume=idle.move_to
    )


def listen_for_closing(context: OperatorContext, store: str, close: Callable[[int], None]) -> None:
    """Have `close(end)` called when a suppress further down has emitted windows on idle, up to those of that end."""
    context.shared.setdefault(_closing(store), []).append(close)


def closing(context: OperatorContext, stores: Iterable[str]) -> Callable[[int], None]:
    """What tells the aggregations of these stores that their windows up to an end have closed."""
    # They are fused later than what stands below them.
    shared, names = context.shared, [_closing(store) for store in stores]

    def close(end: int) -> None:
        for name in names:
            for tell in shared.get(name, ()):
                tell(end)

    return close


def _closing(store: str) -> str:
    return f"{store}/closing"
