"""Emitting a window's result once, when the window has closed (EmitStrategy.on_window_close)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers

EmitClosed: TypeAlias = Callable[[int, Headers], None]
"""(close time in ms, headers of the triggering record): emits what has closed since the last time."""

ClosedWindows: TypeAlias = Callable[[int | None, int], Iterable[tuple[Any, Any, int]] | None]
"""(last close time or None, close time) -> (windowed key, value, timestamp) of the windows that closed in between;
None when there can be none, and the last close time is to stay."""


def emit_when_closed(
    context: OperatorContext, store: str, closed: ClosedWindows, forward: Process, *, interval_ms: int | None = None
) -> EmitClosed:
    """The function to call after each record. It acts at most once per emit interval of wall clock, or `interval_ms`.

    The last close time is committed with the offsets, so that no window is emitted again after a restart.
    """
    metadata, now = context.metadata, context.now
    interval = context.config.windowed_emit_interval_ms if interval_ms is None else interval_ms
    next_emit = 0

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
        for key, value, timestamp in windows:
            forward(key, (value, None, True), timestamp, headers)
        metadata[store] = close_time

    return emit
