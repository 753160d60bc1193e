"""The states of an application, of its stream threads and of its global thread, and the transitions allowed."""

from __future__ import annotations

from enum import Enum

from kstream_cli.errors import StateError


class State(Enum):
    """The state of an application (Java: KafkaStreams.State)."""

    CREATED = "CREATED"
    REBALANCING = "REBALANCING"
    RUNNING = "RUNNING"
    PENDING_SHUTDOWN = "PENDING_SHUTDOWN"
    NOT_RUNNING = "NOT_RUNNING"
    PENDING_ERROR = "PENDING_ERROR"
    ERROR = "ERROR"

    def to(self, state: State) -> State:
        """The next state. Raises StateError if this state cannot become it."""
        if state not in TRANSITIONS[self]:
            raise StateError(f"an application that is {self.value} cannot become {state.value}")
        return state

    @property
    def is_running_or_rebalancing(self) -> bool:
        """Whether the application is RUNNING or REBALANCING."""
        return self in (State.RUNNING, State.REBALANCING)

    @property
    def has_ended(self) -> bool:
        """Whether the application is NOT_RUNNING or in ERROR: it will not run again."""
        return self in (State.NOT_RUNNING, State.ERROR)


TRANSITIONS: dict[State, set[State]] = {
    State.CREATED: {State.REBALANCING, State.PENDING_SHUTDOWN},
    State.REBALANCING: {State.RUNNING, State.PENDING_SHUTDOWN, State.PENDING_ERROR},
    State.RUNNING: {State.REBALANCING, State.PENDING_SHUTDOWN, State.PENDING_ERROR},
    State.PENDING_SHUTDOWN: {State.NOT_RUNNING},
    State.NOT_RUNNING: set(),
    State.PENDING_ERROR: {State.ERROR},
    State.ERROR: set(),
}


class ThreadState(Enum):
    """Where a stream thread is (Java: StreamThread.State)."""

    CREATED = "CREATED"
    STARTING = "STARTING"
    PARTITIONS_REVOKED = "PARTITIONS_REVOKED"
    PARTITIONS_ASSIGNED = "PARTITIONS_ASSIGNED"
    RUNNING = "RUNNING"
    PENDING_SHUTDOWN = "PENDING_SHUTDOWN"
    DEAD = "DEAD"

    def to(self, state: ThreadState) -> ThreadState:
        """The next state; StateError when the table does not allow it."""
        if state not in THREAD_TRANSITIONS[self]:
            raise StateError(f"a stream thread that is {self.value} cannot become {state.value}")
        return state

    @property
    def is_alive(self) -> bool:
        return self not in (ThreadState.PENDING_SHUTDOWN, ThreadState.DEAD)


THREAD_TRANSITIONS: dict[ThreadState, set[ThreadState]] = {
    ThreadState.CREATED: {ThreadState.STARTING, ThreadState.PENDING_SHUTDOWN},
    ThreadState.STARTING: {
        ThreadState.PARTITIONS_REVOKED,
        ThreadState.PARTITIONS_ASSIGNED,
        ThreadState.PENDING_SHUTDOWN,
    },
    ThreadState.PARTITIONS_REVOKED: {
        ThreadState.PARTITIONS_REVOKED,
        ThreadState.PARTITIONS_ASSIGNED,
        ThreadState.PENDING_SHUTDOWN,
    },
    ThreadState.PARTITIONS_ASSIGNED: {
        ThreadState.PARTITIONS_REVOKED,
        ThreadState.PARTITIONS_ASSIGNED,
        ThreadState.RUNNING,
        ThreadState.PENDING_SHUTDOWN,
    },
    ThreadState.RUNNING: {
        ThreadState.PARTITIONS_REVOKED,
        ThreadState.PARTITIONS_ASSIGNED,
        ThreadState.RUNNING,
        ThreadState.PENDING_SHUTDOWN,
    },
    ThreadState.PENDING_SHUTDOWN: {ThreadState.DEAD},
    ThreadState.DEAD: set(),
}
