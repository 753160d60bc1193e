"""Results that go out because traffic has stopped: what an operator tells its task, which watches the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class IdleEmission:
    """One operator that emits on idle. Times are in ms; `stream_time` is the operator's own, -1 before any record.

    While a task is idle, its wall clock stands in for records: the *idle stream time* is the stream time at the last
    record plus the wall-clock time since. Only what is emitted moves the operator's own stream time.
    """

    store: str
    """Where the results wait; its name is the one under which times are committed."""
    wait_ms: int
    """So long (wall clock) no record must have come."""
    stream_time: Callable[[], int]
    due: Callable[[], int]
    """The stream time at which the first result that waits goes out; NEVER for none."""
    emit: Callable[[int], int]
    """Emits what is due at that stream time; how many results that were."""
    resume: Callable[[int], None]
    """Told the stream time of before a restart, ahead of the first record."""
    node: str = ""
    emitted: int = 0
