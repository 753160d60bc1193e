"""Threads that hang in the user's code, and where."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from kstream_cli.processor.inlining import Position
from kstream_cli.processor.user_position import running_position
from kstream_cli.runtime.threads.progress import ThreadProgress


@dataclass(frozen=True, slots=True)
class StuckThread:
    """A thread that has not ended a turn for long."""

    thread: str
    seconds: float
    tasks: tuple[str, ...]
    at: str | None
    """File, line and function of the user's code; None where it is in none."""


def stuck_threads(threads: Iterable[ThreadProgress], now: float, seconds: float) -> tuple[StuckThread, ...]:
    """Those whose last turn ended more than so many seconds before `now`, in seconds since the epoch."""
    by_name = {thread.name: thread for thread in threading.enumerate()}
    found = []
    for each in threads:
        if each.state == "DEAD" or not each.time or now - each.time <= seconds:
            continue
        thread = by_name.get(each.thread)
        position = None if thread is None else users_line(thread)
        at = None if position is None else str(position)
        found.append(StuckThread(each.thread, now - each.time, tuple(task.task for task in each.tasks), at))
    return tuple(found)


def users_line(thread: threading.Thread) -> Position | None:
    """The innermost line of the user's code that a thread is at."""
    frame = sys._current_frames().get(thread.ident or 0)
    return None if frame is None else running_position(frame)
