"""The builders of stores: which store is wanted, as data. The store's own code is imported when one is built.

So a topology can be described, drawn and checked without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.store import StateStore, StoreBuilder

K = TypeVar("K")
V = TypeVar("V")

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValueStoreBuilder(StoreBuilder[K, V]):
    """A key-value store; `max_entries` makes it a map in memory that drops the least recently used entry."""

    needs_serdes: ClassVar[bool] = True

    timestamped: bool = False
    max_entries: int | None = None

    def build(self) -> StateStore:
        if self.max_entries is not None:
            from kstream_cli.state.kinds.lru_map import LruMap

            return LruMap(self, timestamped=self.timestamped, max_entries=self.max_entries)
        from kstream_cli.state.kinds.key_value_store import KeyValueTable

        return KeyValueTable(self, timestamped=self.timestamped)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return {"cleanup.policy": "compact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStoreBuilder(StoreBuilder[K, V]):
    """A window store; `retain_duplicates` keeps every value put (stream-stream joins), and switches caching off."""

    needs_serdes: ClassVar[bool] = True

    retention_ms: int
    window_size_ms: int
    retain_duplicates: bool = False
    timestamped: bool = False
    time_first: bool = False
    end_of: Callable[[int], int] | None = None
    """Start -> end of a window (ms), where windows differ in size. `window_size_ms` is the longest then."""

    def __post_init__(self) -> None:
        if self.retention_ms < 0 or self.window_size_ms < 0:
            raise TopologyError(f"window store {self.name!r}: retention and window size cannot be negative")
        if self.retention_ms < self.window_size_ms:
            raise TopologyError(
                f"window store {self.name!r}: its retention ({self.retention_ms} ms) must be at least the window size "
                f"({self.window_size_ms} ms)"
            )

    def build(self) -> StateStore:
        from kstream_cli.state.kinds.window_store import WindowTable

        return WindowTable(self)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return _windowed_changelog_defaults(self.retention_ms, config)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStoreBuilder(StoreBuilder[K, V]):
    """A session store; `time_first` keeps the order of session ends at hand (ON_WINDOW_CLOSE)."""

    needs_serdes: ClassVar[bool] = True

    retention_ms: int
    time_first: bool = False
    aggregates_alone: bool = False
    """Rows keep no headers after all, as in the stores of the DSL, whose aggregates have none."""

    def __post_init__(self) -> None:
        if self.retention_ms < 0:
            raise TopologyError(f"session store {self.name!r}: its retention cannot be negative")

    def build(self) -> StateStore:
        from kstream_cli.state.kinds.session_store import SessionTable

        return SessionTable(self)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return _windowed_changelog_defaults(self.retention_ms, config)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedStoreBuilder(StoreBuilder[K, V]):
    """A versioned store; it is never cached. `segment_interval_ms` None chooses by the retention, as Java does."""

    needs_serdes: ClassVar[bool] = True

    history_retention_ms: int
    segment_interval_ms: int | None = None

    def __post_init__(self) -> None:
        if self.history_retention_ms < 0:
            raise TopologyError(f"versioned store {self.name!r}: its history retention cannot be negative")
        if self.segment_interval_ms is not None and self.segment_interval_ms < 1:
            raise TopologyError(f"versioned store {self.name!r}: its segment interval must be above 0")

    def build(self) -> StateStore:
        from kstream_cli.state.kinds.versioned_store import VersionedTable

        return VersionedTable(self)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return {"cleanup.policy": "compact", "min.compaction.lag.ms": str(self.history_retention_ms + _DAY_MS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressBufferBuilder(StoreBuilder[K, V]):
    """A suppress buffer. It is kept in memory and has a changelog; it is never cached."""

    needs_serdes: ClassVar[bool] = True

    def build(self) -> StateStore:
        from kstream_cli.state.kinds.suppress_buffer import SuppressBuffer

        return SuppressBuffer(self)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return {"cleanup.policy": "compact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOrderedBufferBuilder(StoreBuilder[K, V]):
    """A buffer of stream records that are held back for `grace_ms`; it is never cached."""

    needs_serdes: ClassVar[bool] = True

    grace_ms: int

    def build(self) -> StateStore:
        from kstream_cli.state.kinds.time_ordered_buffer import TimeOrderedBuffer

        return TimeOrderedBuffer(self)

    def changelog_defaults(self, config: Config) -> dict[str, str]:
        return {"cleanup.policy": "compact"}


def _windowed_changelog_defaults(retention_ms: int, config: Config) -> dict[str, str]:
    """Compacted, and deleted once past the retention and the configured time on top of it."""
    kept = min(retention_ms + config.windowstore_changelog_additional_retention_ms, LONG_MAX)
    return {"cleanup.policy": "compact,delete", "retention.ms": str(kept)}
