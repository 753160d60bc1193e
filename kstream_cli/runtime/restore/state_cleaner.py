"""Deletes the local state of tasks that have moved away, once it is too old to be of use when they come back.

What Kafka Streams for Java keeps in the same directories is left to Java.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from kstream_cli.errors import StateDirectoryLockedError, StoreError
from kstream_cli.logs import logger
from kstream_cli.runtime.restore.state_lock import LOCK_FILE, StateLock
from kstream_cli.state.disk.store_folder import OWN_FOLDER
from kstream_cli.task.task_id import TaskId

log = logger(__name__)


class StateCleaner:
    """Looks through one application's directory; a task that anybody on this machine runs is locked, and left alone."""

    def __init__(self, application_directory: Path, clock: Callable[[], float] = time.time) -> None:
        self._directory = application_directory
        self._clock = clock

    def clean(self, max_age_ms: int) -> list[TaskId]:
        """Delete the state of tasks that was last used longer ago than that; whose it was."""
        return [task for task, directory in self._tasks() if self._clean(task, directory, max_age_ms / 1000)]

    def _tasks(self) -> Iterator[tuple[TaskId, Path]]:
        for directory in sorted(self._directory.glob("*_*")):
            try:
                task = TaskId.parse(directory.name)
            except ValueError:
                continue
            if directory.is_dir():
                yield task, directory

    def _clean(self, task: TaskId, directory: Path, max_age: float) -> bool:
        kept = {path.name for path in directory.iterdir()} - {OWN_FOLDER, LOCK_FILE}
        if kept and not (directory / OWN_FOLDER).exists():
            return False
        # Locking a directory that has no lock file yet would make it look used.
        age = self._clock() - _last_used(directory)
        if age <= max_age:
            return False
        lock = StateLock(directory)
        try:
            lock.acquire()
        except (StateDirectoryLockedError, StoreError):
            return False
        try:
            if (directory / OWN_FOLDER).exists():
                shutil.rmtree(directory / OWN_FOLDER)
            if not kept:
                lock.delete()
        except OSError as error:
            log.warning("the state of task %s in %s cannot be deleted: %s", task, directory, error)
            return False
        finally:
            lock.abandon()
        log.info("deleted the state of task %s, last used %.0f s ago", task, age)
        return True


def delete_state(application_directory: Path) -> None:
    """Delete all local state of an application. Raises StateDirectoryLockedError while somebody uses a part of it."""
    for path in application_directory.glob("*"):
        if path.is_dir():
            lock = StateLock(path)
            lock.acquire()
            shutil.rmtree(path)
            lock.release()
    shutil.rmtree(application_directory, ignore_errors=True)


def _last_used(directory: Path) -> float:
    """When anything in the directory was written last, or its lock given back."""
    found = []
    for path in (directory, *directory.rglob("*")):
        with suppress(FileNotFoundError):
            found.append(path.stat().st_mtime)
    return max(found, default=math.inf)
