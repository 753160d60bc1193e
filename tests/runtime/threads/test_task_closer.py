"""Closing the stores of tasks that were given up, while the thread works on."""

from __future__ import annotations

import threading

import pytest

from kstream_cli.runtime.threads.task_closer import TaskCloser
from kstream_cli.task.task_id import TaskId


class Task:
    """Its stores take until they are `allowed` to close."""

    def __init__(self, partition: int, *, error: BaseException | None = None) -> None:
        self.id = TaskId(0, partition)
        self.allowed = threading.Event()
        self.suspended_by = self.closed_by = ""
        self._error = error

    def suspend(self) -> None:
        self.suspended_by = threading.current_thread().name
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        assert self.allowed.wait(20)
        self.closed_by = threading.current_thread().name


class Lock:
    def __init__(self) -> None:
        self.is_released = threading.Event()

    def release(self) -> None:
        self.is_released.set()


def closing(closer: TaskCloser, task: Task) -> Lock:
    lock = Lock()
    closer.close(task, lock)
    return lock


def test_sixty_four_tasks_are_given_up_before_the_first_of_their_stores_is_closed() -> None:
    closer, tasks = TaskCloser(), [Task(number) for number in range(64)]
    locks = [closing(closer, task) for task in tasks]
    assert not any(lock.is_released.is_set() for lock in locks)
    for task in tasks:
        task.allowed.set()
    closer.end()
    assert all(lock.is_released.is_set() for lock in locks)


def test_processors_are_closed_by_the_thread_that_they_worked_on_and_stores_by_another() -> None:
    closer, task = TaskCloser(), Task(0)
    closing(closer, task)
    task.allowed.set()
    closer.end()
    assert task.suspended_by == threading.current_thread().name != task.closed_by


def test_a_large_store_does_not_hold_up_the_others() -> None:
    closer, large, small = TaskCloser(), Task(0), Task(1)
    closing(closer, large)
    small.allowed.set()
    assert closing(closer, small).is_released.wait(20)
    large.allowed.set()
    closer.end()


@pytest.mark.parametrize("error", [RuntimeError("no"), SystemExit(1)])
def test_a_task_whose_processor_cannot_be_closed_gives_its_lock_up_all_the_same(error: BaseException) -> None:
    closer, task = TaskCloser(), Task(0, error=error)
    lock = closing(closer, task)
    task.allowed.set()
    closer.wait([task.id])
    assert lock.is_released.is_set()


def test_a_task_whose_stores_cannot_be_closed_gives_its_lock_up_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    closer, task = TaskCloser(), Task(0)

    def close() -> None:
        raise SystemExit(1)

    task.close = close
    lock = closing(closer, task)
    closer.end()
    assert lock.is_released.is_set()
    assert caplog.messages == ["task 0_0 could not be closed"]


def test_a_lock_is_kept_until_the_stores_are_closed() -> None:
    closer, task = TaskCloser(), Task(0)
    held: list[bool] = []
    lock = Lock()
    task.close = lambda: held.append(lock.is_released.is_set())
    closer.close(task, lock)
    closer.end()
    assert (held, lock.is_released.is_set()) == ([False], True)


def test_only_the_tasks_that_are_named_are_waited_for() -> None:
    closer, slow, quick = TaskCloser(), Task(0), Task(1)
    closing(closer, slow)
    quick.allowed.set()
    closing(closer, quick)
    closer.wait([quick.id, TaskId(9, 9)])
    assert quick.closed_by
    assert not slow.closed_by
    slow.allowed.set()
    closer.wait()
    assert slow.closed_by
    closer.wait([slow.id])
    closer.end()


def test_a_closer_may_be_used_again_after_its_end() -> None:
    closer = TaskCloser()
    closer.end()
    for number in range(2):
        task = Task(number)
        task.allowed.set()
        closer.close(task, None)
        closer.end()
        assert "-close" in task.closed_by
