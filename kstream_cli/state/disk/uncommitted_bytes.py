"""How much the stores of a thread have written since the last commit (`statestore.uncommitted.max.bytes`, KIP-1035)."""

from __future__ import annotations

from collections.abc import Mapping

from kstream_cli.config import Config

_LOOKS = 16
"""Rows that are written again and again are counted anew when a sixteenth of the limit was written."""

Rows = Mapping[bytes, bytes | None]


class UncommittedBytes:
    """The sum over the stores of one thread, and the limit above which a commit is due; -1: there is none.

    What is written is added up. Only when that could be past the limit, the rows themselves are counted.
    """

    def __init__(self, limit: int = -1) -> None:
        self.limit = limit
        self._by_store: dict[object, Rows] = {}
        self._written = 0
        self._room = limit

    def add(self, store: object, rows: Rows) -> None:
        """Count the rows of a store, which it adds to and empties."""
        self._by_store[store] = rows

    def forget(self, store: object) -> None:
        """The store is closed."""
        self._by_store.pop(store, None)

    def wrote(self, key: bytes, data: bytes | None) -> bool:
        """Note a row; True when it is time to ask whether the limit `is_over`."""
        self._written += len(key) if data is None else len(key) + len(data)
        return self._written > self._room

    def wrote_all(self, rows: Rows) -> None:
        """Note many rows."""
        self._written += size_of(rows)

    def is_over(self) -> bool:
        """Whether all stores together have more than the limit uncommitted."""
        if self._written <= self._room:
            return False
        total = sum(map(size_of, self._by_store.values()))
        self._written, self._room = 0, max(self.limit - total, self.limit // _LOOKS)
        return total > self.limit


def limit_of(config: Config, threads: int) -> int:
    """One thread's share; no limit unless one is given, or stores are to be transactional, as in Java."""
    if "statestore.uncommitted.max.bytes" not in config.original and not config.enable_transactional_statestores:
        return -1
    limit = config.statestore_uncommitted_max_bytes
    return limit if limit < 0 else limit // max(1, threads)


def size_of(rows: Rows) -> int:
    """The bytes of keys and data."""
    return sum(map(len, rows)) + sum(len(data) for data in rows.values() if data is not None)
