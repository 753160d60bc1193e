"""Windows by which a grouped stream is aggregated, and by which two streams are joined.

A span of time is given as milliseconds, a timedelta, or keywords (`minutes=10`). Windows have no grace by default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Unpack

from kstream_cli.dsl.durations import Span, idle_ms, in_ms
from kstream_cli.duration import Duration
from kstream_cli.errors import TopologyError
from kstream_cli.serde.windowed import LONG_MAX


@dataclass(frozen=True, slots=True)
class TimeWindows:
    """Windows [start, start + size) in ms: tumbling, or hopping with `advance_by` (Java: TimeWindows).

    They are aligned to the epoch. A span is milliseconds, a timedelta or keywords. A size, advance or grace that is not
    allowed raises TopologyError.

    Example:
        >>> list(TimeWindows.of_size(minutes=10).advance_by(minutes=5).grace(minutes=1).starts_for(720_000))
        [300000, 600000]
    """

    size_ms: int
    advance_ms: int
    grace_ms: int = 0

    def __post_init__(self) -> None:
        _require(self.size_ms > 0, f"window size must be more than 0 ms, not {self.size_ms}")
        _require(
            0 < self.advance_ms <= self.size_ms,
            f"windows must advance by more than 0 and at most their size of {self.size_ms} ms, not {self.advance_ms}",
        )
        _require_grace(self.grace_ms)

    @classmethod
    def of_size(cls, size: Duration | None = None, **span: Unpack[Span]) -> TimeWindows:
        """Tumbling windows of this size: milliseconds, a timedelta, or keywords such as `minutes=10`."""
        size_ms = in_ms("window size", size, span)
        return cls(size_ms, size_ms)

    def advance_by(self, advance: Duration | None = None, **span: Unpack[Span]) -> TimeWindows:
        """Hopping windows: one starts every `advance`, which must not be longer than the size."""
        return replace(self, advance_ms=in_ms("window advance", advance, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> TimeWindows:
        """Take late records for this long after a window's end. The default is 0 ms."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    def starts_for(self, timestamp: int) -> range:
        """The starts of the windows that contain the timestamp, ascending; none is below 0."""
        advance = self.advance_ms
        first = max(0, timestamp - self.size_ms + advance) // advance * advance
        return range(first, timestamp + 1, advance)

    def same_starts(self, timestamp: int) -> tuple[tuple[int, ...], int, int]:
        """The starts for a timestamp, and the first and last (exclusive) timestamp in ms that have the same ones."""
        starts, advance = tuple(self.starts_for(timestamp)), self.advance_ms
        if self.size_ms % advance:
            return starts, timestamp, timestamp + 1
        begin = timestamp // advance * advance
        return starts, begin, begin + advance

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows for these windows."""
        return self.size_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class SlidingWindows:
    """Windows [start, start + difference] in ms, both ends inclusive (Java: SlidingWindows, KIP-450).

    There is one for each set of records that fit into one. A negative span raises TopologyError.

    Example:
        >>> SlidingWindows.of_time_difference(minutes=10).grace(seconds=30)
        SlidingWindows(difference_ms=600000, grace_ms=30000)
    """

    difference_ms: int
    grace_ms: int = 0

    def __post_init__(self) -> None:
        _require(self.difference_ms >= 0, f"time difference must not be negative: {self.difference_ms} ms")
        _require_grace(self.grace_ms)

    @classmethod
    def of_time_difference(cls, difference: Duration | None = None, **span: Unpack[Span]) -> SlidingWindows:
        """Windows whose records are at most this far apart: milliseconds, a timedelta, or keywords (`minutes=10`)."""
        return cls(in_ms("time difference", difference, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> SlidingWindows:
        """Take late records for this long after a window's end. The default is 0 ms."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows: new windows are made from those up to two differences back."""
        return 2 * self.difference_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class SessionWindows:
    """Sessions [first, last] in ms, both ends inclusive, which end when no record comes for longer than the gap.

    Records that connect two sessions merge them (Java: SessionWindows). A negative span raises TopologyError.

    Example:
        >>> SessionWindows.of_inactivity_gap(minutes=30).grace(minutes=5)
        SessionWindows(gap_ms=1800000, grace_ms=300000)
    """

    gap_ms: int
    grace_ms: int = 0

    def __post_init__(self) -> None:
        _require(self.gap_ms >= 0, f"inactivity gap must not be negative: {self.gap_ms} ms")
        _require_grace(self.grace_ms)

    @classmethod
    def of_inactivity_gap(cls, gap: Duration | None = None, **span: Unpack[Span]) -> SessionWindows:
        """Sessions with longer gaps than this between them: milliseconds, a timedelta, or keywords (`minutes=30`)."""
        return cls(in_ms("inactivity gap", gap, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> SessionWindows:
        """Take late records for this long after a session can no longer be extended. The default is 0 ms."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows for these sessions."""
        return self.gap_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class UnlimitedWindows:
    """One window without an end; records before its start are left out (Java: UnlimitedWindows).

    A negative start raises TopologyError.

    Example:
        >>> UnlimitedWindows.of().start_on(1_767_225_600_000)
        UnlimitedWindows(start_ms=1767225600000)
    """

    start_ms: int = 0
    grace_ms: ClassVar[int] = 0

    def __post_init__(self) -> None:
        _require(self.start_ms >= 0, f"window start must not be negative: {self.start_ms} ms")

    @classmethod
    def of(cls) -> UnlimitedWindows:
        """The window that starts at 0."""
        return cls()

    def start_on(self, start: Duration) -> UnlimitedWindows:
        """The window that starts at this time, in ms since the epoch."""
        return replace(self, start_ms=in_ms("window start", start))

    def starts_for(self, timestamp: int) -> tuple[int, ...]:
        """The window's start, unless the timestamp is before it."""
        return (self.start_ms,) if timestamp >= self.start_ms else ()

    def same_starts(self, timestamp: int) -> tuple[tuple[int, ...], int, int]:
        """The starts for a timestamp, and the first and last (exclusive) timestamp in ms that have the same ones."""
        starts = self.starts_for(timestamp)
        return (starts, self.start_ms, LONG_MAX) if starts else (starts, timestamp, timestamp + 1)

    @property
    def size_ms(self) -> int:
        """The time from its start to the last timestamp that Kafka has."""
        return LONG_MAX - self.start_ms

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows for this window: for ever."""
        return LONG_MAX


@dataclass(frozen=True, slots=True)
class JoinWindows:
    """Two records join if the other one is from `before_ms` before this one to `after_ms` after it (Java: JoinWindows).

    A window that ends before it starts raises TopologyError, and so does a negative grace.

    Example:
        >>> JoinWindows.of_time_difference(minutes=5).after(minutes=1).grace(seconds=10)
        JoinWindows(before_ms=300000, after_ms=60000, grace_ms=10000)
    """

    before_ms: int
    after_ms: int
    grace_ms: int = 0

    def __post_init__(self) -> None:
        _require(
            self.before_ms + self.after_ms >= 0,
            f"a join window must not end before it starts: {self.before_ms} ms before, {self.after_ms} ms after",
        )
        _require_grace(self.grace_ms)

    @classmethod
    def of_time_difference(cls, difference: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """Records join if they are at most this far apart: milliseconds, a timedelta, or keywords (`minutes=5`)."""
        difference_ms = in_ms("time difference", difference, span)
        return cls(difference_ms, difference_ms)

    def before(self, before: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """How far before this record the other one may be. Negative: it must be later than this one."""
        return replace(self, before_ms=in_ms("time before", before, span))

    def after(self, after: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """How far after this record the other one may be. Negative: it must be earlier than this one."""
        return replace(self, after_ms=in_ms("time after", after, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """Take late records for this long after the window's end. The default is 0 ms."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    @property
    def size_ms(self) -> int:
        """How far apart, from the earliest to the latest, the records may be that join with one record."""
        return self.before_ms + self.after_ms

    @property
    def retention_ms(self) -> int:
        """How long each side's store must keep records."""
        return self.size_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class EmitStrategy:
    """When the result of a window is emitted: at each update, or once, when it has closed (Java, KIP-825)."""

    on_close: bool = False
    emit_on_idle_ms: int | None = None

    @classmethod
    def on_window_update(cls) -> EmitStrategy:
        """At each update; the default."""
        return cls(on_close=False)

    @classmethod
    def on_window_close(cls, *, emit_on_idle: Duration | None = None) -> EmitStrategy:
        """Once, after the window's end and grace period.

        `emit_on_idle` is a span of wall-clock time (ms or a timedelta, at least 1 ms; None: never). Once no record has
        come for that long, windows also close by the clock. A record that comes later for such a window is late. Java
        has nothing like it.

        Example:
            >>> EmitStrategy.on_window_close(emit_on_idle=30_000).emit_on_idle_ms
            30000
        """
        return cls(on_close=True, emit_on_idle_ms=idle_ms(emit_on_idle))


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise TopologyError(message)


def _require_grace(grace_ms: int) -> None:
    _require(grace_ms >= 0, f"grace period must not be negative: {grace_ms} ms")
