"""Times as a reader sees them."""

from __future__ import annotations

from datetime import datetime


def clock(timestamp: int) -> str:
    """Local time, to the millisecond; a timestamp (ms) that no calendar has is shown as it is."""
    try:
        return datetime.fromtimestamp(timestamp / 1000).isoformat(sep=" ", timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(timestamp)
