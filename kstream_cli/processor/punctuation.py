"""Scheduled punctuations of one task, by stream time or by wall clock (Kafka Streams page, section 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from kstream_cli.duration import Duration, milliseconds
from kstream_cli.errors import StreamsError
from kstream_cli.processor.time_queue import TimeQueue

Punctuator: TypeAlias = Callable[[int], None]
"""Called with the time (ms) at which it runs."""

NEVER = 1 << 63
"""Later than every timestamp: nothing is scheduled."""


class Schedule:
    """One punctuation: when it is due next, how often, and what to call."""

    __slots__ = ("cancelled", "interval_ms", "node", "punctuator", "time")

    def __init__(self, node: str, time: int, interval_ms: int, punctuator: Punctuator) -> None:
        self.node = node
        self.time = time
        self.interval_ms = interval_ms
        self.punctuator = punctuator
        self.cancelled = False

    def cancel(self) -> None:
        """Never call it again; may be called from inside the punctuator itself."""
        self.cancelled = True

    def next_after(self, now: int) -> int:
        """The first tick of the grid after `now`: missed ticks are not made up for."""
        planned = self.time + self.interval_ms
        if now < planned:
            return planned
        return self.time + ((now - self.time) // self.interval_ms + 1) * self.interval_ms


Punctuate: TypeAlias = Callable[[Schedule, int], None]
"""Runs one schedule's punctuator in the context of its node."""


def first_tick(start_ms: int | None, interval: int, now: int, otherwise: int) -> int:
    """When a schedule is first due: `otherwise` without a start, else the start, or its first tick after `now`."""
    if start_ms is None:
        return otherwise
    return start_ms if start_ms >= now else Schedule("", start_ms, interval, _nothing).next_after(now)


class Punctuations:
    """The schedules of a task that follow one clock. `due` is when the next of them is due, NEVER for none."""

    __slots__ = ("_queue", "due")

    def __init__(self) -> None:
        self._queue: TimeQueue[Schedule] = TimeQueue()
        self.due = NEVER

    def add(self, schedule: Schedule) -> Schedule:
        self._queue.push(schedule)
        self._note_due()
        return schedule

    def run(self, now: int, punctuate: Punctuate) -> bool:
        """Call every punctuation due at `now` once, whatever number of its ticks was missed; False for none."""
        queue = self._queue
        punctuated = False
        while (first := queue.peek()) is not None and first.time <= now:
            queue.pop()
            if first.cancelled:
                continue
            punctuate(first, now)
            if not first.cancelled:
                first.time = first.next_after(now)
                queue.push(first)
            punctuated = True
        self._note_due()
        return punctuated

    def clear(self) -> None:
        self._queue.clear()
        self.due = NEVER

    def _note_due(self) -> None:
        first = self._queue.peek()
        self.due = NEVER if first is None else first.time


def _nothing(now: int) -> None:
    """What a schedule calls that is only asked for its ticks."""


def start_ms(start_time: int | datetime | None) -> int | None:
    """The start of a schedule in ms since the epoch; raises StreamsError for anything else than a time from then on."""
    if start_time is None:
        return None
    if isinstance(start_time, bool) or not isinstance(start_time, int | datetime):
        raise StreamsError(f"a punctuation's start time is milliseconds or a datetime, not {start_time!r}")
    if isinstance(start_time, datetime) and start_time.tzinfo is None:
        raise StreamsError(f"a punctuation's start time needs a time zone: {start_time!r} has none")
    ms = round(start_time.timestamp() * 1000) if isinstance(start_time, datetime) else start_time
    if ms < 0:
        raise StreamsError(f"a punctuation's start time cannot be before 1970: {start_time!r}")
    return ms


def interval_ms(interval: Duration) -> int:
    """The interval of a schedule in ms; raises StreamsError when it is shorter than one."""
    if not isinstance(interval, int | timedelta):
        raise StreamsError(f"a punctuation's interval is milliseconds or a timedelta, not {interval!r}")
    ms = milliseconds(interval)
    if ms < 1:
        raise StreamsError(f"a punctuation's interval must be at least 1 ms, not {interval!r}")
    return ms
