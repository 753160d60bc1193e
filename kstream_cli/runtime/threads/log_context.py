"""Where a log line comes from: the stream thread, and the task at work, for lines of user code as well."""

from __future__ import annotations

import logging
import re
import threading

_CLIENT = re.compile(r"^.*-(?=(StreamThread-\d+|GlobalStreamThread|StandbyThread|shutdown)$)")


class LogContext(logging.Filter):
    """A logging filter that adds where a line comes from: `%(stream_thread)s`, `%(task)s`, and `%(where)s` for both.

    The name of the thread is without the client id. `task` is empty if no task is being processed.

    Example::

        handler = logging.StreamHandler()
        handler.addFilter(LogContext())
        handler.setFormatter(logging.Formatter("%(asctime)s %(where)s %(message)s"))
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `stream_thread`, `task` and `where` to a log record. Always true."""
        task = getattr(threading.current_thread(), "current_task", None)
        thread, task_id = _CLIENT.sub("", record.threadName or ""), "" if task is None else str(task)
        vars(record).update(stream_thread=thread, task=task_id, where=f"{thread} {task_id}".strip())
        return True
