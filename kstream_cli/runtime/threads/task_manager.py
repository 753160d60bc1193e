"""The tasks of one stream thread, from the moment the group assigns them until they are given back.

A new task waits for its state directory, then for the offsets it goes on from, then for its stores to be restored; only
then does the thread's consumer fetch its partitions. So a task that starts never holds up one that works.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from confluent_kafka import OFFSET_END, KafkaException, TopicPartition

from kstream_cli.errors import BrokerUnavailableError, StateDirectoryLockedError, TaskCorruptedError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.restore.changelog_reader import ChangelogReader
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.runtime.threads.committer import Committer
from kstream_cli.runtime.threads.new_task import NewTask, metadata_of
from kstream_cli.runtime.threads.past_tasks import PastTasks
from kstream_cli.runtime.threads.questions import LocalStores
from kstream_cli.runtime.threads.start_offsets import StartOffsets
from kstream_cli.runtime.threads.task_closer import TaskCloser
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics
from kstream_cli.state.disk.store_folder import OWN_FOLDER
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

COMMITTED_SECONDS = 1.0
RESTORE_SECONDS = 0.1
WARN_SECONDS = 15.0

MakeTask = Callable[[TaskId, tuple[Partition, ...], Path], StreamTask]


class TaskManager:
    """Owned by one stream thread; nobody else calls it."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        *,
        placement: Placement,
        make_task: MakeTask,
        reader: ChangelogReader,
        committer: Committer,
        start_offsets: StartOffsets,
        metrics: ThreadMetrics,
        application_directory: Path,
        timeout_seconds: float,
        transactional: bool,
        release_standbys: Callable[[Iterable[TaskId]], None],
    ) -> None:
        self._release_standbys = release_standbys
        self._consumer = consumer
        self._transactional = transactional
        self.placement = placement
        self._make_task = make_task
        self._reader = reader
        self._committer = committer
        self._start_offsets = start_offsets
        self._metrics = metrics
        metrics.tasks = self.all_tasks
        self._directory = application_directory
        self._timeout = timeout_seconds
        self._warned_at = 0.0
        self._new: dict[TaskId, NewTask] = {}
        self._locks: dict[TaskId, StateLock] = {}
        self._closer = TaskCloser()
        self.working_on: TaskId | None = None
        """The task whose records or punctuations are being processed."""
        self.running: dict[TaskId, StreamTask] = {}
        """In order of their ids."""
        self.by_partition: dict[Partition, StreamTask] = {}
        self.positions: dict[Partition, int] = {}
        """Where a partition was at its end when the consumer last said so."""
        self.started_at: dict[Partition, tuple[int, str | None]] = {}
        """The committed offsets that the running tasks went on from."""
        self._from_end: set[Partition] = set()
        """Those that started at their end, as the group had no offset for them."""
        self.processed: dict[TaskId, int] = {}
        self.past = PastTasks()
        self.progressed_at: dict[TaskId, float] = {}
        self.on_lost: Callable[[], None] = _nothing
        """Called before tasks are closed whose uncommitted work is lost."""
        self.before_revoke: Callable[[], object] = _nothing
        """Called before a last commit: what cannot be committed is to be given up."""
        self.missing_cluster: Callable[[TaskId], str | None] = _none
        """Tells a cluster that a task needs and that is away."""

    @property
    def all_running(self) -> bool:
        return not self._new

    @property
    def is_restoring(self) -> bool:
        """Whether changelog records keep coming in."""
        return self._reader.is_busy

    @property
    def has_uncommitted(self) -> bool:
        """Whether a running task has done something since its last commit."""
        return any(task.commit_needed for task in self.running.values())

    @property
    def ids(self) -> list[TaskId]:
        return sorted([*self._new, *self.running])

    def all_tasks(self) -> list[StreamTask]:
        """Those that run and those being restored; may be called by any thread."""
        starting = [new.task for new in list(self._new.values()) if new.task is not None]
        return [*list(self.running.values()), *starting]

    def local_stores(self, stale: bool) -> LocalStores:
        """The stores of the tasks that run; with `stale` also of those being restored."""
        tasks = self.all_tasks() if stale else self.running.values()
        return {task.id: task.stores for task in tasks}

    @property
    def starting(self) -> list[NewTask]:
        return list(self._new.values())

    # Getting tasks

    def assign(self, tasks: Iterable[TaskId]) -> None:
        """The group gave the thread these tasks: they start with the next calls of `advance`."""
        tasks = list(tasks)
        self._release_standbys(tasks)
        for task_id in tasks:
            if task_id not in self._new and task_id not in self.running:
                self._new[task_id] = NewTask(task_id, StateLock(self._directory / str(task_id)))

    def advance(self) -> bool:
        """Bring new tasks a step nearer to running; whether one of them now runs."""
        if not self._new:
            return False
        for new in list(self._new.values()):
            if new.task is None:
                self._open(new)
        self._look_up_offsets([new for new in self._new.values() if new.task is not None and new.committed is None])
        self._reader.read(0.0 if self.running else RESTORE_SECONDS)
        ready = [
            new
            for new in self._new.values()
            if new.task is not None
            and new.committed is not None
            and self._reader.is_restored(new.task)
            and not new.waits_for(self.missing_cluster(new.id))
        ]
        for new in ready:
            self._start(new)
        return bool(ready)

    def _open(self, new: NewTask) -> None:
        inputs = self.placement.partitions(new.id)
        if not inputs:
            new.standstill.waits(f"task {new.id} waits for input partitions that this instance does not see yet")
            return
        try:
            new.lock.acquire()
        except StateDirectoryLockedError:
            # The owner before may be another thread that is about to give the task up.
            if time.monotonic() - new.since > self._timeout:
                raise
            new.standstill.waits(f"task {new.id} waits for its state directory, which its owner before still has")
            time.sleep(0.02)
            return
        task = self._make_task(new.id, inputs, self._directory / str(new.id))
        self._locks[new.id] = new.lock
        task.open()
        new.task = task
        self._metrics.created_task()

    def _look_up_offsets(self, new_tasks: Sequence[NewTask]) -> None:
        """Ask the group where the tasks go on; under exactly-once it answers once open transactions are decided."""
        if not new_tasks:
            return
        wanted = [TopicPartition(*key) for new in new_tasks if new.task is not None for key in new.task.inputs]
        try:
            found = self._consumer.committed(wanted, COMMITTED_SECONDS)
            problem = next((each.error.str() for each in found if each.error is not None), None)
        except KafkaException as failure:
            problem = failure.args[0].str()
        if problem is not None:
            self._wait_for_offsets(new_tasks, problem)
            return
        committed = {
            (each.topic, each.partition): (each.offset, metadata_of(each)) for each in found if each.offset >= 0
        }
        for new in new_tasks:
            assert new.task is not None
            new.committed = {key: committed[key] for key in new.task.inputs if key in committed}
            self._reader.add(new.task, {key: offset for key, (offset, _) in new.committed.items()})

    def _wait_for_offsets(self, new_tasks: Sequence[NewTask], problem: str) -> None:
        """Say so, now and then, when tasks cannot start; give up after task.timeout.ms."""
        now = time.monotonic()
        waited = now - min(new.since for new in new_tasks)
        text = f"tasks {', '.join(str(new.id) for new in new_tasks)} wait for their committed offsets: {problem}"
        if waited > self._timeout:
            raise BrokerUnavailableError(f"{text} (for {waited:.0f} s, which is task.timeout.ms)")
        if waited > WARN_SECONDS and now - self._warned_at > WARN_SECONDS:
            self._warned_at = now
            hint = "; a transaction of a member that was killed may still be open" if self._transactional else ""
            log.warning("%s, since %.0f s%s", text, waited, hint)

    def _start(self, new: NewTask) -> None:
        task, committed = new.task, new.committed
        assert task is not None
        assert committed is not None
        del self._new[new.id]
        task.start(committed)
        self.running = dict(sorted({**self.running, new.id: task}.items()))
        for key in task.inputs:
            self.by_partition[key] = task
            if key in committed:
                self.started_at[key] = committed[key]
        offsets = {key: committed[key][0] if key in committed else self._start_offsets.of(*key) for key in task.inputs}
        self._from_end.update(key for key, offset in offsets.items() if offset == OFFSET_END)
        self._consumer.incremental_assign([TopicPartition(*key, offset) for key, offset in offsets.items()])
        # librdkafka remembers that a partition was paused, also when it went away and came back.
        self._consumer.resume([TopicPartition(*key) for key in task.inputs])
        log.info("task %s runs", task.id)

    def adopt(self, placement: Placement) -> None:
        """Go by the topics as they are now: tasks whose inputs have changed start over from a commit."""
        changed = [
            task_id for task_id in self.ids if placement.partitions(task_id) != self.placement.partitions(task_id)
        ]
        self.revoke(changed)
        self.placement = placement
        self.assign(changed)

    # Giving tasks up

    def revoke(self, tasks: Iterable[TaskId]) -> None:
        """Commit and close tasks that go to another member; the others' work is committed with theirs."""
        tasks = list(tasks)
        try:
            self.before_revoke()
            if any(task_id in self.running for task_id in tasks):
                self._committer.commit_last(list(self.running.values()), self.positions)
        finally:
            self.close(tasks)

    def close(self, tasks: Iterable[TaskId] | None = None) -> None:
        """Give tasks up without committing; all of them, if none are named. Their stores are closed in a moment."""
        for task_id in list(self.ids if tasks is None else tasks):
            new, task = self._new.pop(task_id, None), self.running.pop(task_id, None)
            if task is not None:
                self._give_back(task)
            if new is not None:
                task = new.task
                if task is not None:
                    self._reader.remove(task)
            lock = self._locks.pop(task_id, None)
            if task is not None:
                self._closer.close(task, lock)
                self._metrics.closed_task()
            elif lock is not None:
                lock.release()

    def _give_back(self, task: StreamTask) -> None:
        for key in task.inputs:
            self.by_partition.pop(key, None)
            self.positions.pop(key, None)
            self.started_at.pop(key, None)
        self.past.add(task, self.processed.pop(task.id, 0))
        self.progressed_at.pop(task.id, None)
        self._committer.forget([task])
        try:
            self._consumer.incremental_unassign([TopicPartition(*key) for key in task.inputs])
        except KafkaException as failure:
            # An assignment that was lost is gone already.
            log.debug("task %s: %s", task.id, failure.args[0].str())

    def lose(self, tasks: Iterable[TaskId]) -> None:
        """Close tasks that another member has; under exactly-once the others' uncommitted work is lost with theirs."""
        lost = set(tasks)
        kept = [task_id for task_id in self.ids if task_id not in lost]
        self.on_lost()
        self.close(lost)
        if self._transactional:
            self.close(kept)
            self.assign(kept)

    def start_again(self, wiped: Iterable[TaskId] = ()) -> None:
        """Close all tasks and start them from the last commit; the state of those named is rebuilt."""
        tasks = self.ids
        self.on_lost()
        self.close()
        wiped = list(wiped)
        self._closer.wait(wiped)
        for task_id in wiped:
            self.wipe(task_id)
        self.assign(tasks)

    def end(self) -> None:
        """Wait until the stores of all tasks that were given up are closed."""
        self._closer.end()

    def wipe(self, task_id: TaskId) -> None:
        """Delete the local state of a closed task, and nothing that others keep beside it."""
        shutil.rmtree(self._directory / str(task_id) / OWN_FOLDER, ignore_errors=True)

    # Working

    def at_end(self, key: Partition, offset: int) -> None:
        """The consumer is at the end of a partition, maybe past records of aborted transactions, and markers.

        Those are committed, too: what lies before them may be deleted long before another record comes. So is the first
        position of a partition that starts at its end: what comes while the application is stopped is read later.
        """
        self.positions[key] = offset
        last = self._committer.committed.get(key) or self.started_at.get(key)
        reached = (-1 if key in self._from_end else 0) if last is None else last[0]
        if offset > reached:
            self.by_partition[key].commit_needed = True

    def process(self, limit: int) -> int:
        """Let each task process up to `limit` records; how many there were in all."""
        total, now = 0, time.time()
        for task in self.running.values():
            self.working_on = task.id
            began = time.perf_counter()
            processed = task.process(limit)
            if processed:
                total += processed
                task.metrics.processed(processed, time.perf_counter() - began)
                self.processed[task.id] = self.processed.get(task.id, 0) + processed
            if processed or not task.total_buffered():
                self.progressed_at[task.id] = now
        self.working_on = None
        return total

    def punctuate(self) -> bool:
        """Run the wall-clock punctuations that are due."""
        punctuated = False
        for task in self.running.values():
            self.working_on = task.id
            punctuated |= task.punctuate()
        self.working_on = None
        return punctuated

    def commit(self) -> bool:
        """Commit what all tasks did; False when that is not possible just now."""
        return self._committer.commit(self.running.values(), self.positions)

    def commit_others(self) -> None:
        """After an error in one task: commit what the others did, which at-least-once would be done again elsewhere.

        A record that fails each time would otherwise have their records repeated without end. Under exactly-once there
        is one transaction for all of them, and nothing to keep.
        """
        if self._transactional or self.working_on is None:
            return
        others = [task for task_id, task in self.running.items() if task_id != self.working_on]
        try:
            self._committer.commit(others, self.positions)
        except Exception as error:  # What ended the thread is to be told, not this.
            log.warning("the work of the other tasks is done again: %s", error)

    @property
    def commit_requested(self) -> bool:
        return any(task.commit_requested for task in self.running.values())

    def buffered(self) -> int:
        return sum(task.total_buffered() for task in self.running.values())


def _nothing() -> None:
    """Where there is nothing to drop: at-least-once has no transaction, and most applications one cluster."""


def _none(task: TaskId) -> None:
    """With one cluster, none is missing."""


def corrupted_tasks(error: TaskCorruptedError) -> list[TaskId]:
    """The tasks whose state the error says is not to be trusted."""
    return [TaskId.parse(str(each)) for each in error.tasks]
