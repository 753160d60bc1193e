"""A key-value map in memory that holds so many entries at most, and drops the least recently used one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kstream_cli.state.disk.in_memory import MemoryRows
from kstream_cli.state.disk.merging import Columns
from kstream_cli.state.kinds.key_value_store import KeyValueTable
from kstream_cli.state.store import StoreBuilder
from kstream_cli.state.store_context import StoreContext


class LruRows(MemoryRows):
    """Rows whose dict is in order of use, the least recent first."""

    def put(self, key: bytes, cell: Any, data: bytes | None = None) -> None:
        self.rows.pop(key, None)
        self.rows[key] = cell

    def remove(self, key: bytes) -> None:
        self.rows.pop(key, None)

    def _copied(self, low: bytes | None, high: bytes | None, *, inclusive: bool, reverse: bool) -> Columns:
        # The order of use changes with every read, so there is no order of keys to keep: the map is small.
        rows = self.rows
        keys = [
            key
            for key in sorted(rows, reverse=reverse)
            if (low is None or key >= low) and (high is None or key < high or (inclusive and key == high))
        ]
        return keys, [rows[key] for key in keys]


class LruMap(KeyValueTable):
    """The store. It is never cached.

    An entry that is dropped gets a tombstone on the changelog; in a timestamped map, as in Java, it does not.
    """

    def __init__(self, builder: StoreBuilder[Any, Any], *, timestamped: bool, max_entries: int) -> None:
        super().__init__(builder, timestamped=timestamped)
        self.persistent = False
        self._max_entries = max_entries

    def restore(self, records: Iterable[Any]) -> None:
        self._require_open()
        table, decode = self._table, self._values.decode
        for key, data in zip(*self._values.restored(records), strict=True):
            if data is None:
                table.remove(key)
            else:
                table.put(key, decode(data))
                if len(table.rows) > self._max_entries:
                    table.remove(next(iter(table.rows)))

    def _open_table(self, context: StoreContext) -> MemoryRows:
        return LruRows(self.name, self._values.decode)

    def _open_cache(self) -> None:
        return None

    def _bound_get(self) -> Callable[[Any], Any]:
        write_key, give, null_key, rows = self._keys.write, self._values.give, self._null_key, self._table.rows

        def get(key: Any) -> Any:
            if key is None:
                raise null_key()
            row = write_key(key)
            cell = rows.pop(row, None)
            if cell is None:
                return None
            rows[row] = cell
            return cell if give is None else give(cell)

        return get

    def _bound_put(self) -> Callable[[Any, Any], None]:
        put, write_key = super()._bound_put(), self._keys.write
        table, max_entries = self._table, self._max_entries
        logs_eviction, log = not self._values.timestamped, self._log
        rows = table.rows

        def put_and_evict(key: Any, value: Any) -> None:
            if key is not None and value is not None and len(rows) >= max_entries and write_key(key) not in rows:
                eldest = next(iter(rows))
                if logs_eviction:
                    log(eldest, None)
                table.remove(eldest)
            put(key, value)

        return put_and_evict
