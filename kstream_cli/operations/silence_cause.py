"""A cause of silence, and the names of those that instances tell of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A cause of silence."""

    cause: str
    """Its name, for scripts."""
    sentence: str
    remedy: str


NOT_KNOWN = "not known"
FAILED = "failed"
FAILS_AGAIN = "fails again and again"
PAUSED = "paused"
STUCK = "stuck in user code"
RESTORING = "restoring"
STARTING = "starting"
IDLE_PARTITION = "idle partition"
NULL_KEYS = "null keys"
ALL_LATE = "all late"
ALL_DROPPED = "all dropped"
EVERYTHING_FILTERED = "everything filtered"
HELD = "suppress holds results"
NEXT_COMMIT = "results wait for the commit"
AT_END = "input at its end"


def let_go(emit_on_idle_ms: int | None) -> str:
    """The remedy for results that wait for stream time."""
    if emit_on_idle_ms is None:
        return "Stream time moves with records only: send one with a later timestamp to each partition."
    return (
        f"emit_on_idle lets them go by the clock: without records for {emit_on_idle_ms / 1000:g} s, stream time "
        "is taken to go on from the last record."
    )


def clock(timestamp: int) -> str:
    """A time (ms) as local ISO 8601; as a number where there is no such time."""
    try:
        return datetime.fromtimestamp(timestamp / 1000).isoformat(sep=" ", timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(timestamp)
