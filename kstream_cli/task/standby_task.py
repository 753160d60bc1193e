"""A standby copy of a task's stores, kept up to date from their changelogs so that a takeover is quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kstream_cli.config import Config
from kstream_cli.logs import logger
from kstream_cli.state.store import StateStore
from kstream_cli.task.state_manager import Changelog, StateManager, appends, changelogs, store_names
from kstream_cli.task.task_context import TaskContext
from kstream_cli.task.task_id import TaskId
from kstream_cli.task.task_state import TaskState
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Topology

log = logger(__name__)


class StandbyTask:
    """Stores without processors: open(), then restore() again and again with commit() between, then close()."""

    def __init__(
        self,
        task_id: TaskId,
        subtopology: Subtopology,
        *,
        topology: Topology,
        config: Config,
        clock: Callable[[], int],
        directory: Path,
    ) -> None:
        self.id = task_id
        self.subtopology = subtopology
        self.state = TaskState.CREATED
        names = store_names(subtopology.nodes)
        logs = changelogs(subtopology.nodes, topology, config.application_id, task_id.partition)
        self._context = TaskContext(
            config=config,
            task=str(task_id),
            directory=directory,
            clock=clock,
            changelogs=appends(logs, config.application_id, names, None),
        )
        self._states = StateManager({name: topology.stores[name].build() for name in names}, logs)

    def open(self) -> None:
        """Open the stores as of their last commit."""
        self.state = self.state.to(TaskState.RESTORING).to(TaskState.RUNNING)
        self._states.open(self._context)

    @property
    def changelogs(self) -> dict[str, Changelog]:
        """What the stores are kept up to date from, by store."""
        return self._states.changelogs

    @property
    def stores(self) -> dict[str, StateStore]:
        return self._states.stores

    def restore_from(self, store: str) -> int | None:
        """The changelog offset to go on from; None for the beginning."""
        return self._states.restore_from(store)

    def restore(self, store: str, records: Iterable[Any], next_offset: int) -> None:
        """Apply changelog records (key, value, timestamp), of which `next_offset` is the end."""
        self._states.restore(store, records, next_offset)

    def commit(self) -> None:
        """Make durable what was applied so far."""
        self._states.commit_restored()

    def close(self) -> None:
        """Close the stores; what was applied since the last commit will be read again."""
        if self.state is TaskState.CLOSED:
            return
        self.state = self.state.to(TaskState.SUSPENDED).to(TaskState.CLOSED)
        for error in self._states.close():
            log.error("standby task %s: a store could not be closed: %s", self.id, error)
