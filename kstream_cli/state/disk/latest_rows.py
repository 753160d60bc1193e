"""Rows that wait to become a file, of each key the last: kept by the native extension, or in a dictionary."""

from __future__ import annotations

from typing import Protocol

from kstream_cli.native import extension

_LIMIT_BYTES = 56 * 1024 * 1024
"""What the native ones may hold, all stores together."""
_LIMIT_ROWS = 10_000
"""Objects take several times the memory, and so many are in the processor's caches still when they are sorted."""


class LatestRows(Protocol):
    """Rows in the form they have on disk (None: deleted). Once sorted they are read, part by part, and then cleared."""

    def extend(self, keys: list[bytes], data: list[bytes | None], /) -> None: ...
    def is_full(self) -> bool: ...
    def sort(self) -> None: ...
    def part(self, start: int, stop: int, /) -> tuple[list[bytes], list[bytes | None]]: ...
    def clear(self) -> None: ...
    def __len__(self) -> int: ...


class RowDictionary:
    """LatestRows of Python objects."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: dict[bytes, bytes | None] = {}
        self._sorted: list[bytes] = []

    def extend(self, keys: list[bytes], data: list[bytes | None], /) -> None:
        self._rows.update(zip(keys, data, strict=True))

    def is_full(self) -> bool:
        return len(self._rows) >= self._limit

    def sort(self) -> None:
        self._sorted = sorted(self._rows)

    def part(self, start: int, stop: int, /) -> tuple[list[bytes], list[bytes | None]]:
        keys = self._sorted[start:stop]
        return keys, list(map(self._rows.__getitem__, keys))

    def clear(self) -> None:
        self._rows.clear()
        self._sorted.clear()

    def __len__(self) -> int:
        return len(self._rows)


def latest_rows() -> LatestRows:
    """The native kind, where the extension was built and is not switched off."""
    native = extension("rows")
    if native is None:
        return RowDictionary(_LIMIT_ROWS)
    rows: LatestRows = native.LatestRows(_LIMIT_BYTES)
    return rows
