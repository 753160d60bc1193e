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


def cause_of_drop(reason: str) -> tuple[str, str]:
    """The cause of silence, and its remedy, where all records are dropped for one reason."""
    if "null key" in reason or "no key" in reason:
        return NULL_KEYS, "Give records a key before you group or join them: select_key, or a key in the input."
    if any(word in reason for word in ("too late", "retention")):
        return ALL_LATE, "Look at the records' timestamps, or give the windows a longer grace period."
    return ALL_DROPPED, "Look at a record that is dropped: kstream try --trace with such a record."


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
