"""Waits for threads to end, and says what keeps them: user code may block."""

from __future__ import annotations

import threading

from kstream_cli.logs import logger
from kstream_cli.runtime.threads.stuck_threads import users_line

log = logger(__name__)

FIRST_SECONDS = 5.0
EVERY_SECONDS = 15.0


def join(thread: threading.Thread) -> None:
    """Wait until a thread has ended; now and then, say that and where it still works."""
    if thread is threading.current_thread() or not thread.is_alive():
        return
    thread.join(FIRST_SECONDS)
    waited = FIRST_SECONDS
    while thread.is_alive():
        log.warning("closing has waited %.0f s for %s%s", waited, thread.name, _work_of(thread))
        thread.join(EVERY_SECONDS)
        waited += EVERY_SECONDS


def _work_of(thread: threading.Thread) -> str:
    """Which task the thread works on, and where in the user's code it is."""
    task = getattr(thread, "current_task", None)
    position = users_line(thread)
    return ("" if task is None else f", which works on task {task}") + ("" if position is None else f": at {position}")
