"""What a stream thread does while a cluster beside home is away: the tasks that need it wait, the others go on.

A task that only reads there simply gets nothing, and does not take its other inputs for complete meanwhile. One that
writes there starts again from its last commit once the cluster answers: what it would do until then could not be
committed, and under exactly-once would keep the whole thread's transaction from being.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kstream_cli.clusters import cluster_of
from kstream_cli.errors import TaskCorruptedError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.cluster_health import ClusterHealth
from kstream_cli.runtime.clients.spanning_producer import SpanningProducer
from kstream_cli.runtime.threads.task_manager import TaskManager
from kstream_cli.task.task_id import TaskId

log = logger(__name__)


class Outages:
    """Used by one stream thread.

    Args:
        fetch_again: Has the consumer read on in a cluster that came back; None where it reads home only.
        written: The clusters beside home that a subtopology writes to.
    """

    def __init__(
        self,
        health: ClusterHealth,
        tasks: TaskManager,
        producer: SpanningProducer,
        *,
        fetch_again: Callable[[str], None] | None,
        written: Callable[[int], frozenset[str]],
        transactional: bool,
    ) -> None:
        self._health = health
        self._tasks = tasks
        self._fetch_again = fetch_again
        self._producer = producer
        self._written = written
        self._transactional = transactional
        self._away: frozenset[str] = frozenset()
        """Those that this thread knows to be away."""

    def look(self) -> bool:
        """Take up which clusters are away; whether tasks were put back to their start.

        Raises TaskCorruptedError where all tasks of the thread, which share a transaction, must start again.
        """
        away = self._health.away
        if away is self._away:
            return False
        come_back, self._away = self._away - away, away
        if self._fetch_again is not None:
            for cluster in come_back:
                self._fetch_again(cluster)
        self._forget_ends()
        return self._put_back()

    def stop_writers(self) -> None:
        """Called while a record waits for room: raises TaskCorruptedError if it is for a cluster that is away."""
        if self._health.away is not self._away and (writers := self._writers(self._health.away)):
            for cluster in writers:
                self._producer.give_up(cluster)
            raise TaskCorruptedError(f"cluster {', '.join(writers)} is away: no more records can be sent there")

    def needed(self, task: TaskId) -> str | None:
        """A cluster that the task reads or writes and that is away."""
        read = {cluster_of(topic) for topic, _ in self._tasks.placement.partitions(task)}
        return min((read | self._written(task.subtopology)) & self._health.away, default=None)  # type: ignore[type-var]

    def _forget_ends(self) -> None:
        """Not to know of a partition whether it is at its end keeps its task from going on without it."""
        for key in [key for key in self._tasks.positions if cluster_of(key[0]) in self._away]:
            del self._tasks.positions[key]

    def _put_back(self) -> bool:
        writers = self._writers(self._away)
        stopped = {task for tasks in writers.values() for task in tasks}
        if not stopped:
            return False
        for cluster in writers:
            self._producer.give_up(cluster)
        names, clusters = ", ".join(map(str, sorted(stopped))), ", ".join(writers)
        if self._transactional:
            raise TaskCorruptedError(f"cluster {clusters} is away: tasks {names} wait for it at their last commit")
        log.warning("cluster %s is away: tasks %s wait for it at their last commit", clusters, names)
        self._tasks.close(stopped)
        self._tasks.assign(stopped)
        return True

    def _writers(self, clusters: Iterable[str]) -> dict[str, list[TaskId]]:
        """Those of the clusters that running tasks write to, with these tasks."""
        found = {
            cluster: [task for task in self._tasks.running if cluster in self._written(task.subtopology)]
            for cluster in sorted(clusters)
        }
        return {cluster: tasks for cluster, tasks in found.items() if tasks}
