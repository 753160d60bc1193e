"""Spans of time as the DSL takes them: a duration, or keywords."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from kstream_cli.duration import Duration, milliseconds
from kstream_cli.errors import TopologyError


class Span(TypedDict, total=False):
    """A span of time as keywords: `minutes=10`."""

    days: float
    hours: float
    minutes: float
    seconds: float
    milliseconds: float


def in_ms(what: str, duration: Duration | None, span: Span | None = None) -> int:
    """Whole milliseconds. Raises TopologyError, naming `what`, when no, a wrong or more than one form is given."""
    if duration is None:
        if not span:
            raise TopologyError(f"{what} is missing: give milliseconds, a timedelta, or keywords such as minutes=10")
        try:
            return milliseconds(timedelta(**span))
        except TypeError as error:
            known = ", ".join(Span.__annotations__)
            raise TopologyError(f"{what} takes milliseconds, a timedelta, or the keywords {known}: {error}") from error
    if span:
        raise TopologyError(f"{what}: give milliseconds, a timedelta or keywords, not two of them")
    if isinstance(duration, int | timedelta) and not isinstance(duration, bool):
        return milliseconds(duration)
    raise TopologyError(f"{what} must be whole milliseconds or a timedelta, not {duration!r}")


def idle_ms(emit_on_idle: Duration | None) -> int | None:
    """How long (ms of wall clock) no record must have come until results go out; None: they wait for stream time."""
    if emit_on_idle is None:
        return None
    ms = in_ms("emit_on_idle", emit_on_idle)
    if ms < 1:
        raise TopologyError(f"emit_on_idle must be at least 1 ms, not {ms} ms; leave it out to wait for records")
    return ms
