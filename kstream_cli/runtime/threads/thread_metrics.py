"""The metrics of one stream thread: what its loop tells it, per turn and per commit, never per record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from kstream_cli.processor.metrics import MetricName, Metrics
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_metrics import TASK_GROUP

THREAD_GROUP = "stream-thread-metrics"
UPDATER_GROUP = "stream-state-updater-metrics"


class ThreadMetrics:
    """Written by the thread alone; `values` may be asked by any."""

    def __init__(self, registry: Metrics) -> None:
        self.registry = registry
        self.thread = registry.tags["thread-id"]
        self.tasks: Callable[[], Iterable[StreamTask]] = tuple
        """The tasks that the thread has now."""
        self._records = self._created = self._closed = self._restored = self._batches = 0
        self._blocked = 0.0
        self._started = time.time_ns() // 1_000_000
        meter = registry.meter
        self._poll_latency, self._poll_records, self._poll_seconds = meter(), meter(), meter()
        self._process_latency, self._process_records, self._process_seconds = meter(), meter(), meter()
        self._punctuate_latency, self._punctuate_seconds = meter(), meter()
        self._commit_latency, self._commit_seconds = meter(), meter()
        self._add()

    def bind(self, state: Callable[[], ThreadState], progress: Callable[[], ThreadProgress]) -> None:
        """Tell the state of the thread, too."""
        order, add = list(ThreadState), self.registry.add
        add("state", THREAD_GROUP, "The state of the thread", lambda: state().value)
        add("thread-state", THREAD_GROUP, "The state of the thread, as a number", lambda: order.index(state()))
        restoring = "The number of active tasks that are being restored"
        add("active-restoring-tasks", UPDATER_GROUP, restoring, lambda: _restoring(progress()))

    # What the thread did

    def polled(self, seconds: float, records: int) -> None:
        self._poll_latency.record(seconds * 1000)
        self._poll_records.record(records)
        self._poll_seconds.record(seconds)
        self._blocked += seconds

    def processed(self, seconds: float, records: int) -> None:
        self._process_latency.record(seconds * 1000 / records)
        self._process_records.record(records)
        self._process_seconds.record(seconds)
        self._records += records

    def punctuated(self, seconds: float) -> None:
        self._punctuate_latency.record(seconds * 1000)
        self._punctuate_seconds.record(seconds)

    def committed(self, seconds: float) -> None:
        self._commit_latency.record(seconds * 1000)
        self._commit_seconds.record(seconds)
        self._blocked += seconds

    def restored(self, records: int) -> None:
        self._restored += records
        self._batches += 1

    def created_task(self) -> None:
        self._created += 1

    def closed_task(self) -> None:
        self._closed += 1

    def counts(self) -> tuple[int, int, int]:
        """Records processed, rounds of punctuations, and commits, so far."""
        return self._records, self._punctuate_latency.count, self._commit_latency.count

    def observe(self) -> None:
        """Look at the counters of the thread and its tasks; called by the thread a few times a second."""
        self.registry.observe()
        for task in self.tasks():
            task.metrics.observe()

    def values(self) -> dict[MetricName, Any]:
        """Those of the thread, and of all that its tasks have."""
        found = self.registry.values()
        for task in list(self.tasks()):
            found.update(task.metrics.registry.values())
        return found

    def _add(self) -> None:
        registry, group = self.registry, THREAD_GROUP
        registry.add("thread-start-time", group, "When the thread was started, in ms", lambda: self._started)
        blocked = "The time that the thread waited for Kafka, in ns"
        registry.add("blocked-time-ns-total", group, blocked, lambda: int(self._blocked * 1e9))
        registry.add_calls("poll", group, "polls", self._poll_latency)
        registry.add_total("process", group, "records processed", lambda: self._records)
        registry.add_calls("punctuate", group, "rounds of punctuations", self._punctuate_latency)
        registry.add_calls("commit", group, "commits", self._commit_latency)
        registry.add_total("task-created", group, "tasks made", lambda: self._created)
        registry.add_total("task-closed", group, "tasks closed", lambda: self._closed)
        registry.add_sizes("poll-records", group, "number of records of a poll", self._poll_records)
        registry.add_sizes("process-records", group, "number of records processed in one go", self._process_records)
        for operation, latency, seconds, what in (
            ("poll", self._poll_latency, self._poll_seconds, "time of a poll"),
            ("process", self._process_latency, self._process_seconds, "time that a record took"),
            ("punctuate", self._punctuate_latency, self._punctuate_seconds, "time of a round of punctuations"),
            ("commit", self._commit_latency, self._commit_seconds, "time of a commit"),
        ):
            registry.add_sizes(f"{operation}-latency", group, f"{what}, in ms", latency)
            share = f"The share of recent time that went into {operation}"
            registry.add(f"{operation}-ratio", group, share, seconds.share)
        updater = UPDATER_GROUP
        registry.add_total("restore-records", updater, "records restored", lambda: self._restored)
        registry.add_total("restore-call", updater, "batches of records restored", lambda: self._batches)


def task_gauges(progress: ThreadProgress, now: float) -> dict[MetricName, Any]:
    """What a thread's last snapshot says of its tasks; lag and age are kstream's own metrics."""
    found: dict[MetricName, Any] = {}
    standbys = sum(task.state == "standby" for task in progress.tasks)
    if standbys:
        text = "The number of standby copies that are kept up to date"
        found[MetricName("standby-updating-tasks", UPDATER_GROUP, {"thread-id": progress.thread}, text)] = standbys
    for task in progress.tasks:
        tags = {"thread-id": progress.thread, "task-id": task.task}
        if task.lag is not None:
            text = "The number of records on the broker and in memory that are not processed yet"
            found[MetricName("records-lag", TASK_GROUP, tags, text)] = task.lag
        if task.last_progress is not None:
            text = "The time since the task last processed a record or had none left, in seconds"
            found[MetricName("seconds-since-progress", TASK_GROUP, tags, text)] = max(0.0, now - task.last_progress)
    return found


def _restoring(progress: ThreadProgress) -> int:
    return sum(bool(task.restoring) for task in progress.tasks)
