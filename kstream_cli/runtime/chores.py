"""What an instance looks after now and then beside its stream threads, on one thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from kstream_cli.logs import logger

log = logger(__name__)


class Chore:
    """Something to do every so many seconds, the first time `at_once` or after these; or sooner when asked."""

    def __init__(self, do: Callable[[], None], seconds: float, *, at_once: bool = False) -> None:
        self.do = do
        self.seconds = seconds
        self.due = time.monotonic() + (0.0 if at_once else seconds)


class Chores(threading.Thread):
    """Runs its chores in turn until `stop`; one that fails is logged, and done again when it is due."""

    def __init__(self, name: str, chores: Iterable[Chore]) -> None:
        super().__init__(name=name, daemon=True)
        self._chores = list(chores)
        self._woken = threading.Event()
        self._is_stopping = False

    def soon(self, chore: Chore, seconds: float = 0.0) -> None:
        """Have a chore done within so many seconds. May be called by any thread."""
        chore.due = min(chore.due, time.monotonic() + seconds)
        self._woken.set()

    def stop(self) -> None:
        self._is_stopping = True
        self._woken.set()

    def run(self) -> None:
        while not self._is_stopping:
            self._woken.wait(max(0.0, min(chore.due for chore in self._chores) - time.monotonic()))
            self._woken.clear()
            for chore in self._chores:
                if time.monotonic() >= chore.due and not self._is_stopping:
                    self._do(chore)

    def _do(self, chore: Chore) -> None:
        # First, so that what is asked for while the chore runs is done after it.
        chore.due = time.monotonic() + chore.seconds
        try:
            chore.do()
        except BaseException:
            log.exception("a chore failed, and is done again in %g s", chore.seconds)
