"""The newest row of each key of a changelog, in the order of their bytes; more than fits in memory lies on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

_BATCH = 10_000
_MAKE = """
CREATE TABLE rows (
    row BLOB, partition INTEGER, version INTEGER, value BLOB, timestamp INTEGER, place INTEGER,
    PRIMARY KEY (row, partition, version)
) WITHOUT ROWID
"""


class LatestRow(NamedTuple):
    """A row as bytes, and the record that wrote it last."""

    row: bytes
    partition: int
    value: bytes | None
    timestamp: int
    offset: int


class LatestRows:
    """A row for each row key and partition; where versions count, for each of its timestamps. A context manager.

    Memory stays small, whatever is put: rows are in a temporary database that goes with this object.

    Example:
        >>> with LatestRows() as rows:
        ...     rows.put(LatestRow(b"a", 0, b"1", 10, 0))
        ...     rows.put(LatestRow(b"a", 0, b"2", 20, 1))
        ...     [row.value for row in rows]
        [b'2']
    """

    def __init__(self, *, versions: bool = False) -> None:
        self._versions = versions
        # An empty name is a database in memory that moves to a temporary file when it grows.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute(_MAKE)
        self._pending: dict[tuple[bytes, int, int], LatestRow] = {}

    def put(self, row: LatestRow) -> None:
        """A row without a value deletes; where versions count, it is a version without a value."""
        self._pending[row.row, row.partition, row.timestamp if self._versions else 0] = row
        if len(self._pending) >= _BATCH:
            self._settle()

    def __iter__(self) -> Iterator[LatestRow]:
        self._settle()
        for found in self._database.execute(
            "SELECT row, partition, value, timestamp, place FROM rows ORDER BY row, partition, version"
        ):
            yield LatestRow(*found)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> LatestRows:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _settle(self) -> None:
        gone = [key for key, row in self._pending.items() if row.value is None and not self._versions]
        kept = [
            (*key, row.value, row.timestamp, row.offset)
            for key, row in self._pending.items()
            if row.value is not None or self._versions
        ]
        self._database.execute("BEGIN")
        self._database.executemany("DELETE FROM rows WHERE row = ? AND partition = ? AND version = ?", gone)
        self._database.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?)", kept)
        self._database.execute("COMMIT")
        self._pending.clear()
