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
    """Windows [start, start + size), aligned to the epoch: tumbling, or hopping with `advance_by`."""

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
        """Tumbling windows of that size."""
        size_ms = in_ms("window size", size, span)
        return cls(size_ms, size_ms)

    def advance_by(self, advance: Duration | None = None, **span: Unpack[Span]) -> TimeWindows:
        """Hopping windows: one starts every `advance`."""
        return replace(self, advance_ms=in_ms("window advance", advance, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> TimeWindows:
        """Take late records for that long after a window's end."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    def starts_for(self, timestamp: int) -> range:
        """The starts of the windows that contain the timestamp, ascending; none is below 0."""
        advance = self.advance_ms
        first = max(0, timestamp - self.size_ms + advance) // advance * advance
        return range(first, timestamp + 1, advance)

    def same_starts(self, timestamp: int) -> tuple[tuple[int, ...], int, int]:
        """The starts for a timestamp, and from when until when (exclusive) others have the same ones."""
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
    """Windows [start, start + difference], both ends inclusive, one for each set of records that fit in one."""

    difference_ms: int
    grace_ms: int = 0

    def __post_init__(self) -> None:
        _require(self.difference_ms >= 0, f"time difference must not be negative: {self.difference_ms} ms")
        _require_grace(self.grace_ms)

    @classmethod
    def of_time_difference(cls, difference: Duration | None = None, **span: Unpack[Span]) -> SlidingWindows:
        """Windows whose records are at most that far apart."""
        return cls(in_ms("time difference", difference, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> SlidingWindows:
        """Take late records for that long after a window's end."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows: new windows are made from those up to two differences back."""
        return 2 * self.difference_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class SessionWindows:
    """Sessions [first, last], both ends inclusive, that end when nothing comes for longer than the gap."""

    gap_ms: int
    grace_ms: int = 0

    def __post_init__(self) -> None:
        _require(self.gap_ms >= 0, f"inactivity gap must not be negative: {self.gap_ms} ms")
        _require_grace(self.grace_ms)

    @classmethod
    def of_inactivity_gap(cls, gap: Duration | None = None, **span: Unpack[Span]) -> SessionWindows:
        """Sessions separated by gaps longer than that."""
        return cls(in_ms("inactivity gap", gap, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> SessionWindows:
        """Take late records for that long after a session could no longer be extended."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows for these sessions."""
        return self.gap_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class UnlimitedWindows:
    """One window without end; records before its start are left out."""

    start_ms: int = 0
    grace_ms: ClassVar[int] = 0

    def __post_init__(self) -> None:
        _require(self.start_ms >= 0, f"window start must not be negative: {self.start_ms} ms")

    @classmethod
    def of(cls) -> UnlimitedWindows:
        """The window that starts at 0."""
        return cls()

    def start_on(self, start: Duration) -> UnlimitedWindows:
        """The window that starts at that time (ms since the epoch)."""
        return replace(self, start_ms=in_ms("window start", start))

    def starts_for(self, timestamp: int) -> tuple[int, ...]:
        """The window's start, where the timestamp is not before it."""
        return (self.start_ms,) if timestamp >= self.start_ms else ()

    def same_starts(self, timestamp: int) -> tuple[tuple[int, ...], int, int]:
        """The starts for a timestamp, and from when until when (exclusive) others have the same ones."""
        starts = self.starts_for(timestamp)
        return (starts, self.start_ms, LONG_MAX) if starts else (starts, timestamp, timestamp + 1)

    @property
    def size_ms(self) -> int:
        """Up to the end of time."""
        return LONG_MAX - self.start_ms

    @property
    def retention_ms(self) -> int:
        return LONG_MAX


@dataclass(frozen=True, slots=True)
class JoinWindows:
    """Two records join when the other's timestamp is from `before_ms` before to `after_ms` after this one's."""

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
        """Records at most that far apart join."""
        difference_ms = in_ms("time difference", difference, span)
        return cls(difference_ms, difference_ms)

    def before(self, before: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """How far before this record the other may be; negative: it must be later than this one."""
        return replace(self, before_ms=in_ms("time before", before, span))

    def after(self, after: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """How far after this record the other may be; negative: it must be earlier than this one."""
        return replace(self, after_ms=in_ms("time after", after, span))

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> JoinWindows:
        """Take late records for that long after the window's end."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    @property
    def size_ms(self) -> int:
        return self.before_ms + self.after_ms

    @property
    def retention_ms(self) -> int:
        """How long each side's store must keep records."""
        return self.size_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class EmitStrategy:
    """When a window's result is emitted: at each update, or once, when it has closed."""

    on_close: bool = False
    emit_on_idle_ms: int | None = None

    @classmethod
    def on_window_update(cls) -> EmitStrategy:
        """At each update; the default."""
        return cls(on_close=False)

    @classmethod
    def on_window_close(cls, *, emit_on_idle: Duration | None = None) -> EmitStrategy:
        """Once, after the window's end and grace period.

        `emit_on_idle` (ms or a timedelta of wall clock, at least 1 ms; None: never) also closes windows once no record
        has come for so long; a record that comes for such a window later is late. Beyond Java.

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
