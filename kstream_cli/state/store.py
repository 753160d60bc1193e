"""What every state store offers: the lifecycle a task drives, and the typed interfaces that processors use.

Order at a commit, kept by the task: `flush()` of every store (cached updates go downstream and to the changelog),
then the producer's commit, then `commit(offset)` of every store. Between commits no write reaches the disk, so a
store on disk is never ahead of its changelog and closing one never has to write anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from kstream_cli.config import Config
from kstream_cli.record import Headers, RawRecord
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.thread_cache import ThreadCache

if TYPE_CHECKING:
    from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes

K = TypeVar("K")
V = TypeVar("V")

ValueAndTimestamp: TypeAlias = tuple[V, int]
"""A value and the record timestamp (ms) it carries: what the timestamped stores hold."""

Measure: TypeAlias = Callable[[], float | None]
"""Reads one number about a store."""

FlushListener: TypeAlias = Callable[[Any, Any, Any, int, Headers], None]
"""Told (key, new, old, timestamp, headers) of each cached update when it is flushed; old is None unless asked for.

`new` and `old` are plain values, also of a timestamped store: the new value's timestamp is `timestamp` (that of the
record being processed for a tombstone, the session's end in a session store). Keys of window and session stores are
`Windowed`. While the listener runs, the context's `current`, `timestamp` and `headers` are those of the update.
"""

ChangelogAppend: TypeAlias = Callable[[bytes, bytes | None, int | None, Headers], None]
"""Sends (key, value or None for a tombstone, timestamp, headers) to the store's changelog partition.

Timestamp None leaves it to the producer's own clock, as the buffers of suppress and of joins with grace do.
"""


class StoreContext(Protocol):
    """What a store is given when its task opens it."""

    config: Config
    task: str
    """The task's id, for messages."""
    directory: Path
    """The task's own state directory; made by whoever opens a persistent store in it."""
    current: RawRecord | None
    """The record being processed. A cached update remembers it, and puts it back while the update is flushed."""
    keeps_records: bool
    """Whether it does, for somebody may ask for it then."""
    timestamp: int
    """Timestamp (ms) of the record being processed, as the node that writes to the store sees it (punctuation: its
    time). Changelog records of plain values and of tombstones carry it."""
    headers: Headers
    """Headers of the record being processed, kept with a cached update."""
    uncommitted: UncommittedBytes
    """What the stores of the thread have written since the last commit."""
    has_one_topic_size: bool
    """Whether the names of all topics that records come from have the same length, which counts in a record cache."""
    cache: ThreadCache
    """The room that the caches of this thread share; none switches caching off for every store."""

    def request_commit(self) -> None:
        """Ask for a commit soon: the store's write buffer is full."""

    def now(self) -> int:
        """Wall-clock time in ms, as the task sees it."""

    def changelog_topic(self, store: str) -> str: ...

    def changelog(self, store: str) -> ChangelogAppend | None:
        """Where the store's changes go; None when it keeps no changelog."""

    def dropped(self, reason: str) -> None:
        """Count (and log) one dropped record, e.g. a write past a window store's retention."""


class StateStore(ABC):
    """One store of one task. `name` is unique in a topology."""

    name: str
    persistent: bool
    is_open: bool = False
    restores_headers: bool = False
    """Whether `restore` wants the records' headers, too: as a fourth in each."""

    @abstractmethod
    def open(self, context: StoreContext) -> None:
        """Open the store as of its last commit. Raises StoreError when its files cannot be read."""

    @abstractmethod
    def restore(self, records: Iterable[Any]) -> None:
        """Apply changelog records (key, value, timestamp), without logging them again. Durable after `commit`.

        A store that `restores_headers` is given (key, value, timestamp, headers) of each.
        """

    @abstractmethod
    def flush(self) -> None:
        """Pass cached updates to the changelog and downstream. Does not touch the disk."""

    @abstractmethod
    def commit(self, offset: int | None) -> None:
        """Make all writes durable together with `offset`, the next changelog offset to read at a restore.

        None keeps the offset committed before: replaying more of the changelog than needed is always safe.
        """

    @property
    @abstractmethod
    def committed_offset(self) -> int | None:
        """The offset given to the last durable `commit`; None when a restore must start from the beginning."""

    @abstractmethod
    def close(self) -> None:
        """Close without writing: uncommitted writes are dropped. May be called twice."""

    def measures(self) -> Mapping[str, Measure]:
        """What an open store can tell of its size and state, by Kafka Streams' name of the metric; for any thread."""
        return {}


class StoreIterator(AbstractContextManager["StoreIterator[V]"], Iterator[V], Generic[V]):
    """Iterates over rows of a store; close it, or use it in a `with` block. Using it closed raises StoreClosedError.

    A loop that is under way may be given some more rows, which were read already.
    """

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> StoreIterator[V]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class CachedStore(Protocol):
    """The side of a store through which the DSL learns of cached updates."""

    cached: bool
    """True when updates are held back until `flush`; the operator then forwards from the listener only."""

    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None: ...


class ReadOnlyKeyValueStore(ABC, Generic[K, V]):
    """Keys to values. Order is that of the serialised keys, unsigned byte by byte. A null key raises TypeError."""

    @abstractmethod
    def get(self, key: K) -> V | None: ...
    @abstractmethod
    def range(self, key_from: K | None = None, key_to: K | None = None) -> StoreIterator[tuple[K, V]]:
        """Rows from `key_from` to `key_to`, both inclusive; None leaves an end open."""

    @abstractmethod
    def reverse_range(self, key_from: K | None = None, key_to: K | None = None) -> StoreIterator[tuple[K, V]]: ...
    @abstractmethod
    def all(self) -> StoreIterator[tuple[K, V]]: ...
    @abstractmethod
    def reverse_all(self) -> StoreIterator[tuple[K, V]]: ...
    @abstractmethod
    def prefix_scan(self, prefix: Any, serde: SerdeLike[Any] | None = None) -> StoreIterator[tuple[K, V]]:
        """Rows whose serialised key starts with `prefix` as a serde or Python type (default: the key's) writes it."""

    @abstractmethod
    def approximate_num_entries(self) -> int: ...


class KeyValueStore(StateStore, ReadOnlyKeyValueStore[K, V]):
    """A key-value store. A timestamped one holds `ValueAndTimestamp` pairs as its values."""

    cached: bool = False

    @abstractmethod
    def put(self, key: K, value: V | None) -> None:
        """Set the value; None deletes the key."""

    @abstractmethod
    def put_if_absent(self, key: K, value: V) -> V | None:
        """Set the value unless there is one; returns the value there was."""

    @abstractmethod
    def put_all(self, entries: Iterable[tuple[K, V | None]]) -> None: ...
    @abstractmethod
    def delete(self, key: K) -> V | None:
        """Delete the key; returns the value there was."""

    @abstractmethod
    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None: ...


class WindowStore(StateStore, Generic[K, V]):
    """Values by key and window start (ms). Rows at or below observed time - retention are invisible.

    Observed time is the largest window start put so far. A timestamped one holds `ValueAndTimestamp` pairs.
    All time bounds are inclusive. Rows of all-key scans come by key bytes, then start, unless stated otherwise.
    """

    cached: bool = False
    window_size_ms: int
    retention_ms: int

    @abstractmethod
    def put(self, key: K, value: V | None, window_start: int) -> None:
        """Set (None: delete) a window's value; ignored, and counted as dropped, when past the retention."""

    @abstractmethod
    def fetch(self, key: K, window_start: int) -> V | None: ...
    @abstractmethod
    def fetch_range(self, key: K, time_from: int, time_to: int) -> StoreIterator[tuple[int, V]]:
        """(window start, value) of one key, ascending by start (then by insertion, where duplicates are kept)."""

    @abstractmethod
    def backward_fetch_range(self, key: K, time_from: int, time_to: int) -> StoreIterator[tuple[int, V]]: ...
    @abstractmethod
    def fetch_keys(
        self, key_from: K | None, key_to: K | None, time_from: int, time_to: int
    ) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def backward_fetch_keys(
        self, key_from: K | None, key_to: K | None, time_from: int, time_to: int
    ) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def fetch_all(self, time_from: int, time_to: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """Rows of all keys; on a time-first store (ON_WINDOW_CLOSE) in order of start, then key."""

    @abstractmethod
    def backward_fetch_all(self, time_from: int, time_to: int) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def all(self) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def backward_all(self) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None: ...


class SessionStore(StateStore, Generic[K, V]):
    """Values by key and session [start, end] (ms, both inclusive)."""

    cached: bool = False
    retention_ms: int

    @abstractmethod
    def put(self, session: Windowed[K], value: V | None) -> None: ...
    @abstractmethod
    def remove(self, session: Windowed[K]) -> None: ...
    @abstractmethod
    def fetch_session(self, key: K, start: int, end: int) -> V | None: ...
    @abstractmethod
    def find_sessions(self, key: K, earliest_end: int, latest_start: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """Sessions of the key with end >= earliest_end and start <= latest_start, ascending."""

    @abstractmethod
    def backward_find_sessions(
        self, key: K, earliest_end: int, latest_start: int
    ) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def find_sessions_of_keys(
        self, key_from: K | None, key_to: K | None, earliest_end: int, latest_start: int
    ) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same of all keys from `key_from` to `key_to`, both inclusive; None leaves an end open."""

    @abstractmethod
    def backward_find_sessions_of_keys(
        self, key_from: K | None, key_to: K | None, earliest_end: int, latest_start: int
    ) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def find_sessions_by_end(self, earliest_end: int, latest_end: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """Sessions of all keys that ended in the given range, in order of end (time-first stores)."""

    @abstractmethod
    def fetch(self, key: K) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def backward_fetch(self, key: K) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def fetch_keys(self, key_from: K | None, key_to: K | None) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def backward_fetch_keys(self, key_from: K | None, key_to: K | None) -> StoreIterator[tuple[Windowed[K], V]]: ...
    @abstractmethod
    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class VersionedRecord(Generic[V]):
    """A value of a versioned store, the time (ms) from which it holds, and until when (None: still)."""

    value: V
    timestamp: int
    valid_to: int | None = None


NOT_PUT = -(2**63)
"""What VersionedKeyValueStore.put returns for a version older than the history retention."""
LATEST = -1
"""What VersionedKeyValueStore.put returns when the version put is now the latest one."""


class VersionedKeyValueStore(StateStore, Generic[K, V]):
    """The history of each key's value (KIP-889). `history_retention_ms` bounds how far back it reaches."""

    history_retention_ms: int

    @abstractmethod
    def put(self, key: K, value: V | None, timestamp: int) -> int:
        """Add a version; returns until when (ms) it holds, LATEST, or NOT_PUT."""

    @abstractmethod
    def delete(self, key: K, timestamp: int) -> VersionedRecord[V] | None:
        """Add a tombstone at `timestamp`; returns the version that held then."""

    @abstractmethod
    def get(self, key: K, as_of: int | None = None) -> VersionedRecord[V] | None:
        """The latest version, or the one that held at `as_of` ms (None when older than the retention)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreBuilder(ABC, Generic[K, V]):
    """How to make one kind of store: data only. `dataclasses.replace` gives a changed copy.

    `key` / `value` None mean the configured default serdes. `changelog_config` overrides topic settings.
    """

    needs_serdes: ClassVar[bool] = False
    """Whether a store of this kind writes keys and values by serdes, so that both must be known before it is opened."""

    name: str
    key: Serde[K] | None = None
    value: Serde[V] | None = None
    persistent: bool = True
    logging: bool = True
    changelog_config: Mapping[str, str] = field(default_factory=dict)
    log_headers: bool = False
    """Changelog records carry the headers of the record being processed (stores of joins), rather than none."""
    caching: bool = False
    headers: bool = False
    """Rows keep headers, and a deletion is logged with those of the record being processed (KIP-1271, KIP-1285)."""
    carries_headers: bool = False
    """An update goes on with the headers of its row, rather than with those of the record being processed."""

    @abstractmethod
    def build(self) -> StateStore:
        """A new, unopened store."""

    @abstractmethod
    def changelog_defaults(self, config: Config) -> dict[str, str]:
        """The changelog topic's settings before `changelog_config` (Kafka Streams page, section 5.5)."""
