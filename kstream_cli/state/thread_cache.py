"""The room for cached rows that all stores of all tasks of one thread share (Java: ThreadCache)."""

from __future__ import annotations

from typing import Any, Protocol


class EvictingCache(Protocol):
    """One store's cache, as its thread sees it."""

    def evict_eldest(self) -> bool:
        """Let go of the row not used for longest, passing on all updates if it is one; False where there is none."""


class ThreadCache:
    """How many bytes the caches of a thread may hold together, and how many they hold.

    Bytes are counted as Java counts them: the key, the value, the topic and headers of the record, and 45 bytes more.
    A put that goes beyond the limit evicts rows of its own store; those of other stores stay, as they do in Java.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.topic_size = 0
        """Length of the topic's name of the cached update that is being passed on, where its record is not kept."""
        self.caches: list[EvictingCache] = []
        self._loose: list[Any] = []
        self._loose_bytes = 0

    def resize(self, limit: int) -> None:
        """Set another limit. For a lower one all caches give up rows in turn, until the rest fits."""
        self.limit = limit
        caches = list(self.caches)
        while self.size > self.limit and caches:
            caches = [cache for cache in caches if self.size <= self.limit or cache.evict_eldest()]

    def add_loose(self, row: Any, size: int) -> None:
        """Keep a row that does not count, as it is not there or is only read: for as long as few such rows are kept."""
        if self._loose_bytes > self.limit // 8:
            loose, self._loose, self._loose_bytes = self._loose, [], 0
            for each in loose:
                if not each.size:
                    each.rows.drop(each)
        self._loose.append(row)
        self._loose_bytes += size
