"""Looking up a table's row: what joins, views and suppress use to read a table they stand beside.

For the author of an operator that reads a table:

- `getter = table.getter()` while the topology is described (this makes a source table keep its rows in a store);
- name `getter.stores` in the ProcessorNode's `stores`, so that the task connects them;
- in `fuse`: `get = getter.open(context)`; per record: `row = get(key)`, which is `(value, timestamp)` or None;
- for versioned tables: `getter.is_versioned(context)`, and `get = getter.open_as_of(context)`; `get(key, as_of_ms)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from kstream_cli.processor.operator import OperatorContext
from kstream_cli.state.store import KeyValueStore, SessionStore, VersionedKeyValueStore, WindowStore
from kstream_cli.state.stored_headers import headers_of, row_with_headers

if TYPE_CHECKING:
    from kstream_cli.state.cache.record_cache import RecordCache

Row: TypeAlias = tuple[Any, int]
Lookup: TypeAlias = Callable[[Any], Row | None]
LookupAsOf: TypeAlias = Callable[[Any, int], Row | None]


class ValueGetter(ABC):
    """Where a table's rows come from, as data; `open` gives the function that reads one."""

    @property
    @abstractmethod
    def stores(self) -> tuple[str, ...]:
        """The stores that must be connected to whoever uses this getter."""

    @abstractmethod
    def open(self, context: OperatorContext) -> Lookup:
        """key -> (value, timestamp), or None when the table has no such row."""

    def open_with_headers(self, context: OperatorContext) -> Lookup:
        """The same with the row's headers beside the pair, as far as they are kept."""
        return self.open(context)

    def open_cached(self, context: OperatorContext) -> RecordCache | None:
        """The record cache that has the rows: cells are what `open` gives; None: use `open`."""
        return None

    @abstractmethod
    def open_as_of(self, context: OperatorContext) -> LookupAsOf:
        """(key, time in ms) -> the row that held then. Only for versioned tables."""

    @abstractmethod
    def is_versioned(self, context: OperatorContext) -> bool:
        """Whether the rows come from a versioned store."""


@dataclass(frozen=True, slots=True)
class StoreGetter(ValueGetter):
    """Rows of a materialised table, of whichever kind its store is."""

    store: str

    @property
    def stores(self) -> tuple[str, ...]:
        return (self.store,)

    def open(self, context: OperatorContext) -> Lookup:
        return store_lookup(context.store(self.store))

    def open_cached(self, context: OperatorContext) -> RecordCache | None:
        store = context.store(self.store)
        return getattr(store, "cached_rows", None) if isinstance(store, KeyValueStore) else None

    def open_as_of(self, context: OperatorContext) -> LookupAsOf:
        get = context.store(self.store).get

        def lookup(key: Any, as_of: int) -> Row | None:
            version = get(key, as_of)
            return None if version is None else (version.value, version.timestamp)

        return lookup

    def is_versioned(self, context: OperatorContext) -> bool:
        return isinstance(context.store(self.store), VersionedKeyValueStore)


@dataclass(frozen=True, slots=True)
class ViewGetter(ValueGetter):
    """Rows of a table that is not stored itself: its parent's, through `compute(key, value)`."""

    parent: ValueGetter
    compute: Callable[[Any, Any], Any]

    @property
    def stores(self) -> tuple[str, ...]:
        return self.parent.stores

    def open(self, context: OperatorContext) -> Lookup:
        get, compute = self.parent.open(context), self.compute

        def lookup(key: Any) -> Row | None:
            row = get(key)
            if row is None:
                return None
            value = compute(key, row[0])
            return None if value is None else (value, row[1])

        return lookup

    def open_with_headers(self, context: OperatorContext) -> Lookup:
        get, compute = self.parent.open_with_headers(context), self.compute

        def lookup(key: Any) -> Row | None:
            row = get(key)
            if row is None:
                return None
            value = compute(key, row[0])
            return None if value is None else row_with_headers(value, row[1], headers_of(row))

        return lookup

    def open_as_of(self, context: OperatorContext) -> LookupAsOf:
        get, compute = self.parent.open_as_of(context), self.compute

        def lookup(key: Any, as_of: int) -> Row | None:
            row = get(key, as_of)
            if row is None:
                return None
            value = compute(key, row[0])
            return None if value is None else (value, row[1])

        return lookup

    def is_versioned(self, context: OperatorContext) -> bool:
        return self.parent.is_versioned(context)


def store_lookup(store: Any) -> Lookup:
    """key -> (value, timestamp) for an open store of any kind; windowed keys for window and session stores."""
    if isinstance(store, VersionedKeyValueStore):
        latest = store.get

        def lookup(key: Any) -> Row | None:
            version = latest(key)
            return None if version is None else (version.value, version.timestamp)

        return lookup
    if isinstance(store, WindowStore):
        fetch = store.fetch
        return lambda windowed: fetch(windowed.key, windowed.start)
    if isinstance(store, SessionStore):
        fetch_session = store.fetch_session

        def session(windowed: Any) -> Row | None:
            value = fetch_session(windowed.key, windowed.start, windowed.end)
            # A session's row is as old as its last record.
            return None if value is None else (value, windowed.end)

        def session_with_headers(windowed: Any) -> Row | None:
            row = fetch_session(windowed.key, windowed.start, windowed.end)
            return None if row is None else row_with_headers(row.aggregation, windowed.end, row.headers)

        return session_with_headers if getattr(store, "carries_headers", False) else session
    get: Lookup = store.get
    return get
