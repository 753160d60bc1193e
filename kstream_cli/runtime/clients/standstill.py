"""Nothing waits silently: who cannot go on says so every 15 seconds, with the reason."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

WARN_SECONDS = 15.0


class Standstill:
    """One thing that may wait. Tell it at each try what it `waits` for, and when that is `over`."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._since: float | None = None
        self._told_at = 0.0

    def waits(self, reason: str) -> None:
        """It cannot go on, for a reason that may change: as in 'task 0_0 waits for its state directory'."""
        now = self._clock()
        if self._since is None:
            self._since = self._told_at = now
        elif now - self._told_at >= WARN_SECONDS:
            self._told_at = now
            self._log.warning("%s, since %.0f s", reason, now - self._since)

    def over(self) -> None:
        """It goes on."""
        self._since = None
