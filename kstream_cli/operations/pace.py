"""Holds a loop to a rate."""

from __future__ import annotations

import time


class Pace:
    """Holds a loop to so many turns a second; None is as fast as it goes."""

    def __init__(self, rate: float | None) -> None:
        self._step = 0.0 if rate is None else 1 / rate
        self._next = time.monotonic()

    def wait(self) -> None:
        if self._step:
            time.sleep(max(0.0, self._next - time.monotonic()))
            self._next = max(self._next + self._step, time.monotonic() - self._step)
