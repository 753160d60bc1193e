"""Files of sorted rows that a database takes over as they are: past its log, its memtable and the flush of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rocksdict import SstFileWriter

from kstream_cli.errors import StoreError
from kstream_cli.state.disk.rocksdb import ROW, RocksDB

_SUFFIX = ".under-way"


class RowFiles:
    """Rows on their way into a database, in as many files as the order of their keys needs.

    The database knows nothing of them until `hand_over`; what a process that was killed left is deleted by the next.
    """

    def __init__(self, disk: RocksDB) -> None:
        self._disk = disk
        self._writer: Any = None
        self._paths: list[Path] = []
        self._number = 0
        self._last = b""
        self._error: StoreError | None = None
        self.count = 0
        """How many rows there are."""
        # One of them may be a second name of a file that the database has taken over, so no name is used twice.
        for path in disk.path.glob(f"*{_SUFFIX}"):
            path.unlink()

    def add(self, keys: Sequence[bytes], data: Iterable[bytes | None]) -> None:
        """Add rows (None: deleted) in order of their keys, each of them once; they replace the ones added before."""
        self.require_sound()
        try:
            if self._writer is None or keys[0] <= self._last:
                self._finish()
                self._open()
            writer = self._writer
            for key, value in zip(keys, data, strict=True):
                if value is None:
                    del writer[ROW + key]
                else:
                    writer[ROW + key] = value
        except Exception as error:
            raise self._failed(error) from error
        self._last = keys[-1]
        self.count += len(keys)

    def hand_over(self) -> None:
        """Make them rows of the database, all or none, for good: the files are synced."""
        self.require_sound()
        if not self.count:
            return
        try:
            self._finish()
            self._disk.take_over(self._paths)
        except Exception as error:
            raise self._failed(error) from error
        self._paths = []
        self.count = 0

    def _open(self) -> None:
        self._number += 1
        path = self._disk.path / f"{self._number}{_SUFFIX}"
        writer = SstFileWriter(self._disk.options)
        writer.open(str(path))
        self._writer = writer
        self._paths.append(path)

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.finish()
            self._writer = None

    def _failed(self, error: Exception) -> StoreError:
        self._error = self._disk.unwritable(error)
        return self._error

    def require_sound(self) -> None:
        """After an error nothing is handed over any more, not even in part: it is all restored again."""
        if self._error is not None:
            raise self._error
