"""How long, and within which bounds, KTable.suppress holds updates back (Java: Suppressed)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.durations import idle_ms, in_ms
from kstream_cli.dsl.naming import checked_name
from kstream_cli.duration import Duration
from kstream_cli.errors import TopologyError


@dataclass(frozen=True, slots=True)
class BufferConfig:
    """The limits of a suppress buffer, and what happens when it is full (Java: Suppressed.BufferConfig, KIP-328).

    `max_records` and `max_bytes` make a buffer that emits early when it is full. `unbounded` has no limit.

    Example:
        >>> BufferConfig.max_records(1_000).shut_down_when_full().record_limit
        1000
    """

    record_limit: int | None = None
    byte_limit: int | None = None
    emits_early: bool = False
    logging: bool = True
    changelog_config: Mapping[str, str] | None = None

    @classmethod
    def unbounded(cls) -> BufferConfig:
        """A buffer without limits: it grows as long as memory lasts."""
        return cls()

    @classmethod
    def max_records(cls, records: int) -> BufferConfig:
        """A buffer of up to this many records, which emits early when it is full."""
        return cls(record_limit=records, emits_early=True)

    @classmethod
    def max_bytes(cls, size: int) -> BufferConfig:
        """A buffer of up to this many bytes, which emits early when it is full."""
        return cls(byte_limit=size, emits_early=True)

    def with_max_records(self, records: int) -> BufferConfig:
        """The same buffer, with this limit of records."""
        return replace(self, record_limit=records)

    def with_max_bytes(self, size: int) -> BufferConfig:
        """The same buffer, with this limit of bytes."""
        return replace(self, byte_limit=size)

    def with_no_bound(self) -> BufferConfig:
        """The same buffer, without limits."""
        return replace(self, record_limit=None, byte_limit=None, emits_early=False)

    def with_logging(self, changelog_config: Mapping[str, str] | None = None) -> BufferConfig:
        """Keep a changelog topic; `changelog_config` overrides settings of that topic."""
        return replace(self, logging=True, changelog_config=changelog_config)

    def without_logging(self) -> BufferConfig:
        """Keep no changelog topic: updates that are held back are lost when the task moves."""
        return replace(self, logging=False, changelog_config=None)

    def emit_early_when_full(self) -> BufferConfig:
        """When the buffer is full, emit the oldest updates before their time."""
        return replace(self, emits_early=True)

    def shut_down_when_full(self) -> BufferConfig:
        """When the buffer is full, raise BufferFullError instead of emitting anything early."""
        return replace(self, emits_early=False)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """When `KTable.suppress` emits updates (Java: Suppressed, KIP-328).

    Stream time decides, and only records move it. With `emit_on_idle_ms`, the wall clock takes over once no record has
    come for that long. Results then depend on when they are made. A negative limit raises TopologyError.
    """

    limit_ms: int | None
    buffer: BufferConfig
    name: str | None = None
    emit_on_idle_ms: int | None = None

    def __post_init__(self) -> None:
        check_kind(self.buffer, "Suppressed", BufferConfig, remedy=", such as BufferConfig.unbounded()")
        if self.limit_ms is not None and self.limit_ms < 0:
            raise TopologyError(f"suppress time limit must not be negative: {self.limit_ms} ms")
        if self.name is not None:
            checked_name(self.name)

    @classmethod
    def until_window_closes(
        cls, buffer: BufferConfig, *, name: str | None = None, emit_on_idle: Duration | None = None
    ) -> Suppressed:
        """Emit only the final result of each window of a windowed table.

        A buffer that emits early raises TopologyError.

        `emit_on_idle` is a span of wall-clock time (ms or a timedelta, at least 1 ms; None: never). Once no record has
        come for that long, windows also close by the clock. A record that comes later for such a window is late. Java
        has nothing like it.

        Example:
            >>> Suppressed.until_window_closes(BufferConfig.unbounded(), emit_on_idle=30_000).emit_on_idle_ms
            30000
        """
        suppressed = cls(None, buffer, name, idle_ms(emit_on_idle))
        if buffer.emits_early:
            raise TopologyError(
                "suppress until the window closes cannot emit early: use BufferConfig.unbounded() "
                "or .shut_down_when_full()"
            )
        return suppressed

    @classmethod
    def until_time_limit(
        cls, limit: Duration, buffer: BufferConfig, *, name: str | None = None, emit_on_idle: Duration | None = None
    ) -> Suppressed:
        """Emit the last value of a key once stream time is `limit` (ms or a timedelta) past its first update held back.

        `emit_on_idle` is a span of wall-clock time (ms or a timedelta, at least 1 ms; None: never). Once no record has
        come for that long, stream time moves on with the clock. Java has nothing like it.

        Example:
            >>> Suppressed.until_time_limit(10_000, BufferConfig.max_records(100)).limit_ms
            10000
        """
        return cls(in_ms("suppress time limit", limit), buffer, name, idle_ms(emit_on_idle))

    def with_name(self, name: str) -> Suppressed:
        """The same, with a name for the processor and its buffer."""
        return replace(self, name=name)
