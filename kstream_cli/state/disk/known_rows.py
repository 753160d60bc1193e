"""Rows of a database that are known without asking it, as bytes: by the native extension, or in dictionaries."""

from __future__ import annotations

from typing import Any, Protocol

from kstream_cli.native import extension

_LIMIT_BYTES = 128 * 1024 * 1024
"""What all of them may hold together; each has the same share."""
_ROW_OVERHEAD_BYTES = 150


class RowScan(Protocol):
    """Rows in order, or in reverse order, as they were when it was made."""

    def take(self, count: int, /) -> tuple[list[bytes], list[bytes]]:
        """The keys and values of the next so many rows; none at the end."""


class KnownRows(Protocol):
    """What the database was given and what it answered, as far as there is room.

    One that is made with a new database, and is complete, knows of every row that is not there, too, until it forgets.
    """

    def get(self, key: bytes, default: Any, /) -> Any:
        """A row's value; None where there is no such row, the default where that is not known."""

    def fill(self, key: bytes, value: bytes | None, /) -> None:
        """Keep what the database answered. It never replaces what is known, which may be newer than the answer."""

    def update(self, keys: list[bytes], values: list[bytes | None], /) -> None:
        """Keep what the database has been given (None: deleted)."""

    def delete_below(self, bound: bytes, /) -> None: ...

    def scan(self, low: bytes | None, end: bytes | None, backwards: bool, /) -> RowScan | None:
        """The rows from `low` on, below `end`; None where not all are known, or the database is faster."""

    def keep_within(self, limit: int, /) -> None:
        """How many bytes to keep, about; 0 to begin with. Any thread may say it."""

    def clear(self) -> None: ...


class RowDictionaries:
    """KnownRows of Python objects."""

    def __init__(self, is_complete: bool) -> None:
        self._limit = 0
        self._is_complete = is_complete
        self._young: dict[bytes, bytes | None] = {}
        self._old: dict[bytes, bytes | None] = {}
        self._young_bytes = 0

    def get(self, key: bytes, default: Any, /) -> Any:
        if key in self._young:
            return self._young[key]
        if key in self._old:
            value = self._old[key]
            self._put(key, value)
            return value
        return None if self._is_complete else default

    def fill(self, key: bytes, value: bytes | None, /) -> None:
        if key not in self._young and key not in self._old:
            self._put(key, value)

    def update(self, keys: list[bytes], values: list[bytes | None], /) -> None:
        for key, value in zip(keys, values, strict=True):
            self._put(key, value)

    def delete_below(self, bound: bytes, /) -> None:
        for rows in (self._young, self._old):
            rows.update(dict.fromkeys([key for key in rows if key < bound]))

    def scan(self, low: bytes | None, end: bytes | None, backwards: bool, /) -> None:
        return None

    def keep_within(self, limit: int, /) -> None:
        self._limit = limit  # Heeded with the next row: this may be another thread than the one that has the rows.

    def clear(self) -> None:
        self._young, self._old, self._young_bytes = {}, {}, 0
        self._is_complete = False

    def _put(self, key: bytes, value: bytes | None) -> None:
        self._young[key] = value
        # A row that is put again counts again, until the young ones are the old ones.
        self._young_bytes += _ROW_OVERHEAD_BYTES + len(key) + (0 if value is None else len(value))
        if self._young_bytes > self._limit // 2:
            self._old = self._young if self._young_bytes <= self._limit else {}
            self._young, self._young_bytes = {}, 0
            self._is_complete = False


_open: list[KnownRows] = []


def open_known_rows(*, is_complete: bool) -> KnownRows:
    """Rows with their share of the room: of the native kind, where the extension was built and is not switched off."""
    native = extension("rows")
    rows: KnownRows = RowDictionaries(is_complete) if native is None else native.KnownRows(is_complete)
    _open.append(rows)
    _share_room()
    return rows


def close_known_rows(rows: KnownRows) -> None:
    """Give their room to the others."""
    rows.clear()
    if rows in _open:
        _open.remove(rows)
        _share_room()


def _share_room() -> None:
    sharing = list(_open)
    for rows in sharing:
        rows.keep_within(_LIMIT_BYTES // len(sharing))
