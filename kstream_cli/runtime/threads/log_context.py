"""Where a log line comes from: the stream thread, and the task at work, for lines of user code as well."""

from __future__ import annotations

import logging
import re
import threading

_CLIENT = re.compile(r"^.*-(?=(StreamThread-\d+|GlobalStreamThread|StandbyThread|shutdown)$)")


class LogContext(logging.Filter):
    """Add it to a handler: its format can then have `%(stream_thread)s`, `%(task)s`, and `%(where)s` for both.

    The thread's name comes without the client id in front of it; `task` is empty where no task is at work.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        task = getattr(threading.current_thread(), "current_task", None)
        thread, task_id = _CLIENT.sub("", record.threadName or ""), "" if task is None else str(task)
        vars(record).update(stream_thread=thread, task=task_id, where=f"{thread} {task_id}".strip())
        return True
