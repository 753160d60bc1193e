"""The life of a store that keeps its rows in one table, in memory or on disk; each kind of store adds its own reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from kstream_cli.errors import StoreClosedError, StoreError
from kstream_cli.state.caching import RecordCache, Table
from kstream_cli.state.changelogging import LogChange, changelogging
from kstream_cli.state.in_memory import MemoryRows
from kstream_cli.state.rocksdb import RocksDB
from kstream_cli.state.serialized import KeyFormat, ValueFormat, key_format, value_format
from kstream_cli.state.store import FlushListener, Measure, StateStore, StoreBuilder, StoreContext
from kstream_cli.state.write_buffer import BufferedRows


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
        self._builder = builder
        self._bound: tuple[str, ...] = ()
        self._listener: tuple[FlushListener, bool] | None = None
        self._cache: RecordCache | None = None

    def open(self, context: StoreContext) -> None:
        if self.is_open:
            raise StoreError(f"store {self.name!r} is open already")
        builder = self._builder
        self._context = context
        self._keys: KeyFormat = key_format(self.name, builder.key, context)
        self._values = self._value_format(context)
        self._table = self._open_table(context)
        self._log: LogChange | None = changelogging(builder, self._values, context)
        self._cache = self._open_cache() if builder.caching and context.cache_bytes > 0 else None
        self.cached = self._cache is not None
        if self._cache is not None and self._listener is not None:
            listener, send_old_values = self._listener
            self._cache.set_listener(listener, send_old_values=send_old_values)
        bound = self._bind()
        self._bound = tuple(bound)
        vars(self).update(bound)
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
            self._cache.updates.clear()
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
        disk = RocksDB(context.directory / "rocksdb" / self.name, store=self.name, config=context.config)
        return BufferedRows(
            disk,
            self.name,
            encode=values.encode,
            decode=values.decode,
            request_commit=context.request_commit,
            logged=self._is_logged(context),
        )

    def _is_logged(self, context: StoreContext) -> bool:
        """True when all that is committed is on a changelog of the store's own."""
        return self._builder.logging and context.changelog(self.name) is not None

    def _open_cache(self) -> RecordCache | None:
        return RecordCache(
            self._table,
            self._values,
            self._context,
            log=self._log,
            head=self._head,
            present_key=self._present_key,
            timestamp_of=self._update_timestamp,
        )

    def _present_key(self, key: Any) -> Any:
        """What the flush listener is told as key, made of what was kept with the update."""
        return key

    def _update_timestamp(self, key: Any, cell: Any, timestamp: int) -> int:
        """What the flush listener is told as timestamp, of an update made by a record of `timestamp`."""
        return cell[1] if cell is not None and self._values.timestamped else timestamp

    def _require_open(self) -> None:
        if not self.is_open:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreClosedError(f"store {self.name!r} is not open")

    def _null_key(self) -> TypeError:
        return TypeError(f"store {self.name!r} takes no null key")


def latest_by_key(records: Iterable[tuple[bytes, bytes | None, int]]) -> Iterable[tuple[bytes, bytes | None, int]]:
    """The last record of each key: on a changelog the others do not matter any more."""
    return {record[0]: record for record in records}.values()
