"""Spans of time as every layer takes them: whole milliseconds, or a timedelta."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

Duration: TypeAlias = int | timedelta
"""Milliseconds, or a timedelta."""


def milliseconds(duration: Duration) -> int:
    """Whole milliseconds; what a timedelta has beyond them is cut off."""
    return duration // timedelta(milliseconds=1) if isinstance(duration, timedelta) else duration
