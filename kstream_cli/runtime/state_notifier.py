"""Tells the user's listener of an application's states, on a thread of its own: it may block, raise or close."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeAlias

from kstream_cli.callables import check_function
from kstream_cli.errors import ConfigError
from kstream_cli.logs import logger
from kstream_cli.runtime.threads.states import State

log = logger(__name__)

MOST_SECONDS = 1.0

StateListener: TypeAlias = Callable[[State, State], None]
"""(new state, old state); told of one change after the other, on a thread for that alone."""


class StateNotifier:
    """`tell` never waits. Nobody has to be told anything until `listen`."""

    def __init__(self) -> None:
        self._listener: StateListener | None = None
        self._changes: SimpleQueue[tuple[State, State] | None] = SimpleQueue()
        self.thread: threading.Thread | None = None

    def listen(self, listener: StateListener) -> None:
        """Have every change from now on told to `listener`. Raises ConfigError for what can never be one."""
        check_function(listener, "state listener", "new", "old", error=ConfigError)
        self._listener = listener

    def tell(self, new: State, old: State) -> None:
        """Changes are told in the order of these calls; the caller sees to it that there is one."""
        if self._listener is None:
            return
        if self.thread is None:
            self.thread = threading.Thread(target=self._run, name="kstream-state-listener", daemon=True)
            self.thread.start()
        self._changes.put((new, old))

    def end(self) -> None:
        """Wait until the listener has been told of all changes, but a second at most: it may block."""
        if self.thread is None or self.thread is threading.current_thread():
            return
        self._changes.put(None)
        self.thread.join(MOST_SECONDS)
        if self.thread.is_alive():
            log.warning("the state listener has not come back, and is left behind")

    def _run(self) -> None:
        while (change := self._changes.get()) is not None:
            try:
                assert self._listener is not None
                self._listener(*change)
            except BaseException:
                log.exception("the state listener raised")
