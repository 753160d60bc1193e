"""Rows of a database that are known without asking it, as bytes: by the native extension, or in dictionaries."""

from __future__ import annotations

from typing import Any, Protocol

from kstream_cli.native import extension

_LIMIT_BYTES = 128 * 1024 * 1024
"""What all of them may hold together; each has the same share."""
_ROW_OVERHEAD_BYTES = 150


class RowCache(Protocol):
    """What the database was given and what it answered, as far as there is room.

    One that is made with a new database, and is complete, knows of every row that is not there, too, until it forgets.
    """

    limit: int
    """How many bytes to keep, about."""

    def get(self, key: bytes, default: Any, /) -> Any:
        """A row's value; None where there is no such row, the default where that is not known."""

    def fill(self, key: bytes, value: bytes | None, /) -> None:
        """Keep what the database answered. It never replaces what is known, which may be newer than the answer."""

    def update(self, keys: list[bytes], values: list[bytes | None], /) -> None:
        """Keep what the database has been given (None: deleted)."""

    def delete_below(self, bound: bytes, /) -> None: ...

    def clear(self) -> None: ...


class RowDictionaries:
    """A RowCache of Python objects."""

    def __init__(self, is_complete: bool) -> None:
        self.limit = 0
        self._is_complete = is_complete
        self._young: dict[bytes, bytes | None] = {}
        self._old: dict[bytes, bytes | None] = {}
        self._row_bytes = _ROW_OVERHEAD_BYTES

    def get(self, key: bytes, default: Any, /) -> Any:
        if key in self._young:
            return self._young[key]
        if key in self._old:
            value = self._young[key] = self._old[key]
            self._keep_limit()
            return value
        return None if self._is_complete else default

    def fill(self, key: bytes, value: bytes | None, /) -> None:
        if key not in self._young and key not in self._old:
            self._young[key] = value
            self._keep_limit()

    def update(self, keys: list[bytes], values: list[bytes | None], /) -> None:
        if keys:
            self._young.update(zip(keys, values, strict=True))
            size = sum(map(len, keys)) + sum(map(len, filter(None, values)))
            self._row_bytes = _ROW_OVERHEAD_BYTES + size // len(keys)
            self._keep_limit()

    def delete_below(self, bound: bytes, /) -> None:
        for rows in (self._young, self._old):
            rows.update(dict.fromkeys([key for key in rows if key < bound]))

    def clear(self) -> None:
        self._young, self._old = {}, {}
        self._is_complete = False

    def _keep_limit(self) -> None:
        if len(self._young) * self._row_bytes > self.limit // 2:
            self._old, self._young = self._young, {}
            self._is_complete = False


_open: list[RowCache] = []


def open_row_cache(*, is_complete: bool) -> RowCache:
    """A cache with its share of the room: of the native kind, where the extension was built and is not switched off."""
    native = extension()
    cache: RowCache = RowDictionaries(is_complete) if native is None else native.RowCache(is_complete)
    _open.append(cache)
    _share_room()
    return cache


def close_row_cache(cache: RowCache) -> None:
    """Give its room to the others."""
    cache.clear()
    if cache in _open:
        _open.remove(cache)
        _share_room()


def _share_room() -> None:
    caches = list(_open)
    for cache in caches:
        cache.limit = _LIMIT_BYTES // len(caches)
