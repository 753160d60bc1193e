"""Spans of time as the DSL takes them: milliseconds, a timedelta, or keywords."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from kstream_cli.errors import TopologyError

Duration: TypeAlias = int | timedelta
"""Milliseconds, or a timedelta."""


def in_ms(
    duration: Duration | None = None,
    *,
    what: str,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    milliseconds: float = 0,
) -> int:
    """Whole milliseconds. Raises TopologyError, naming `what`, when both forms or a wrong type are given."""
    keywords = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
    if duration is None:
        return _ms(keywords)
    if keywords:
        raise TopologyError(f"{what}: give milliseconds, a timedelta or keywords, not two of them")
    if isinstance(duration, timedelta):
        return _ms(duration)
    if isinstance(duration, int) and not isinstance(duration, bool):
        return duration
    raise TopologyError(f"{what} must be whole milliseconds or a timedelta, not {duration!r}")


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
