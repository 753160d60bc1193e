"""Windowed keys: a key and the time span it was aggregated over."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")


class Window(NamedTuple):
    """A time span in ms: [start, end) for time windows, [start, end] for sessions and sliding windows."""

    start: int
    end: int


class Windowed(NamedTuple, Generic[K]):
    """A key within a window; prints as Java does: [key@start/end]."""

    key: K
    start: int
    end: int

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    def __str__(self) -> str:
        return f"[{self.key}@{self.start}/{self.end}]"
