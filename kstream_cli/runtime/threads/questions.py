"""Questions that other threads ask the owner of some tasks, answered by it between two steps: no store needs a lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from kstream_cli.errors import StoreNotAvailableError
from kstream_cli.state.store import StateStore
from kstream_cli.task.task_id import TaskId

AWAKE_SECONDS = 1.0

LocalStores = Mapping[TaskId, Mapping[str, StateStore]]
"""By task: its stores by name."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to work out from stores. `stale`: also from copies that are behind. `committed`: as of a commit."""

    ask: Callable[[LocalStores], Any]
    stale: bool = False
    committed: bool = False
    answer: Future[Any] = field(default_factory=Future)
    """Cancelled by one who no longer waits."""

    def refuse(self, reason: str) -> None:
        if self.answer.set_running_or_notify_cancel():
            self.answer.set_exception(StoreNotAvailableError(reason))


class Questions:
    """Handed over by any thread, taken by one."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Question] = SimpleQueue()
        self._asked = 0.0

    def put(self, question: Question) -> None:
        self._waiting.put(question)
        self._asked = time.monotonic()

    @property
    def are_waiting(self) -> bool:
        return not self._waiting.empty()

    @property
    def are_likely(self) -> bool:
        """Whether some came a moment ago, so that the next ones should not wait for a long poll."""
        return time.monotonic() - self._asked < AWAKE_SECONDS

    def answer(self, stores: Callable[[bool], LocalStores], commit: Callable[[], bool]) -> None:
        """Answer all that wait; `stores` gives those that are up to date, or all of them, also stale ones.

        Those about committed state are answered after a commit; when that is not possible now, they wait on.
        """
        questions = self._taken()
        is_committed = True
        if any(question.committed for question in questions):
            try:
                is_committed = commit()
            except BaseException:
                for question in questions:
                    question.refuse("the thread could not commit: ask again")
                raise
        for question in questions:
            if question.committed and not is_committed:
                self._waiting.put(question)
                continue
            if not question.answer.set_running_or_notify_cancel():
                continue
            try:
                question.answer.set_result(question.ask(stores(question.stale)))
            except BaseException as error:
                question.answer.set_exception(error)

    def refuse(self, reason: str) -> None:
        for question in self._taken():
            question.refuse(reason)

    def _taken(self) -> list[Question]:
        taken = []
        while not self._waiting.empty():
            taken.append(self._waiting.get())
        return taken
