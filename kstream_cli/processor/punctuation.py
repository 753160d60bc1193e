"""Scheduled punctuations of one task, by stream time or by wall clock (Kafka Streams page, section 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
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


def interval_ms(interval: Duration) -> int:
    """The interval of a schedule in ms; raises StreamsError when it is shorter than one."""
    if not isinstance(interval, int | timedelta):
        raise StreamsError(f"a punctuation's interval is milliseconds or a timedelta, not {interval!r}")
    ms = milliseconds(interval)
    if ms < 1:
        raise StreamsError(f"a punctuation's interval must be at least 1 ms, not {interval!r}")
    return ms
