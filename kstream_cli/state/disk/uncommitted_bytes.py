"""How much the stores of a thread have written since the last commit (`statestore.uncommitted.max.bytes`, KIP-1035)."""

from __future__ import annotations

from itertools import islice

from kstream_cli.config import Config

_SAMPLE = 32
_MOST_ROWS_BETWEEN_LOOKS = 1024
_ROW_BYTES = 1024
"""Looks are so close that rows of this size do not go past the limit unseen."""


class UncommittedBytes:
    """The sum over the stores of one thread, and the limit above which a commit is due; -1: there is none."""

    def __init__(self, limit: int = -1) -> None:
        self.limit = limit
        self._by_store: dict[object, int] = {}
        self._total = 0

    @property
    def mask(self) -> int:
        """A store looks when the number of its uncommitted rows has none of these bits."""
        rows = _MOST_ROWS_BETWEEN_LOOKS if self.limit < 0 else self.limit // _ROW_BYTES
        return (1 << max(0, min(rows, _MOST_ROWS_BETWEEN_LOOKS).bit_length() - 1)) - 1

    def is_over(self, store: object, rows: dict[bytes, bytes | None]) -> bool:
        """Note what a store has written; True when all of them have more than the limit."""
        size = size_of(rows)
        self._total += size - self._by_store.get(store, 0)
        self._by_store[store] = size
        return self._total > self.limit

    def forget(self, store: object) -> None:
        """What the store has written is committed, or dropped."""
        self._total -= self._by_store.pop(store, 0)


def limit_of(config: Config, threads: int) -> int:
    """One thread's share; no limit unless one is given, or stores are to be transactional, as in Java."""
    if "statestore.uncommitted.max.bytes" not in config.original and not config.enable_transactional_statestores:
        return -1
    limit = config.statestore_uncommitted_max_bytes
    return limit if limit < 0 else limit // max(1, threads)


def size_of(rows: dict[bytes, bytes | None]) -> int:
    """About how many bytes rows have: their number times the size of the newest ones."""
    if not rows:
        return 0
    newest = islice(reversed(rows.items()), _SAMPLE)
    sizes = [len(key) + (0 if data is None else len(data)) for key, data in newest]
    return len(rows) * sum(sizes) // len(sizes)
