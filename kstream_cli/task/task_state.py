"""The states of a task and the transitions between them (Kafka Streams page, section 6.5)."""

from __future__ import annotations

from enum import Enum

from kstream_cli.errors import StateError


class TaskState(Enum):
    """Where a task is in its life."""

    CREATED = "created"
    RESTORING = "restoring"
    RUNNING = "running"
    SUSPENDED = "suspended"
    CLOSED = "closed"

    def to(self, state: TaskState) -> TaskState:
        """The next state; StateError when the table does not allow it."""
        if state not in TRANSITIONS[self]:
            raise StateError(f"a task that is {self.value} cannot become {state.value}")
        return state


TRANSITIONS = {
    TaskState.CREATED: {TaskState.RESTORING, TaskState.SUSPENDED, TaskState.CLOSED},
    TaskState.RESTORING: {TaskState.RUNNING, TaskState.SUSPENDED},
    TaskState.RUNNING: {TaskState.SUSPENDED},
    TaskState.SUSPENDED: {TaskState.RESTORING, TaskState.CLOSED},
    TaskState.CLOSED: set[TaskState](),
}
