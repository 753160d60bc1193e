"""The errors that an instance has had lately."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

MOST_KEPT = 5


@dataclass(frozen=True, slots=True)
class RecentError:
    """An error that ended a thread, or the instance."""

    time: float
    """Seconds since the epoch."""
    where: str
    """The thread, or `the application`."""
    text: str


class RecentErrors:
    """Keeps the last few. May be used by any thread."""

    def __init__(self) -> None:
        self._kept: deque[RecentError] = deque(maxlen=MOST_KEPT)
        self.count = 0

    def add(self, where: str, text: str) -> None:
        self.count += 1
        self._kept.append(RecentError(time.time(), where, text))

    def all(self) -> tuple[RecentError, ...]:
        """The oldest first."""
        return tuple(self._kept)
