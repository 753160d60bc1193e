"""One RocksDB database per persistent store: rows, and the changelog offset that they are as of, in one place."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any
from weakref import WeakSet

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DataBlockIndexType,
    DBCompressionType,
    IngestExternalFileOptions,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
)

from kstream_cli.config import Config
from kstream_cli.config.state_directory import remedy_of
from kstream_cli.errors import StoreDamagedError, StoreError
from kstream_cli.state.disk.known_rows import RowScan, close_known_rows, open_known_rows

_NOTE = b"\x00"
ROW = b"\x01"
_ROWS_END = b"\x02"
_FENCES = (_NOTE, _ROWS_END)
"""Keys below and above all others, which are always there: an iterator that ends before it comes to one has met a block
that it cannot read, of which it says nothing.
"""
_OFFSET = b"changelog-offset"
_LONG = struct.Struct(">q")
_DAMAGED = "DAMAGED"
"""A file in the folder of a database that could not be read: it is not to be opened again."""

PROPERTIES = (
    "num-immutable-mem-table",
    "cur-size-active-mem-table",
    "cur-size-all-mem-tables",
    "size-all-mem-tables",
    "num-entries-active-mem-table",
    "num-entries-imm-mem-tables",
    "num-deletes-active-mem-table",
    "num-deletes-imm-mem-tables",
    "mem-table-flush-pending",
    "num-running-flushes",
    "compaction-pending",
    "num-running-compactions",
    "estimate-pending-compaction-bytes",
    "total-sst-files-size",
    "live-sst-files-size",
    "num-live-versions",
    "block-cache-capacity",
    "block-cache-usage",
    "block-cache-pinned-usage",
    "estimate-num-keys",
    "estimate-table-readers-mem",
    "background-errors",
)
"""The numbers of RocksDB that Kafka Streams has as metrics, under the same names."""
_BLOCK_CACHE_BYTES = 64 * 1024 * 1024
_WRITE_BUFFERS_BYTES = 64 * 1024 * 1024
_WRITE_BUFFER_BYTES = 16 * 1024 * 1024
_FILTER_SHARE = 0.02
"""How much of a memtable is a filter that tells which keys are not in it, empty or not: 335 kB."""
_MOST_WITH_FILTER = 32
"""So many databases have one. Those of hundreds would fill all write buffers: each write would have to make a file."""
_FIRST_CHUNK_ROWS = 4
_CHUNK_ROWS = 1024
"""A scan reads more rows at once the further it goes: who wants but the first row does not pay for many."""
_CHUNK_BYTES = 4 * 1024 * 1024
"""As far as the rows before tell, a chunk has no more: long values are read one by one, if need be."""
_UNKNOWN: Any = object()
_NEVER = 1_000_000
"""Restored files come many at once, and a write that waits for their compaction holds up all threads of Python."""


@cache
def _shared_memory() -> tuple[Cache, WriteBufferManager]:
    """One block cache and one bound on memtables for all stores of the process, however many tasks it has."""
    blocks = Cache(_BLOCK_CACHE_BYTES)
    return blocks, WriteBufferManager(_WRITE_BUFFERS_BYTES, False)


class RocksDB:
    """An ordered map of bytes on disk, changed only by whole batches.

    A batch and its offset are one atomic write to the write-ahead log, which is not synced: after a kill -9 all
    batches are there, after a power cut those up to some point, and the offset is never ahead of the rows.
    """

    def __init__(self, path: Path, *, store: str, config: Config) -> None:
        self._store = store
        self.path = path
        options = self.options = _options()
        if len(_WITH_FILTER) < _MOST_WITH_FILTER:
            _WITH_FILTER.add(self)
            options.set_memtable_whole_key_filtering(True)
            options.set_memtable_prefix_bloom_ratio(_FILTER_SHARE)
        if config.rocksdb_config_setter is not None:
            config.rocksdb_config_setter(store, options, config)
        if (path / _DAMAGED).exists():
            raise self._damaged((path / _DAMAGED).read_text())
        try:
            self._db: Any = Rdict(str(path), options)
        except Exception as error:
            if _is_damage(error):
                raise self._damaged(error) from error
            raise StoreError(f"store {store!r} cannot be opened in {path}: {error}: {remedy_of(error)}") from error
        self._read = self._db.get
        self._raise_fences()
        try:
            self._known = open_known_rows(is_complete=self.is_empty)
        except StoreError:
            self._db.close()
            raise

    @property
    def is_empty(self) -> bool:
        rows = self._chunks(self._db.items(from_key=ROW), (_ROWS_END,).__le__)
        return next(rows, None) is None

    @property
    def offset(self) -> int | None:
        try:
            data = self._read(_NOTE + _OFFSET)
        except Exception as error:
            raise self._unreadable(error) from error
        return None if data is None else int(_LONG.unpack(data)[0])

    def notes(self) -> dict[bytes, bytes]:
        notes: dict[bytes, bytes] = {}
        for names, data in self._chunks(self._db.items(), (ROW,).__le__):
            notes.update(zip(names, data, strict=True))
        for name in (b"", _OFFSET):
            notes.pop(name, None)
        return notes

    def get(self, key: bytes) -> bytes | None:
        """A row's value, for the thread that writes."""
        value: bytes | None = self._known.get(key, _UNKNOWN)
        if value is _UNKNOWN:
            value = self.stored(key)
            self._known.fill(key, value)
        return value

    def stored(self, key: bytes) -> bytes | None:
        """A row's value, for other threads: an answer of theirs may be old by the time it would be kept."""
        try:
            value: bytes | None = self._read(ROW + key)
        except Exception as error:
            raise self._unreadable(error) from error
        return value

    def chunks(
        self, low: bytes | None = None, high: bytes | None = None, *, inclusive: bool = True, reverse: bool = False
    ) -> Iterator[tuple[list[bytes], list[bytes]]]:
        """Keys and values of rows in order, as of now: later writes do not show. No chunk is empty."""
        # A key followed by a zero byte is the next one possible, so an inclusive bound becomes an exclusive one.
        beyond = None if high is None else high + b"\x00" if inclusive else high
        if low is not None and beyond is not None and low >= beyond:
            return iter(())
        known = self._known.scan(low, beyond, reverse)
        if known is not None:
            return _known_chunks(known)
        first = ROW if low is None else ROW + low
        end = _ROWS_END if beyond is None else ROW + beyond
        if reverse:
            items = dropwhile(lambda row: row[0] >= end, self._db.items(backwards=True, from_key=end))
            return self._chunks(items, (first,).__gt__)
        return self._chunks(self._db.items(from_key=first), (end,).__le__)

    def write(
        self,
        keys: list[bytes],
        values: list[bytes | None],
        *,
        offset: int | None,
        notes: Mapping[bytes, bytes],
        drop_below: bytes | None = None,
    ) -> None:
        """Write everything or nothing: first the deletion of all rows below a bound, then rows (None deletes)."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        if drop_below is not None:
            batch.delete_range(ROW, ROW + drop_below)
        for key, value in zip(keys, values, strict=True):
            if value is None:
                delete(ROW + key)
            else:
                put(ROW + key, value)
        for name, value in notes.items():
            put(_NOTE + name, value)
        if offset is not None:
            put(_NOTE + _OFFSET, _LONG.pack(offset))
        try:
            self._db.write(batch)
        except Exception as error:
            raise self.unwritable(error) from error
        if drop_below is not None:
            self._known.delete_below(drop_below)
        self._known.update(keys, values)

    def take_over(self, files: Iterable[Path]) -> None:
        """Make sorted files of rows part of the database, the later ones over the earlier: all or none, and synced."""
        options = IngestExternalFileOptions()
        options.set_move_files(True)
        self._db.ingest_external_file([str(file) for file in files], options)
        self._known.clear()

    def approximate_size(self) -> int:
        return self.property("estimate-num-keys") or 0

    def property(self, name: str) -> int | None:
        """One of RocksDB's own numbers, by its name without `rocksdb.`; None where it has none of that name."""
        value = self._db.property_int_value(f"rocksdb.{name}")
        return None if value is None else int(value)

    def close(self) -> None:
        close_known_rows(self._known)
        self._db.close()
        _WITH_FILTER.discard(self)

    # The bounds are kept by hand: in rocksdict 0.3 set_iterate_lower_bound sets the upper bound, and that one is freed
    # with the ReadOptions while the iterator still reads it.
    def _chunks(
        self, items: Iterator[tuple[bytes, bytes]], is_beyond: Callable[[tuple[bytes, bytes]], bool]
    ) -> Generator[tuple[list[bytes], list[bytes]], None, None]:
        size = _FIRST_CHUNK_ROWS
        while rows := list(islice(items, size)):
            is_last = is_beyond(rows[-1])
            if is_last:
                del rows[bisect_left(rows, True, key=is_beyond) :]
            values = [value for _, value in rows]
            if rows:
                yield [key[1:] for key, _ in rows], values
            if is_last:
                return
            size = _next_size(size, values)
        del items  # Else the error's traceback would keep the database open.
        raise self._unreadable("a scan broke off")

    def _raise_fences(self) -> None:
        try:
            if self._read(_ROWS_END) is None:
                for fence in _FENCES:
                    self._db.put(fence, b"")
        except Exception as error:
            self._db.close()
            raise self._unreadable(error) from error

    def _unreadable(self, reason: object) -> StoreError:
        """The error for rows that cannot be read; a damaged database is not opened again."""
        if isinstance(reason, Exception) and not _is_damage(reason):
            return StoreError(f"store {self._store!r} cannot be read in {self.path}: {reason}: {remedy_of(reason)}")
        with suppress(OSError):
            (self.path / _DAMAGED).write_text(str(reason))
        return self._damaged(reason)

    def unwritable(self, error: Exception) -> StoreError:
        return StoreError(f"store {self._store!r} cannot write to {self.path}: {error}: {remedy_of(error)}")

    def _damaged(self, reason: object) -> StoreDamagedError:
        text = " ".join(str(reason).split())
        return StoreDamagedError(
            f"the files of store {self._store!r} in {self.path} are damaged ({text})", path=self.path
        )


def _known_chunks(rows: RowScan) -> Generator[tuple[list[bytes], list[bytes]], None, None]:
    size = _FIRST_CHUNK_ROWS
    while True:
        keys, values = rows.take(size)
        if not keys:
            return
        yield keys, values
        size = _next_size(size, values)


def _next_size(size: int, values: list[bytes]) -> int:
    """How many rows the chunk after this one is to have."""
    sample = values[:: 1 + len(values) // 16]
    room = _CHUNK_BYTES * len(sample) // (1 + sum(map(len, sample)))
    return max(1, min(2 * size, room, _CHUNK_ROWS))


_WITH_FILTER: WeakSet[RocksDB] = WeakSet()


def _is_damage(error: Exception) -> bool:
    text = str(error)
    return text.startswith("Corruption") or "No such file" in text


def _options() -> Options:
    blocks, write_buffers = _shared_memory()
    table = BlockBasedOptions()
    table.set_block_cache(blocks)
    table.set_bloom_filter(10, False)
    table.set_data_block_index_type(DataBlockIndexType.binary_and_hash())
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_compression_type(DBCompressionType.none())
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_max_write_buffer_number(3)
    options.set_write_buffer_manager(write_buffers)
    options.set_max_total_wal_size(64 * 1024 * 1024)
    options.set_level_zero_slowdown_writes_trigger(_NEVER)
    options.set_level_zero_stop_writes_trigger(_NEVER)
    options.set_max_open_files(512)
    options.set_keep_log_file_num(1)
    options.set_max_log_file_size(1024 * 1024)
    options.set_stats_dump_period_sec(0)
    return options
