"""How late a record came, and against which window, and times in words: for `kstream try --trace`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.described.model import Position
from kstream_cli.dsl.custom_windows import Windows
from kstream_cli.dsl.windows import SlidingWindows, TimeWindows, UnlimitedWindows
from kstream_cli.render.words import duration
from kstream_cli.testing.trace.tracer import Visit

EARLIEST_DATE_MS = 10**11
"""Times below are those of tests, counted from 0: they are shown in ms."""


def place(file: str, line: int) -> Position:
    """A line of the user's code, its file relative to the folder in which the command runs."""
    path, folder = Path(file), start_folder()
    return Position(file=path.relative_to(folder).as_posix() if path.is_relative_to(folder) else file, line=line)


def late_for_window(windows: TimeWindows | UnlimitedWindows | Windows, visit: Visit) -> str | None:
    """Of the window that this drop is about: each that a record came too late for is a drop."""
    starts, _, _ = windows.same_starts(visit.step.timestamp or 0)
    ends = [(start, end_of(windows, start)) for start in starts]
    closed = [(start, end) for start, end in ends if end <= visit.stream_time - windows.grace_ms]
    if visit.drops >= len(closed):
        return None
    start, end = closed[visit.drops]
    window = f"the window from {time_text(start)} to {time_text(end)}"
    return late(visit.stream_time, end + windows.grace_ms, window)


def end_of(windows: TimeWindows | UnlimitedWindows | Windows, start: int) -> int:
    """The end of the window that begins there: custom windows may differ in size."""
    return windows.end_of(start) if isinstance(windows, Windows) else start + windows.size_ms


def late_for_sliding_window(windows: SlidingWindows, visit: Visit, start: int) -> str:
    """Both ends of a sliding window belong to it."""
    end = start + windows.difference_ms
    window = f"the window from {time_text(start)} to {time_text(end)}"
    return late(visit.stream_time, end + windows.grace_ms, window)


def late(stream_time: int, closed: int, window: str) -> str:
    """By how much, and what had closed when."""
    by = duration(stream_time - closed)
    return f"by {by}; {window} closed at {time_text(closed)}, and stream time is {time_text(stream_time)}"


def time_text(ms: int) -> str:
    """A time as people read it: a date in UTC, or ms where it is no date of today but a test's small number."""
    if ms < EARLIEST_DATE_MS:
        return f"{ms} ms"
    try:
        moment = datetime.fromtimestamp(ms // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"
    fraction = f".{ms % 1000:03d}" if ms % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
