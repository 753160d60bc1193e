"""What a trace consists of: steps, each after the one that it came from, and what nodes did in all."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from kstream_cli.record import NO_HEADERS, Headers


class Did(Enum):
    """What happened in a step. The values are words of the commands' JSON."""

    FED = "fed"
    """A record was fed in to a topic, from outside."""
    ADVANCED = "advanced"
    """The wall clock was advanced, to `timestamp`."""
    TOOK = "took"
    """A node took a record."""
    READ = "read"
    """A node read a row of a store, or several."""
    WROTE = "wrote"
    """A node wrote a row of a store: `old` became `value`."""
    SENT = "sent"
    """A sink sent a record to a topic."""
    CROSSED = "crossed"
    """A sink sent a record to a repartition topic, from which the topology reads it again."""
    DROPPED = "dropped"
    """A node, or the task, dropped the record."""
    HELD = "held"
    """A node keeps the record for later."""
    ENDED = "ended"
    """A node gave on nothing, and nothing says that this is a loss."""
    CACHED = "cached"
    """The row waits in the store's cache for the commit."""
    FLUSHED = "flushed"
    """A store's cache gave on a row at a commit."""
    PUNCTUATED = "punctuated"
    """A punctuation of a node ran, at `timestamp`."""


@dataclass(slots=True, kw_only=True)
class Step:
    """One step. `after` is the number of the step that it came from; None for the first of a trace."""

    number: int
    after: int | None
    did: Did
    node: str | None = None
    store: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    key: Any = None
    value: Any = None
    old: Any = None
    timestamp: int | None = None
    headers: Headers = NO_HEADERS
    is_scan: bool = False
    """Whether a READ asked for several rows: `value` is a list of (key, value) then."""
    reason: str | None = None
    """Why the record went no further, in words that are the same for all records that this happens to."""
    facts: str | None = None
    """What is so about this one: times, windows, stores."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a node gave on nothing: HELD, DROPPED, CACHED or ENDED."""

    did: Did
    reason: str
    facts: str | None = None


@dataclass(slots=True)
class NodeCounts:
    """What a node did in all."""

    taken: int = 0
    forwarded: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """By reason."""
    held: Counter[str] = field(default_factory=Counter)
    """By reason; what was let go later is still counted."""
    seconds: float = 0.0
    """Spent in the node itself, not in those that it forwards to."""


_IMMUTABLE = frozenset({int, str, float, bytes, bool, type(None)})


def as_it_is(value: Any) -> Any:
    """The value as it is now: a copy where user code could change it later."""
    if type(value) in _IMMUTABLE:
        return value
    try:
        return deepcopy(value)
    except Exception:
        return value
