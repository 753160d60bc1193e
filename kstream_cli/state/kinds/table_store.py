"""The life of a store that keeps its rows in one table, in memory or on disk; each kind of store adds its own reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NoReturn

from kstream_cli.errors import StoreClosedError, StoreError
from kstream_cli.state.cache.changelogging import changelogging, log_change
from kstream_cli.state.cache.record_cache import RecordCache, Table
from kstream_cli.state.disk.in_memory import MemoryRows
from kstream_cli.state.disk.rocksdb import RocksDB
from kstream_cli.state.disk.store_folder import store_folder
from kstream_cli.state.disk.write_buffer import BufferedRows
from kstream_cli.state.serialized import KeyFormat, ValueFormat, key_format, value_format
from kstream_cli.state.store import FlushListener, Measure, StateStore, StoreBuilder
from kstream_cli.state.store_context import StoreContext
from kstream_cli.state.stored_headers import headers_of


class TableStore(StateStore):
    """Opens, commits and closes a table of rows; knows the formats, the changelog and the record cache.

    The methods of the record path are made when the store is opened, as functions with everything they need at hand.
    The ones of the class itself are what a store that is not open has: they raise StoreClosedError.
    """

    cached: bool = False
    _head: int = 0
    """How much longer a row's key is in the table than on the changelog; the surplus comes first."""

    def __init__(self, builder: StoreBuilder[Any, Any]) -> None:
        self.name = builder.name
        self.persistent = builder.persistent
        self.carries_headers = builder.carries_headers
        self._builder = builder
        self._bound: dict[str, Callable[..., Any]] = {}
        self._listener: tuple[FlushListener, bool] | None = None
        self._cache: RecordCache | None = None

    def open(self, context: StoreContext) -> None:
        if self.is_open:
            raise StoreError(f"store {self.name!r} is open already")
        builder = self._builder
        self._context = context
        self._keys: KeyFormat = key_format(self.name, builder.key, context)
        self._values = self._value_format(context)
        self.restores_headers = self._values.headers is not None
        self._table = self._open_table(context)
        self._write_log = changelogging(builder, self._values, context)
        self._log = log_change(self._write_log)
        self._cache = self._open_cache() if builder.caching and context.cache.limit > 0 else None
        self.cached = self._cache is not None
        if self._cache is not None and self._listener is not None:
            listener, send_old_values = self._listener
            self._cache.set_listener(listener, send_old_values=send_old_values)
        self._bound = self._bind()
        vars(self).update(self._bound)
        self.is_open = True

    def flush(self) -> None:
        if self._cache is not None:
            self._cache.flush()

    def commit(self, offset: int | None) -> None:
        self._require_open()
        self._table.commit(offset)

    @property
    def committed_offset(self) -> int | None:
        self._require_open()
        return self._table.committed_offset

    def measures(self) -> dict[str, Measure]:
        self._require_open()
        return self._table.measures()

    @property
    def cached_rows(self) -> RecordCache | None:
        """The record cache, for operators that find a row and put it with one look; None: they are to get and put.

        So where there is no cache, where cells are not values, and where somebody wants to see each `put`.
        """
        is_seen = vars(self).get("put") is not self._bound.get("put")
        return None if is_seen or not self._values.shared else self._cache

    @property
    def cache_size_bytes(self) -> int:
        """About how much the record cache holds."""
        return 0 if self._cache is None else self._cache.size_bytes

    @property
    def loads(self) -> int:
        """How often a row had to be looked for outside of memory."""
        return self._table.loads

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        for method in self._bound:
            vars(self).pop(method, None)
        if self._cache is not None:
            self._cache.close()
        self._table.close()

    def set_flush_listener(self, listener: FlushListener, *, send_old_values: bool) -> None:
        self._listener = (listener, send_old_values)
        if self._cache is not None:
            self._cache.set_listener(listener, send_old_values=send_old_values)

    @abstractmethod
    def _bind(self) -> dict[str, Callable[..., Any]]:
        """The methods of the record path, by name."""

    def _value_format(self, context: StoreContext) -> ValueFormat:
        return value_format(self.name, self._builder.value, context, timestamped=False)

    def _open_table(self, context: StoreContext) -> Table:
        values = self._values
        if not self.persistent:
            return MemoryRows(self.name, values.decode)
        return BufferedRows(
            self._open_disk(context),
            self.name,
            values,
            request_commit=context.request_commit,
            logged=self._is_logged(context),
            uncommitted=context.uncommitted,
        )

    def _open_disk(self, context: StoreContext) -> RocksDB:
        """The store's database. Rows with headers lie elsewhere: a change of format has them restored, not misread."""
        folder = store_folder(context, self.name, "+headers" if self.restores_headers else "")
        return RocksDB(folder, store=self.name, config=context.config)

    def _is_logged(self, context: StoreContext) -> bool:
        """True when all that is committed is on a changelog of the store's own."""
        return self._builder.logging and context.changelog(self.name) is not None

    def _open_cache(self) -> RecordCache | None:
        """The record cache of a store that can have one."""
        return None

    def _carrying(self, put: Callable[..., None]) -> Callable[..., None]:
        """A cached put of (key, value, …) after which the update goes on with the headers of the value, if it is to."""
        if not self.carries_headers:
            return put
        context = self._context

        def put_carrying(key: Any, value: Any, *time: int) -> None:
            processed = context.headers
            context.headers = processed if value is None else headers_of(value)
            try:
                put(key, value, *time)
            finally:
                context.headers = processed

        return put_carrying

    def _settle(self) -> None:
        """Show the table what the cache holds, for reads of it."""
        if self._cache is not None:
            self._cache.settle()

    def _forget(self) -> None:
        """Let the cache go of what it has read: the table has changed."""
        if self._cache is not None:
            self._cache.forget()

    def _require_open(self) -> None:
        if not self.is_open:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreClosedError(f"store {self.name!r} is not open")

    def _null_key(self) -> TypeError:
        return TypeError(f"store {self.name!r} takes no null key")
