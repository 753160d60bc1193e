"""Rows by time over a database, of which memory keeps the newest ones completely."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any

from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.rocksdb import RocksDB
from kstream_cli.state.write_buffer import BufferedRows

_ROOM_BYTES = 64 * 1024 * 1024


class RecentRows(BufferedRows):
    """Buffered rows whose keys tell a time. All rows from the time `recent_from` on are in memory.

    So what is asked of recent times, be it there or not, is answered without the disk. When memory is full, the oldest
    clean rows go.
    """

    def __init__(
        self,
        disk: RocksDB,
        store: str,
        *,
        encode: Callable[[Any], bytes],
        decode: Callable[[bytes], Any],
        request_commit: Callable[[], None],
        logged: bool,
        time_of: Callable[[bytes], int],
    ) -> None:
        super().__init__(disk, store, encode=encode, decode=decode, request_commit=request_commit, logged=logged)
        self.recent_from = 0 if self._complete else LONG_MAX
        self._time_of = time_of

    def load(self, key: bytes) -> Any:
        return None if self._time_of(key) >= self.recent_from else super().load(key)

    def committed(self, key: bytes) -> Any:
        return None if self._time_of(key) >= self.recent_from else super().committed(key)

    def restore(self, keys: list[bytes], data: list[bytes | None]) -> None:
        # What is restored goes to the disk, of whatever time it is.
        self.recent_from = LONG_MAX
        super().restore(keys, data)

    def _room_bytes(self) -> int:
        return _ROOM_BYTES

    def _make_room(self) -> None:
        rows, time_of = self.rows, self._time_of
        times = sorted(map(time_of, rows))
        half = self._room // 2
        oldest_kept = times[-half] if len(times) > half else 0
        kept = {row: cell for row, cell in rows.items() if time_of(row) >= oldest_kept}
        if len(kept) > self._room:
            # Too many rows of one time: go by use instead.
            super()._make_room()
            self.recent_from = max(self.recent_from, times[-1] + 1)
        else:
            self._older = {}
            self._keep(kept | self._uncommitted())
            self.recent_from = max(self.recent_from, oldest_kept)


class KeySeries(dict[bytes, list[bytes]]):
    """The rows in memory of each key, in order of time."""

    def __init__(self, rows: dict[bytes, Any], *, head: int, tail: int, tag: int) -> None:
        super().__init__()
        for row, cell in rows.items():
            if cell is not None and row[head - 1] == tag:
                self.setdefault(row[head:-tail], []).append(row)
        for series in self.values():
            series.sort()

    def add(self, key: bytes, row: bytes) -> None:
        """Add a row that is not there yet."""
        series = self.get(key)
        if series is None:
            self[key] = [row]
        elif row > series[-1]:
            series.append(row)
        else:
            insort(series, row)

    def discard(self, key: bytes, row: bytes) -> None:
        series = self.get(key)
        if series is not None and row in series:
            series.remove(row)
            if not series:
                del self[key]

    def drop_below(self, bound: bytes) -> None:
        """Remove all rows below `bound`."""
        for key, series in list(self.items()):
            if series[-1] < bound:
                del self[key]
            elif series[0] < bound:
                del series[: bisect_left(series, bound)]
