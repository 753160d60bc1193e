"""How long a stream thread waits before what has just failed is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable


class Backoff:
    """The first failure costs no wait, the second `first_seconds`, each further one twice as long, up to a limit.

    Failures are forgotten once `calm_seconds` have passed without one. One thread at a time.
    """

    def __init__(
        self,
        *,
        first_seconds: float = 1.0,
        most_seconds: float = 30.0,
        calm_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures = 0
        self._first = first_seconds
        self._most = most_seconds
        self._calm = calm_seconds
        self._clock = clock
        self._began = self._tried_at = 0.0

    def failed(self) -> float:
        """Count a failure; the seconds to wait before the next try."""
        now = self._clock()
        if not self.failures or now - self._tried_at > self._calm:
            self.failures, self._began = 0, now
        self.failures += 1
        wait = 0.0 if self.failures == 1 else min(self._first * 2 ** (self.failures - 2), self._most)
        self._tried_at = now + wait
        return wait

    def __str__(self) -> str:
        """How often it failed, for the log."""
        if self.failures <= 1:
            return "the first time"
        return f"{self.failures} times in {self._clock() - self._began:.0f} s"
