"""Changelog records on their way into a database: of many records of one key the last one counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from operator import lt

from kstream_cli.state.rocksdb import RocksDB
from kstream_cli.state.row_files import RowFiles

_ROWS = 500_000
_FILE_ROWS = 10_000
"""So many rows are sorted and go to a file: a file costs less than a batch then, and they are in the cache still."""
_ORDERED_ROWS = 1_000
"""So many rows that come in order go to a file at once."""


class RestoredRows:
    """Rows in the form they have on disk (None: deleted), in memory until there are enough of them for a file."""

    def __init__(self, disk: RocksDB) -> None:
        self._disk = disk
        self._files = RowFiles(disk)
        self._committed: dict[bytes, bytes | None] = {}
        self._since_commit: dict[bytes, bytes | None] = {}

    @property
    def is_waiting(self) -> bool:
        return bool(self._committed or self._since_commit or self._files.count)

    @property
    def is_full(self) -> bool:
        return self._files.count >= _ROWS

    def extend(self, keys: Sequence[bytes], data: Sequence[bytes | None]) -> None:
        rows = self._since_commit
        is_first = not rows and not self._committed
        if is_first and len(keys) >= _ORDERED_ROWS and all(map(lt, keys, islice(keys, 1, None))):
            self._files.add(keys, data)
            return
        rows.update(zip(keys, data, strict=True))
        if len(rows) + len(self._committed) >= _FILE_ROWS:
            if self._committed:
                rows = self._committed | rows
            ordered = sorted(rows)
            self._files.add(ordered, map(rows.__getitem__, ordered))
            self._clear()

    def commit(self) -> None:
        self._committed.update(self._since_commit)
        self._since_commit.clear()

    def drop_uncommitted(self) -> None:
        self._since_commit.clear()

    def write(self, offset: int | None, notes: Mapping[bytes, bytes]) -> None:
        """Write them, with the offset last committed: to restore the ones beyond it again changes nothing."""
        self._files.hand_over()
        rows = self._committed | self._since_commit
        self._disk.write(((key, rows[key]) for key in sorted(rows)), offset=offset, notes=notes)
        self._clear()

    def _clear(self) -> None:
        self._committed.clear()
        self._since_commit.clear()
