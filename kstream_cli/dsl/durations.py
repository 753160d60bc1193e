"""Spans of time as the DSL takes them: milliseconds, a timedelta, or keywords."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias, TypedDict

from kstream_cli.errors import TopologyError

Duration: TypeAlias = int | timedelta
"""Milliseconds, or a timedelta."""


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
            return _ms(timedelta(**span))
        except TypeError as error:
            known = ", ".join(Span.__annotations__)
            raise TopologyError(f"{what} takes milliseconds, a timedelta, or the keywords {known}: {error}") from error
    if span:
        raise TopologyError(f"{what}: give milliseconds, a timedelta or keywords, not two of them")
    if isinstance(duration, timedelta):
        return _ms(duration)
    if isinstance(duration, int) and not isinstance(duration, bool):
        return duration
    raise TopologyError(f"{what} must be whole milliseconds or a timedelta, not {duration!r}")


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
