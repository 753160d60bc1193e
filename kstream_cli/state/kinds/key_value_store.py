"""Key-value stores, plain and timestamped, in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.source_code import Bind, bound_function
from kstream_cli.state.cache.cached_rows import RowNames
from kstream_cli.state.cache.record_cache import RecordCache
from kstream_cli.state.disk.in_memory import MISSING, Present
from kstream_cli.state.iterators import Rows
from kstream_cli.state.kinds.key_schema import prefix_end
from kstream_cli.state.kinds.table_store import TableStore
from kstream_cli.state.serialized import ValueFormat, headers_format, value_format
from kstream_cli.state.store import KeyValueStore, StoreBuilder, StoreIterator
from kstream_cli.state.store_context import StoreContext

K = TypeVar("K")
V = TypeVar("V")


class KeyValueTable(TableStore, KeyValueStore[Any, Any]):
    """A key-value store over a table: the row key is the key's bytes."""

    cached = False

    def __init__(self, builder: StoreBuilder[Any, Any], *, timestamped: bool) -> None:
        super().__init__(builder)
        self._timestamped_values = timestamped

    def get(self, key: Any) -> Any:
        self._refuse()

    def put(self, key: Any, value: Any) -> None:
        self._refuse()

    def put_if_absent(self, key: Any, value: Any) -> Any:
        present = self.get(key)
        if present is None:
            self.put(key, value)
        return present

    def put_all(self, entries: Iterable[tuple[Any, Any]]) -> None:
        for key, value in entries:
            self.put(key, value)

    def delete(self, key: Any) -> Any:
        present = self.get(key)
        self.put(key, None)
        return present

    def range(self, key_from: Any = None, key_to: Any = None) -> StoreIterator[tuple[Any, Any]]:
        return self._range(key_from, key_to, reverse=False)

    def reverse_range(self, key_from: Any = None, key_to: Any = None) -> StoreIterator[tuple[Any, Any]]:
        return self._range(key_from, key_to, reverse=True)

    def all(self) -> StoreIterator[tuple[Any, Any]]:
        return self._range(None, None, reverse=False)

    def reverse_all(self) -> StoreIterator[tuple[Any, Any]]:
        return self._range(None, None, reverse=True)

    def prefix_scan(self, prefix: Any, serde: SerdeLike[Any] | None = None) -> StoreIterator[tuple[Any, Any]]:
        self._require_open()
        topic = self._context.changelog_topic(self.name)
        given = serde_for(serde)
        write = self._keys.write if given is None else given.serializer(topic, is_key=True)
        low = write(prefix)
        self._settle()
        return self._table.range(low, prefix_end(low), self._present, inclusive=False)

    def approximate_num_entries(self) -> int:
        self._require_open()
        self._settle()
        return self._table.approximate_size()

    def restore(self, records: Iterable[Any]) -> None:
        self._require_open()
        self._table.restore(*self._values.restored(records))
        self._forget()

    def _range(self, key_from: Any, key_to: Any, *, reverse: bool) -> StoreIterator[tuple[Any, Any]]:
        self._require_open()
        write = self._keys.write
        low = None if key_from is None else write(key_from)
        high = None if key_to is None else write(key_to)
        if low is not None and high is not None and low > high:
            return Rows(iter(()), self.name)
        self._settle()
        return self._table.range(low, high, self._present, reverse=reverse)

    def _value_format(self, context: StoreContext) -> ValueFormat:
        if self._builder.headers:
            return headers_format(self.name, self._builder.value, context)
        return value_format(self.name, self._builder.value, context, timestamped=self._timestamped_values)

    def _bind(self) -> dict[str, Callable[..., Any]]:
        read_keys, give = self._keys.read_all, self._values.give
        if give is None:
            self._present: Present = lambda rows, cells: zip(read_keys(rows), cells, strict=True)
        else:
            self._present = lambda rows, cells: zip(read_keys(rows), map(give, cells), strict=True)
        if self._cache is None:
            return {"get": self._bound_get(), "put": self._bound_put()}
        self._present = self._touching(self._cache, self._present)
        return {"get": self._bound_cached_get(self._cache), "put": self._carrying(self._bound_cached_put(self._cache))}

    def _touching(self, cache: RecordCache, present: Present) -> Present:
        """Rows that a scan shows have been used: the cache keeps them longer."""
        held, read_keys, tick = cache.groups[0], self._keys.read_all, cache.tick
        names: Callable[[list[bytes]], list[Any]] = read_keys if cache.names.write is None else list

        def touching(rows: list[bytes], cells: list[Any]) -> Iterable[tuple[Any, Any]]:
            for row in map(held.get, names(rows)):
                if row is not None:
                    row.used = tick()
            return present(rows, cells)

        return touching

    def _open_cache(self) -> RecordCache | None:
        keys = self._keys
        names = RowNames(
            write=None if keys.exact else keys.write,
            row_of=lambda group: keys.write if keys.exact else None,
            present=lambda group: None,
        )
        return RecordCache(self._table, self._values, self._context, names, log=self._log)

    def _bound_cached_get(self, cache: RecordCache) -> Callable[[Any], Any]:
        find, give, null_key, tick = cache.groups[0].find, self._values.give, self._null_key, cache.tick

        def get(key: Any) -> Any:
            if key is None:
                raise null_key()
            row = find(key)
            row.used = tick()
            cell = row.cell
            return cell if give is None or cell is None else give(cell)

        return get

    def _bound_cached_put(self, cache: RecordCache) -> Callable[[Any, Any], None]:
        find, put_row, hold, null_key = cache.groups[0].find_to_put, cache.put, self._values.hold, self._null_key
        context = self._context

        def put(key: Any, value: Any) -> None:
            if key is None:
                raise null_key()
            cell = value if hold is None or value is None else hold(value)
            put_row(find(key), cell, context.timestamp, context.headers)

        return put

    def _bound_get(self) -> Callable[[Any], Any]:
        write_key, give, null_key = self._keys.write, self._values.give, self._null_key
        rows, load = self._table.rows.get, self._table.load

        def get(key: Any) -> Any:
            if key is None:
                raise null_key()
            row = write_key(key)
            cell = rows(row, MISSING)
            return load(row) if cell is MISSING else cell

        if give is None:
            return get

        def get_copy(key: Any) -> Any:
            cell = get(key)
            return None if cell is None else give(cell)

        return get_copy

    def _bound_put(self) -> Callable[[Any, Any], None]:
        return bound_function("put", "key, value", self._write_put)

    def _write_put(self, bind: Bind) -> str:
        """The lines of a put of `value` as `key`, from the check of the key to the table, without a call in between."""
        hold, table = self._values.hold, self._table
        held = "value" if hold is None else f"None if value is None else {bind('hold', hold)}(value)"
        return "\n".join(
            [
                "if key is None:",
                f"    raise {bind('null_key', self._null_key)}()",
                f"row = {bind('write_key', self._keys.write)}(key)",
                f"cell = {held}",
                self._write_log(bind, "row", "cell", "data"),
                table.written_put(bind, "row", "cell", "data"),
            ]
        )
