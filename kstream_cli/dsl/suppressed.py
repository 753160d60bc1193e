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
    """Bounds of a suppress buffer, and what happens when it is full. None is no bound.

    Made by `max_records`, `max_bytes` (these emit early when full) or `unbounded`, then changed by the with_* methods.
    """

    record_limit: int | None = None
    byte_limit: int | None = None
    emits_early: bool = False
    logging: bool = True
    changelog_config: Mapping[str, str] | None = None

    @classmethod
    def unbounded(cls) -> BufferConfig:
        return cls()

    @classmethod
    def max_records(cls, records: int) -> BufferConfig:
        return cls(record_limit=records, emits_early=True)

    @classmethod
    def max_bytes(cls, size: int) -> BufferConfig:
        return cls(byte_limit=size, emits_early=True)

    def with_max_records(self, records: int) -> BufferConfig:
        return replace(self, record_limit=records)

    def with_max_bytes(self, size: int) -> BufferConfig:
        return replace(self, byte_limit=size)

    def with_no_bound(self) -> BufferConfig:
        return replace(self, record_limit=None, byte_limit=None, emits_early=False)

    def with_logging(self, changelog_config: Mapping[str, str] | None = None) -> BufferConfig:
        """Keep a changelog, with these settings over its defaults."""
        return replace(self, logging=True, changelog_config=changelog_config)

    def without_logging(self) -> BufferConfig:
        """Keep no changelog: what is held back is lost with the task."""
        return replace(self, logging=False, changelog_config=None)

    def emit_early_when_full(self) -> BufferConfig:
        """When full, let the oldest updates go before their time."""
        return replace(self, emits_early=True)

    def shut_down_when_full(self) -> BufferConfig:
        """When full, fail with BufferFullError rather than emit anything early."""
        return replace(self, emits_early=False)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """When updates come out. `limit_ms` None: when their window closes, one final result per window and key.

    Stream time says when, and it moves with records only. With `emit_on_idle_ms`, the wall clock takes over once no
    record has come for so long; what comes out is then not deterministic.
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
        """Only the final result of each window, for windowed tables.

        `emit_on_idle` (ms or a timedelta of wall clock, at least 1 ms; None: never) also closes windows once no record
        has come for so long; a record that comes for such a window later is late. Beyond Java.

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
        """The latest value of a key, once stream time is `limit` past the first update held back.

        `emit_on_idle` (ms or a timedelta of wall clock, at least 1 ms; None: never): once no record has come for so
        long, stream time is taken to go on with the wall clock. Beyond Java.
        """
        return cls(in_ms("suppress time limit", limit), buffer, name, idle_ms(emit_on_idle))

    def with_name(self, name: str) -> Suppressed:
        return replace(self, name=name)
