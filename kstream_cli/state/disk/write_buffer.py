"""Rows of a persistent store: uncommitted ones only in memory, committed ones on disk and, as room permits, in both.

Where a changelog holds the committed rows too, frequent commits (exactly-once) are written to the disk together, once a
second, and when the store is closed. After a kill the rows and their offset on disk are those of an earlier commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import chain, islice, starmap
from textwrap import dedent
from typing import Any
from weakref import WeakSet

from kstream_cli.errors import StoreError
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.source_code import Bind
from kstream_cli.state.disk.in_memory import MISSING, Bounds, Present
from kstream_cli.state.disk.key_index import KeyIndex
from kstream_cli.state.disk.merging import Columns, merge
from kstream_cli.state.disk.restored_rows import RestoredRows
from kstream_cli.state.disk.rocksdb import PROPERTIES, RocksDB
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes, size_of
from kstream_cli.state.iterators import OpenRows, Rows
from kstream_cli.state.serialized import ValueFormat
from kstream_cli.state.store import Measure, StoreIterator

_ROOM_BYTES = 64 * 1024 * 1024
_SHARED_ROOM_BYTES = 256 * 1024 * 1024
"""What clean rows may take in one store, and in all stores of the process together."""
_ROW_OVERHEAD_BYTES = 200
_FIRST_ROOM_ROWS = 20_000
_MANY_ROWS = 1_000
_LOOK_MASK = 1023
"""Where rows are put by inlined code, their number is looked at when it has none of these bits."""
_WRITE_INTERVAL_SECONDS = 1.0
_RESTORE_INTERVAL_SECONDS = 5.0
"""So long restored rows wait, as many are replaced by later ones: a kill costs so much of a restore."""


class BufferedRows:
    """An ordered map from row keys to cells, as `MemoryRows`, over a database.

    `rows` holds the newest cells: dirty ones (changed since the last commit), those committed and not written yet, and
    clean ones (a read cache), which are dropped when they grow too many. A store that has never dropped a row is
    complete in memory: the disk is not asked.
    """

    def __init__(
        self,
        disk: RocksDB,
        store: str,
        values: ValueFormat,
        *,
        request_commit: Callable[[], None],
        logged: bool,
        uncommitted: UncommittedBytes,
    ) -> None:
        self.rows: dict[bytes, Any] = {}
        self.recent_from = LONG_MAX
        """Rows of this time and later are all in memory; here, nothing is known of times."""
        self.let_go: Callable[[], None] = lambda: None
        """Called when rows that are on disk have left memory."""
        self.unflushed: Mapping[bytes, Any] = {}
        self.is_flushing = False
        """True while a cache passes updates on, which are neither among its unflushed ones nor among the dirty ones."""
        self.loads = 0
        """Reads that memory could not answer."""
        try:
            self.notes, self.committed_offset, self._complete = disk.notes(), disk.offset, disk.is_empty
        except StoreError:
            disk.close()
            raise
        self._disk = disk
        self._store = store
        self._encode, self._decode, self._decode_all = values.encode, values.decode, values.decode_all
        self._request_commit = request_commit
        self._uncommitted_bytes = uncommitted
        self._is_bounded = uncommitted.limit >= 0
        self.dirty: dict[bytes, bytes | None] = {}
        """Rows to be committed, as they will be on disk. Who adds to it directly calls `check_room` now and then."""
        uncommitted.add(self, self.dirty)
        self._index = KeyIndex(self.rows)
        self._open_iterators: set[OpenRows[Any]] = set()
        self._restored = RestoredRows(disk)
        self._unwritten: dict[bytes, bytes | None] = {}
        self._unwritten_notes = dict(self.notes)
        self._written_offset = self.committed_offset
        self._write_interval = _WRITE_INTERVAL_SECONDS if logged else 0.0
        self._restore_interval = _RESTORE_INTERVAL_SECONDS if logged else 0.0
        self._written_at = 0.0
        self._drop_below: bytes | None = None
        self._room = _FIRST_ROOM_ROWS
        self._make_room_at = 2 * self._room
        self._commit_at = self._room
        _OPEN.add(self)

    def measures(self) -> dict[str, Measure]:
        measures: dict[str, Measure] = {name: partial(self._disk.property, name) for name in PROPERTIES}
        return measures | {"uncommitted-bytes": lambda: size_of(dict(self.dirty))}

    def load(self, key: bytes) -> Any:
        if self._complete:
            return None
        self.loads += 1
        if self._index.is_foreign():
            return self._stored(key, self._disk.stored)
        rows = self.rows
        cell = rows[key] = self._stored(key, self._disk.get)
        if len(rows) > self._make_room_at and not self.is_flushing:
            self._make_room()
        return cell

    def committed(self, key: bytes) -> Any:
        return None if self._complete else self._stored(key, self._disk.get)

    def _stored(self, key: bytes, ask: Callable[[bytes], bytes | None]) -> Any:
        if self._restored.is_waiting:
            self._write_restored()
        data = ask(key)
        return None if data is None else self._decode(data)

    def get(self, key: bytes) -> Any:
        cell = self.rows.get(key, MISSING)
        return self.load(key) if cell is MISSING else cell

    def put(self, key: bytes, cell: Any, data: bytes | None = None) -> None:
        self.rows[key] = cell
        self.dirty[key] = written = self._encode(cell) if data is None else data
        if len(self.dirty) > self._commit_at or (self._is_bounded and self._uncommitted_bytes.wrote(key, written)):
            self.check_room()

    def written_put(self, bind: Bind, key: str, cell: str, data: str) -> str:
        """The lines of `put` and, where the cell is None, of `remove`."""
        dirty = bind("dirty", self.dirty)
        is_due = f"not len({dirty}) & {_LOOK_MASK}"
        if self._is_bounded:
            is_due += f" or {bind('wrote', self._uncommitted_bytes.wrote)}({key}, {dirty}[{key}])"
        return dedent(f"""
            {dirty}[{key}] = {data}
            {bind("rows", self.rows)}[{key}] = {cell}
            if {is_due}:
                {bind("check_room", self.check_room)}()
            """)

    def mark(self, changed: Mapping[bytes, bytes | None]) -> None:
        self.dirty.update(changed)
        if self._is_bounded:
            self._uncommitted_bytes.wrote_all(changed)
        self.check_room()

    def check_room(self) -> None:
        """Ask for a commit when too much waits for one; again only when twice as much does."""
        if len(self.dirty) > self._commit_at:
            self._commit_at = 2 * len(self.dirty)
            self._request_commit()
        elif self._is_bounded and self._uncommitted_bytes.is_over():
            self._request_commit()

    def remove(self, key: bytes) -> None:
        self.rows[key] = None
        self.dirty[key] = None
        if len(self.dirty) > self._commit_at or (self._is_bounded and self._uncommitted_bytes.wrote(key, None)):
            self.check_room()

    def range(
        self, low: bytes | None, high: bytes | None, present: Present, *, inclusive: bool = True, reverse: bool = False
    ) -> StoreIterator[Any]:
        return self.ranges([(low, high)], present, inclusive=inclusive, reverse=reverse)

    def ranges(
        self, bounds: Iterable[Bounds], present: Present, *, inclusive: bool = True, reverse: bool = False
    ) -> StoreIterator[Any]:
        merged = [self._merged(low, high, inclusive=inclusive, reverse=reverse) for low, high in bounds]
        shown = starmap(present, chain.from_iterable(merged))
        if self._complete:
            return Rows(chain.from_iterable(shown), self._store)
        opened = OpenRows(shown, self._store, self._open_iterators.discard)
        self._open_iterators.add(opened)
        return opened

    def select(
        self, low: bytes | None, high: bytes | None, present: Present, *, inclusive: bool = True, reverse: bool = False
    ) -> list[Any]:
        merged = self._merged(low, high, inclusive=inclusive, reverse=reverse)
        return list(chain.from_iterable(starmap(present, merged)))

    def keys(self, low: bytes, high: bytes | None, *, reverse: bool = False) -> list[bytes]:
        """Keys of the rows from `low` on, below `high`, without reading what the rows hold."""
        here = self._in_memory(low, high, inclusive=False, reverse=reverse)
        there = self._on_disk(low, high, inclusive=False, reverse=reverse)
        merged = merge(here, there, lambda data: data, reverse=reverse)
        return list(chain.from_iterable(keys for keys, _ in merged))

    def drop_below(self, bound: bytes) -> None:
        for key in [key for key in self.rows if key < bound]:
            del self.rows[key]
            self.dirty.pop(key, None)
            self._unwritten.pop(key, None)
        self._index.reset()
        self._drop_below = bound

    def restore(self, keys: list[bytes], data: list[bytes | None]) -> None:
        if self.rows or self._complete:
            self._write()
            self._keep(self._uncommitted())  # What is restored is newer than the clean ones.
        if not self._restored.is_waiting:
            self._written_at = time.monotonic()
        self._restored.extend(keys, data)
        if self._restored.is_full:
            self._write_restored()

    def commit(self, offset: int | None) -> None:
        self._index.claim()
        self._take_over()
        if offset is not None:
            self.committed_offset = offset
        is_full = len(self._unwritten) > self._room or self._restored.is_full
        is_restoring = self._restored.is_waiting and not self._unwritten
        interval = self._restore_interval if is_restoring else self._write_interval
        if is_full or time.monotonic() - self._written_at >= interval:
            self._write()
        if len(self.rows) > self._room + len(self._unwritten):
            self._make_room()

    def approximate_size(self) -> int:
        if self._complete:
            return len(self.rows)
        return self._disk.approximate_size() + len(self.dirty) + len(self._unwritten)

    def close(self) -> None:
        for iterator in list(self._open_iterators):
            iterator.close()
        with suppress(StoreError):  # What a full disk does not take is restored from the changelog.
            self._write()
        _OPEN.discard(self)
        self._uncommitted_bytes.forget(self)
        self.rows.clear()
        self.dirty.clear()
        self._unwritten.clear()
        self._index.reset()
        self._disk.close()

    def _merged(
        self, low: bytes | None, high: bytes | None, *, inclusive: bool, reverse: bool
    ) -> Generator[Columns, None, None]:
        # An iterator shows the store as it is now, so what is in memory is copied before the first row is given.
        here = self._in_memory(low, high, inclusive=inclusive, reverse=reverse)
        there = self._on_disk(low, high, inclusive=inclusive, reverse=reverse)
        return merge(here, there, self._decode_all, reverse=reverse)

    def _in_memory(self, low: bytes | None, high: bytes | None, *, inclusive: bool, reverse: bool) -> Columns:
        pick = None if self._complete else self._unlike_disk
        return self._index.range(low, high, inclusive=inclusive, reverse=reverse, pick=pick)

    def _unlike_disk(self, keys: list[bytes]) -> list[bytes]:
        """Of many keys those whose rows are not so on disk: to lay the others over their like would be for nothing."""
        if len(keys) < _MANY_ROWS or self.is_flushing:
            return keys
        return list(filter(set(self.dirty).union(self._unwritten, self.unflushed).__contains__, keys))

    def _on_disk(
        self, low: bytes | None, high: bytes | None, *, inclusive: bool, reverse: bool
    ) -> Iterator[tuple[list[bytes], list[bytes]]]:
        if self._complete:
            return iter(())
        if self._restored.is_waiting:
            self._write_restored()
        return self._disk.chunks(low, high, inclusive=inclusive, reverse=reverse)

    def _take_over(self) -> None:
        """Make the dirty rows committed ones."""
        self._unwritten.update(self.dirty)
        self.dirty.clear()
        self._unwritten_notes = dict(self.notes)

    def _write(self) -> None:
        """Write all committed rows, with their offset."""
        if self._restored.is_waiting:
            self._write_restored()
        unwritten = self._unwritten
        if not unwritten and self._drop_below is None and self.committed_offset == self._written_offset:
            return
        keys = sorted(unwritten)  # RocksDB takes sorted keys several times faster.
        values = list(map(unwritten.__getitem__, keys))
        offset = self.committed_offset
        self._disk.write(keys, values, offset=offset, notes=self._unwritten_notes, drop_below=self._drop_below)
        self._written_at = time.monotonic()
        self._written_offset = offset
        self._drop_below = None
        if len(unwritten) >= 100:
            self._measure(unwritten)
        if self._complete and None in unwritten.values():
            self._forget_deleted(unwritten)
        unwritten.clear()

    def _forget_deleted(self, written: Mapping[bytes, bytes | None]) -> None:
        rows, dirty, unflushed = self.rows, self.dirty, self.unflushed
        for key in [key for key, data in written.items() if data is None]:
            if rows.get(key, MISSING) is None and key not in dirty and key not in unflushed:
                self._index.discard(key)
                del rows[key]

    def _measure(self, written: Mapping[bytes, bytes | None]) -> None:
        """Learn from what was written how many rows there is room for."""
        sample = list(islice(written.items(), 1_000))
        size = sum(len(key) + (0 if data is None else len(data)) for key, data in sample) // len(sample)
        room_bytes = min(_ROOM_BYTES, _SHARED_ROOM_BYTES // len(_OPEN))
        self._room = max(100, room_bytes // (size + _ROW_OVERHEAD_BYTES))
        self._make_room_at = max(self._make_room_at, len(self.rows) + self._room)
        self._commit_at = self._room

    def _make_room(self) -> None:
        """Drop clean rows."""
        self._keep(self._uncommitted())

    def _uncommitted(self) -> dict[bytes, Any]:
        rows = self.rows
        return {key: rows[key] for key in (*self.dirty, *self.unflushed, *self._unwritten) if key in rows}

    def _keep(self, kept: dict[bytes, Any]) -> None:
        """Keep only these rows in memory. They never leave it meanwhile, for a global store has other readers."""
        self._complete = False
        rows = self.rows
        for key in rows.keys() - kept.keys():
            del rows[key]
        self._index.reset()
        self._make_room_at = len(kept) + self._room
        self.let_go()

    def _write_restored(self) -> None:
        self._restored.write(self.committed_offset, self._unwritten_notes)
        self._written_at = time.monotonic()
        self._written_offset = self.committed_offset


_OPEN: WeakSet[BufferedRows] = WeakSet()
"""The stores of the process that share the room."""
