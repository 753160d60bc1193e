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
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from kstream_cli.config import Config
from kstream_cli.record import Headers
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.store_context import StoreContext

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


class StateStore(ABC):
    """One store of one task (Java: StateStore). `name` is unique in a topology."""

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
        """Apply changelog records (key, value, timestamp in ms) without logging them again. Durable after `commit`.

        A store that `restores_headers` is given (key, value, timestamp, headers).
        """

    @abstractmethod
    def flush(self) -> None:
        """Pass cached updates to the changelog and downstream. Does not touch the disk."""

    @abstractmethod
    def commit(self, offset: int | None) -> None:
        """Make all writes durable, together with `offset`, the changelog offset at which a restore must begin.

        None keeps the offset of the last commit: it is always safe to replay more of the changelog than needed.
        """

    @property
    @abstractmethod
    def committed_offset(self) -> int | None:
        """The offset of the last durable `commit`; None if a restore must start from the beginning."""

    @abstractmethod
    def close(self) -> None:
        """Close without writing: uncommitted writes are dropped. May be called twice."""

    def measures(self) -> Mapping[str, Measure]:
        """Functions that measure the open store, by Kafka Streams' name of the metric; any thread may call them."""
        return {}


class StoreIterator(AbstractContextManager["StoreIterator[V]"], Iterator[V], Generic[V]):
    """Iterates over rows of a store. Close it, or use it in a `with` block; a closed one raises StoreClosedError.

    A loop that has begun may still give some rows that were read before the store was closed.
    """

    @abstractmethod
    def close(self) -> None:
        """Close it. May be called twice."""

    def __enter__(self) -> StoreIterator[V]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class CachedStore(Protocol):
    """The side of a store through which the DSL learns of cached updates."""

    cached: bool
    """True when updates are held back until `flush`; the operator then forwards from the listener only."""

    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        """Call `listener` with each cached update at a flush; `send_old_values` asks for the old values, too."""


class ReadOnlyKeyValueStore(ABC, Generic[K, V]):
    """Keys to values, in the order of the serialised keys: unsigned, byte by byte. A null key raises TypeError."""

    @abstractmethod
    def get(self, key: K) -> V | None:
        """The value of a key; None if there is none."""

    @abstractmethod
    def range(self, key_from: K | None = None, key_to: K | None = None) -> StoreIterator[tuple[K, V]]:
        """Rows from `key_from` to `key_to`, both inclusive, in ascending order; None leaves an end open."""

    @abstractmethod
    def reverse_range(self, key_from: K | None = None, key_to: K | None = None) -> StoreIterator[tuple[K, V]]:
        """The same rows in descending order."""

    @abstractmethod
    def all(self) -> StoreIterator[tuple[K, V]]:
        """All rows, in ascending order."""

    @abstractmethod
    def reverse_all(self) -> StoreIterator[tuple[K, V]]:
        """All rows, in descending order."""

    @abstractmethod
    def prefix_scan(self, prefix: Any, serde: SerdeLike[Any] | None = None) -> StoreIterator[tuple[K, V]]:
        """Rows whose serialised key begins with `prefix`, as `serde` (default: the key's) writes it (KIP-614)."""

    @abstractmethod
    def approximate_num_entries(self) -> int:
        """About how many rows there are."""


class KeyValueStore(StateStore, ReadOnlyKeyValueStore[K, V]):
    """A key-value store (Java: KeyValueStore). A timestamped one holds (value, timestamp in ms) pairs.

    A closed store raises StoreClosedError. `range`, `all` and the like return an iterator to be closed::

        with store.range("a", "f") as rows:
            found = dict(rows)
    """

    cached: bool = False

    @abstractmethod
    def put(self, key: K, value: V | None) -> None:
        """Set the value of a key; None deletes the key."""

    @abstractmethod
    def put_if_absent(self, key: K, value: V) -> V | None:
        """Set the value if the key has none; returns the value that the key had before."""

    @abstractmethod
    def put_all(self, entries: Iterable[tuple[K, V | None]]) -> None:
        """Put (key, value) pairs; a value of None deletes the key."""

    @abstractmethod
    def delete(self, key: K) -> V | None:
        """Delete the key; returns the value that it had."""

    @abstractmethod
    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        """Call `listener` with each cached update at a flush; `send_old_values` asks for the old values, too."""


class WindowStore(StateStore, Generic[K, V]):
    """Values by key and window start in ms (Java: WindowStore).

    Rows at or below observed time - retention are invisible.

    Observed time is the largest window start that was put. A timestamped store holds (value, timestamp in ms) pairs.
    All time ranges include both ends. Rows of several keys come by key bytes, then by start, unless stated otherwise. A
    closed store raises StoreClosedError.

    Example::

        with store.fetch_range("ada", now - 3_600_000, now) as rows:
            counts = list(rows)
    """

    cached: bool = False
    window_size_ms: int
    retention_ms: int

    @abstractmethod
    def put(self, key: K, value: V | None, window_start: int) -> None:
        """Set the value of a window; None deletes it. One past the retention is ignored, and counted as dropped."""

    @abstractmethod
    def fetch(self, key: K, window_start: int) -> V | None:
        """The value of a key's window that starts at `window_start`; None if there is none."""

    @abstractmethod
    def fetch_range(self, key: K, time_from: int, time_to: int) -> StoreIterator[tuple[int, V]]:
        """(window start, value) of one key, ascending by start (duplicates: in the order in which they were put)."""

    @abstractmethod
    def backward_fetch_range(self, key: K, time_from: int, time_to: int) -> StoreIterator[tuple[int, V]]:
        """The same rows in descending order."""

    @abstractmethod
    def fetch_keys(
        self, key_from: K | None, key_to: K | None, time_from: int, time_to: int
    ) -> StoreIterator[tuple[Windowed[K], V]]:
        """Rows of all keys from `key_from` to `key_to`, both inclusive; None leaves an end open."""

    @abstractmethod
    def backward_fetch_keys(
        self, key_from: K | None, key_to: K | None, time_from: int, time_to: int
    ) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same rows in descending order."""

    @abstractmethod
    def fetch_all(self, time_from: int, time_to: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """Rows of all keys; in a time-first store (ON_WINDOW_CLOSE) in order of start, then key."""

    @abstractmethod
    def backward_fetch_all(self, time_from: int, time_to: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same rows in descending order."""

    @abstractmethod
    def all(self) -> StoreIterator[tuple[Windowed[K], V]]:
        """All rows."""

    @abstractmethod
    def backward_all(self) -> StoreIterator[tuple[Windowed[K], V]]:
        """All rows, in descending order."""

    @abstractmethod
    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        """Call `listener` with each cached update at a flush; `send_old_values` asks for the old values, too."""


class SessionStore(StateStore, Generic[K, V]):
    """Values by key and session [start, end] in ms, both inclusive (Java: SessionStore).

    A row is a (Windowed key, value) pair. A closed store raises StoreClosedError.

    Example::

        with store.find_sessions("ada", earliest_end=now - gap, latest_start=now + gap) as sessions:
            for session, visits in sessions:
                store.remove(session)
    """

    cached: bool = False
    retention_ms: int

    @abstractmethod
    def put(self, session: Windowed[K], value: V | None) -> None:
        """Set the value of a session; None deletes it."""

    @abstractmethod
    def remove(self, session: Windowed[K]) -> None:
        """Delete a session."""

    @abstractmethod
    def fetch_session(self, key: K, start: int, end: int) -> V | None:
        """The value of the key's session from `start` to `end`; None if there is none."""

    @abstractmethod
    def find_sessions(self, key: K, earliest_end: int, latest_start: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """Sessions of the key with end >= earliest_end and start <= latest_start, in ascending order."""

    @abstractmethod
    def backward_find_sessions(
        self, key: K, earliest_end: int, latest_start: int
    ) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same sessions in descending order."""

    @abstractmethod
    def find_sessions_of_keys(
        self, key_from: K | None, key_to: K | None, earliest_end: int, latest_start: int
    ) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same for all keys from `key_from` to `key_to`, both inclusive; None leaves an end open."""

    @abstractmethod
    def backward_find_sessions_of_keys(
        self, key_from: K | None, key_to: K | None, earliest_end: int, latest_start: int
    ) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same sessions in descending order."""

    @abstractmethod
    def find_sessions_by_end(self, earliest_end: int, latest_end: int) -> StoreIterator[tuple[Windowed[K], V]]:
        """Sessions of all keys that ended in this range, in order of their end (only in time-first stores)."""

    @abstractmethod
    def fetch(self, key: K) -> StoreIterator[tuple[Windowed[K], V]]:
        """All sessions of a key, in ascending order."""

    @abstractmethod
    def backward_fetch(self, key: K) -> StoreIterator[tuple[Windowed[K], V]]:
        """All sessions of a key, in descending order."""

    @abstractmethod
    def fetch_keys(self, key_from: K | None, key_to: K | None) -> StoreIterator[tuple[Windowed[K], V]]:
        """All sessions of the keys from `key_from` to `key_to`, both inclusive; None leaves an end open."""

    @abstractmethod
    def backward_fetch_keys(self, key_from: K | None, key_to: K | None) -> StoreIterator[tuple[Windowed[K], V]]:
        """The same sessions in descending order."""

    @abstractmethod
    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        """Call `listener` with each cached update at a flush; `send_old_values` asks for the old values, too."""


@dataclass(frozen=True, slots=True)
class VersionedRecord(Generic[V]):
    """A value of a versioned store, valid from `timestamp` to `valid_to` (ms; None: still). Java: VersionedRecord."""

    value: V
    timestamp: int
    valid_to: int | None = None


NOT_PUT = -(2**63)
"""What VersionedKeyValueStore.put returns for a version older than the history retention."""
LATEST = -1
"""What VersionedKeyValueStore.put returns when the version put is now the latest one."""


class VersionedKeyValueStore(StateStore, Generic[K, V]):
    """The history of each key's value (Java: VersionedKeyValueStore, KIP-889).

    `history_retention_ms` sets how far back it reaches. A closed store raises StoreClosedError.

        store.put("pen", 3, 1_000)
        store.put("pen", 5, 9_000)
        store.get("pen", as_of=2_000).value  # 3
    """

    history_retention_ms: int

    @abstractmethod
    def put(self, key: K, value: V | None, timestamp: int) -> int:
        """Add a version that is valid from `timestamp`, in ms; returns until when, or LATEST, or NOT_PUT."""

    @abstractmethod
    def delete(self, key: K, timestamp: int) -> VersionedRecord[V] | None:
        """Add a tombstone at `timestamp`, in ms; returns the version that was valid then."""

    @abstractmethod
    def get(self, key: K, as_of: int | None = None) -> VersionedRecord[V] | None:
        """The latest version, or the one that was valid at `as_of` in ms; None if that is older than the retention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreBuilder(ABC, Generic[K, V]):
    """How to make one kind of store, as data (Java: StoreBuilder).

    `Stores` makes them; `dataclasses.replace` changes a copy.

    A `key` or `value` of None is the configured default serde. `changelog_config` overrides settings of the changelog
    topic.
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
