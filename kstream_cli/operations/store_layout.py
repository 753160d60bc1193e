"""How a store's rows stand on its changelog: where the key is in a row's key, and which time a row is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kstream_cli.serde.serde import Serde
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.builders import (
    KeyValueStoreBuilder,
    SessionStoreBuilder,
    SuppressBufferBuilder,
    TimeOrderedBufferBuilder,
    VersionedStoreBuilder,
    WindowStoreBuilder,
)
from kstream_cli.state.kinds.key_schema import END_AND_START, SESSION_TAIL, TIME, WINDOW_TAIL
from kstream_cli.state.store import StoreBuilder

LAST_TIME = 253_402_300_799_999
"""The last millisecond of the year 9999: what is above is no time."""
_BUFFER_HEAD, _BUFFER_TAIL = 9, 4
_VERSION_HEADER = "v"


class StoreKind(StrEnum):
    """What a store is, as its changelog shows it."""

    key_value = "key-value"
    window = "window"
    session = "session"
    versioned = "versioned"
    suppress = "suppress"
    join_buffer = "join-buffer"


_KINDS: tuple[tuple[type[StoreBuilder[Any, Any]], StoreKind], ...] = (
    (WindowStoreBuilder, StoreKind.window),
    (SessionStoreBuilder, StoreKind.session),
    (VersionedStoreBuilder, StoreKind.versioned),
    (SuppressBufferBuilder, StoreKind.suppress),
    (TimeOrderedBufferBuilder, StoreKind.join_buffer),
)


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """Where key and times are in the rows of a store of one kind."""

    kind: StoreKind
    retention_ms: int | None = None
    """How long rows are kept after the newest time of their partition; None is for ever, or not known."""

    @classmethod
    def of(cls, builder: StoreBuilder[Any, Any]) -> StoreLayout:
        kind = next((kind for builders, kind in _KINDS if isinstance(builder, builders)), StoreKind.key_value)
        if isinstance(builder, VersionedStoreBuilder):
            return cls(kind, builder.history_retention_ms)
        if isinstance(builder, WindowStoreBuilder):
            # Where rows lie in order of time, Java's reads reach one millisecond further back.
            is_by_time = builder.time_first and builder.persistent and not builder.retain_duplicates
            return cls(kind, builder.retention_ms + is_by_time)
        if isinstance(builder, SessionStoreBuilder):
            return cls(kind, builder.retention_ms)
        return cls(kind)

    @property
    def is_windowed(self) -> bool:
        return self.kind in (StoreKind.window, StoreKind.session)

    def key(self, row: bytes) -> bytes:
        """The bytes of the key alone."""
        match self.kind:
            case StoreKind.window:
                return row[:-WINDOW_TAIL]
            case StoreKind.session:
                return row[:-SESSION_TAIL]
            case StoreKind.join_buffer:
                return row[_BUFFER_HEAD:-_BUFFER_TAIL]
            case _:
                return row

    def times(self, row: bytes, timestamp: int) -> tuple[int, int]:
        """The first and the last time (ms) that a row is of: a window's start twice, as Java fetches windows by their
        start; a session's start and end; the record's timestamp, where rows have no time."""
        match self.kind:
            case StoreKind.window:
                start = TIME.unpack_from(row, len(row) - WINDOW_TAIL)[0]
                return start, start
            case StoreKind.session:
                end, start = END_AND_START.unpack(row[-SESSION_TAIL:])
                return start, end
            case StoreKind.join_buffer:
                time = TIME.unpack_from(row, 1)[0]
                return time, time
            case _:
                return timestamp, timestamp


def builder_of(
    kind: StoreKind, name: str, key: Serde[Any] | None, value: Serde[Any] | None, window_size_ms: int | None
) -> StoreBuilder[Any, Any]:
    """A store of which only the kind and the serdes are known. Windows of unknown size have no end."""
    named: dict[str, Any] = {"name": name, "key": key, "value": value}
    match kind:
        case StoreKind.window:
            size = LONG_MAX if window_size_ms is None else window_size_ms
            return WindowStoreBuilder(**named, window_size_ms=size, retention_ms=LONG_MAX)
        case StoreKind.session:
            return SessionStoreBuilder(**named, retention_ms=LONG_MAX)
        case StoreKind.versioned:
            return VersionedStoreBuilder(**named, history_retention_ms=LONG_MAX)
        case StoreKind.suppress:
            return SuppressBufferBuilder(**named)
        case StoreKind.join_buffer:
            return TimeOrderedBufferBuilder(**named, grace_ms=0)
        case _:
            return KeyValueStoreBuilder(**named)


def kind_seen(settings: Mapping[str, str], record: Any | None) -> StoreKind:
    """What a changelog of which nothing is known is of, by its topic's settings and one of its records.

    Windows and sessions are deleted after a while; versions are not compacted at once; rows of a suppress buffer
    say so in a header. A buffer of a join cannot be told from a key-value store.
    """
    if "delete" in settings.get("cleanup.policy", ""):
        return StoreKind.session if record is not None and _is_session(record.key()) else StoreKind.window
    if record is not None and any(name == _VERSION_HEADER for name, _ in record.headers() or ()):
        return StoreKind.suppress
    if int(settings.get("min.compaction.lag.ms", "0")) > 0:
        return StoreKind.versioned
    return StoreKind.key_value


def _is_session(row: bytes | None) -> bool:
    if row is None or len(row) < SESSION_TAIL:
        return False
    end, start = END_AND_START.unpack(row[-SESSION_TAIL:])
    return bool(0 <= start <= end <= LAST_TIME)
