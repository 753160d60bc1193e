"""Says, once, that an instance has more stream threads than tasks."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kstream_cli.logs import logger
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.thread_summary import counted

log = logger("kstream")
SETTLED_SECONDS = 5.0
"""While a group forms, threads are without tasks for a moment."""


class IdleThreads:
    """Looks at the threads of a running application now and then."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._said = False

    def look(self, threads: Sequence[ThreadProgress], *, running: bool) -> None:
        idle = [thread for thread in threads if not thread.tasks]
        if self._said or not running or not idle or len(idle) == len(threads):
            self._since = None
            return
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since >= SETTLED_SECONDS:
            self._said = True
            log.warning(
                "%d of %d threads have nothing to do, with %s here: more partitions make more tasks",
                len(idle),
                len(threads),
                counted(sum(len(thread.tasks) for thread in threads), "task"),
            )
