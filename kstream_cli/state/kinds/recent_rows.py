"""Rows by time over a database, of which memory keeps the newest ones completely."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable
from itertools import compress
from typing import Any

from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.disk.rocksdb import RocksDB
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes
from kstream_cli.state.disk.write_buffer import BufferedRows
from kstream_cli.state.kinds.key_schema import TIME
from kstream_cli.state.serialized import ValueFormat


class RecentRows(BufferedRows):
    """Buffered rows whose keys tell a time. All rows from the time `recent_from` on are in memory.

    So what is asked of recent times, be it there or not, is answered without the disk. When memory is full, the oldest
    clean rows go.
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
        time_bytes: Callable[[bytes], bytes],
    ) -> None:
        super().__init__(disk, store, values, request_commit=request_commit, logged=logged, uncommitted=uncommitted)
        if self._complete:
            self.recent_from = 0
        self._time_bytes = time_bytes
        """Of a row's key, the time: 8 bytes, not negative, and so in the order of bytes."""

    @property
    def recent_from(self) -> int:
        """The time (ms) from which on all rows are in memory."""
        time: int = TIME.unpack(self._recent_time)[0]
        return time

    @recent_from.setter
    def recent_from(self, time: int) -> None:
        self._recent_time = TIME.pack(time)

    def load(self, key: bytes) -> Any:
        return None if self._time_bytes(key) >= self._recent_time else super().load(key)

    def committed(self, key: bytes) -> Any:
        return None if self._time_bytes(key) >= self._recent_time else super().committed(key)

    def restore(self, keys: list[bytes], data: list[bytes | None]) -> None:
        # What is restored goes to the disk, of whatever time it is.
        self.recent_from = LONG_MAX
        super().restore(keys, data)

    def _make_room(self) -> None:
        rows, time_bytes = self.rows, self._time_bytes
        # Not a step in Python for each row: there are hundreds of thousands.
        counts = Counter(map(time_bytes, rows))
        times = sorted(counts, reverse=True)
        newest, oldest_kept, count = times[0], bytes(8), 0
        for time in times:
            count += counts[time]
            if 2 * count >= self._room:
                oldest_kept = time
                break
        if count > self._room:
            # Too many rows of one time: go by use instead.
            super()._make_room()
            self.recent_from = max(self.recent_from, min(TIME.unpack(newest)[0], LONG_MAX - 1) + 1)
        else:
            kept = dict(compress(rows.items(), map(oldest_kept.__le__, map(time_bytes, rows))))
            self._keep(kept | self._uncommitted())
            self.recent_from = max(self.recent_from, TIME.unpack(oldest_kept)[0])


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
