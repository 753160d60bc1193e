"""When `--exit-when-idle` is reached."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kstream_cli.runtime.threads.progress import ThreadProgress


class Idleness:
    """Whether all input is read and nothing has come for a while, counted from when all tasks run."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: object = None
        self._since: float | None = None

    def reached(self, threads: Sequence[ThreadProgress], *, running: bool) -> bool:
        """`threads` as they are now; a record, a task that moves, lag, or a pause in running start the time anew.

        A lag that is not known yet is lag: a task that has just started has read nothing.
        """
        tasks = [(thread.thread, task) for thread in threads for task in thread.tasks]
        seen = [(thread, task.task, task.state, task.processed) for thread, task in tasks]
        if not running or any(task.lag is None or task.lag for _, task in tasks):
            self._since = None
            return False
        if self._since is None or seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return time.monotonic() - self._since >= self._seconds
