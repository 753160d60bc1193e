"""Changelog records on their way into a database: of many records of one key the last one counts."""

from __future__ import annotations

from collections.abc import Mapping

from kstream_cli.errors import StoreError
from kstream_cli.state.disk.latest_rows import LatestRows, latest_rows
from kstream_cli.state.disk.rocksdb import RocksDB
from kstream_cli.state.disk.row_files import RowFiles

_ROWS = 500_000
_FILE_ROWS = 10_000
"""A file of so many rows costs less than a batch."""
_PART_ROWS = 1_000


class RestoredRows:
    """Rows in the form they have on disk (None: deleted), in memory until there are enough of them for a file."""

    def __init__(self, disk: RocksDB) -> None:
        self._disk = disk
        self._files = RowFiles(disk)
        self._made: LatestRows | None = None

    @property
    def is_waiting(self) -> bool:
        return bool(self._made or self._files.count)

    @property
    def is_full(self) -> bool:
        return self._files.count >= _ROWS

    def extend(self, keys: list[bytes], data: list[bytes | None]) -> None:
        self._files.require_sound()
        rows = self._rows
        rows.extend(keys, data)
        if rows.is_full():
            self._to_files()

    def write(self, offset: int | None, notes: Mapping[bytes, bytes]) -> None:
        """Write them, with the offset last committed: to restore the ones beyond it again changes nothing."""
        rows = self._rows
        if len(rows) >= _FILE_ROWS:
            self._to_files()
        self._files.hand_over()
        rows.sort()
        keys, data = rows.part(0, len(rows))
        rows.clear()
        try:
            self._disk.write(keys, data, offset=offset, notes=notes)
        except StoreError:
            rows.extend(keys, data)
            raise

    @property
    def _rows(self) -> LatestRows:
        if self._made is None:
            self._made = latest_rows()
        return self._made

    def _to_files(self) -> None:
        rows = self._rows
        rows.sort()
        for start in range(0, len(rows), _PART_ROWS):
            self._files.add(*rows.part(start, min(start + _PART_ROWS, len(rows))))
        rows.clear()
