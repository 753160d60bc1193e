"""Closes the stores of tasks that a thread has given up, beside the thread's own work.

To close a store is to write what it holds in memory to the disk: seconds, with many large stores. In the middle of a
rebalance the thread has no seconds: the group waits for it, and puts out who is late.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import current_thread

from kstream_cli.logs import logger
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

AT_ONCE = 4


class TaskCloser:
    """Owned by one stream thread. A task's lock is let go when it is closed: whoever has the task next waits for it."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._closing: dict[TaskId, Future[None]] = {}

    def close(self, task: StreamTask, lock: StateLock | None) -> None:
        """Close the processors now, on the caller's thread, which is theirs; the stores soon."""
        try:
            task.suspend()
        except BaseException:
            log.exception("task %s: a processor could not be closed", task.id)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"{current_thread().name}-close")
        self._closing = {task_id: future for task_id, future in self._closing.items() if not future.done()}
        self._closing[task.id] = self._pool.submit(_close, task, lock)

    def wait(self, tasks: Iterable[TaskId] | None = None) -> None:
        """Wait until these tasks are closed; all of them, if none are named."""
        for task_id in list(self._closing) if tasks is None else tasks:
            if task_id in self._closing:
                self._closing.pop(task_id).result()

    def end(self) -> None:
        """Wait for all, and let go of the threads."""
        self.wait()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _close(task: StreamTask, lock: StateLock | None) -> None:
    try:
        task.close()
    except BaseException:
        log.exception("task %s could not be closed", task.id)
    finally:
        if lock is not None:
            lock.release()
