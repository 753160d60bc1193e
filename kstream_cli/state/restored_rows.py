"""Changelog records on their way into a database: of many records of one key only the last is written."""

from __future__ import annotations

from collections.abc import Iterable

from kstream_cli.state.rocksdb import RocksDB

_ROWS = 200_000


class RestoredRows:
    """Rows in the form they have on disk (None: deleted), waiting to be written sorted, many at once."""

    def __init__(self, disk: RocksDB) -> None:
        self._disk = disk
        self._committed: dict[bytes, bytes | None] = {}
        self._since_commit: dict[bytes, bytes | None] = {}

    @property
    def is_waiting(self) -> bool:
        return bool(self._committed or self._since_commit)

    @property
    def is_full(self) -> bool:
        return len(self._committed) + len(self._since_commit) > _ROWS

    def update(self, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        self._since_commit.update(rows)

    def commit(self) -> None:
        if self._since_commit:
            self._committed.update(self._since_commit)
            self._since_commit.clear()

    def drop_uncommitted(self) -> None:
        self._since_commit.clear()

    def write(self, offset: int | None, notes: dict[bytes, bytes]) -> None:
        """Write them, with the offset last committed: to restore the ones beyond it again changes nothing."""
        rows = self._committed | self._since_commit
        # RocksDB takes sorted keys several times faster.
        self._disk.write(((key, rows[key]) for key in sorted(rows)), offset=offset, notes=notes, to_log=False)
        self._committed.clear()
        self._since_commit.clear()
