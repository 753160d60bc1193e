"""Keeps standby copies of other instances' stores up to date, so that a takeover need not read their changelogs."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from queue import SimpleQueue
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from kstream_cli.errors import StateDirectoryLockedError, StoreError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import REFUSED, access_denied
from kstream_cli.runtime.clients.kafka_clients import BATCH, POLL_SECONDS
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.cluster.standby_placement import owners, standbys_of
from kstream_cli.runtime.restore.restored_batch import restore_batch
from kstream_cli.runtime.restore.standby_listener import SuspendReason, tell
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.runtime.streams_group.group import StreamsGroup
from kstream_cli.runtime.threads.application import Application
from kstream_cli.runtime.threads.fetch_ahead import restore_consumer_settings
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.questions import LocalStores, Question, Questions
from kstream_cli.state.disk.store_folder import OWN_FOLDER
from kstream_cli.task.partition import Partition
from kstream_cli.task.standby_task import StandbyTask
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

PLACE_SECONDS = 3.0
COMMIT_SECONDS = 5.0
PROGRESS_SECONDS = 0.5


class Standby:
    """One copy, with the lock of its state directory."""

    def __init__(self, task: StandbyTask, lock: StateLock) -> None:
        self.task = task
        self.lock = lock
        self.stores = {
            (each.topic, each.partition): store for store, each in task.changelogs.items() if not each.is_source
        }
        self.restored = dict.fromkeys(self.stores, 0)
        self.ends: dict[Partition, int] = {}
        """Where a changelog was at its end when the consumer last said so, past markers of transactions."""

    def close(self) -> None:
        self.task.commit()
        self.task.close()
        self.lock.release()


class StandbyThread(threading.Thread):
    """One for each instance. `release`, `put` and `stop` are called by other threads, the rest by this one."""

    def __init__(self, name: str, application: Application) -> None:
        super().__init__(name=name, daemon=True)
        self.progress = ThreadProgress(name, "RUNNING", time.time())
        self._application = application
        self._stopping = threading.Event()
        self._released: SimpleQueue[TaskId] = SimpleQueue()
        """Tasks that a stream thread of this instance takes over."""
        self._questions = Questions()
        self._has_ended = False
        self._standbys: dict[TaskId, Standby] = {}
        self._by_changelog: dict[Partition, Standby] = {}
        self._hopeless: set[TaskId] = set()
        """Tasks whose changelogs cannot be read: whoever takes them over says why."""
        self._consumer: Any = None
        self._replicas = application.config.num_standby_replicas
        self._place_seconds = PLACE_SECONDS if application.streams_group is None else 0.0
        """Nobody needs to be asked where the broker has said it."""
        self._listener = application.standby_listener

    @property
    def is_idle(self) -> bool:
        """Whether it waits for the broker to ask for copies: nothing that anybody has to see."""
        return self._application.streams_group is not None and not self._standbys

    def release(self, tasks: Iterable[TaskId]) -> None:
        """Give up the copies of these tasks at once: they become active here."""
        for task in tasks:
            self._released.put(task)

    def stop(self) -> None:
        self._stopping.set()

    def put(self, question: Question) -> None:
        """Have the thread answer a question about its copies."""
        self._questions.put(question)
        if self._has_ended:
            self._questions.refuse(f"{self.name} has ended")

    def run(self) -> None:
        placed_at = committed_at = told_at = 0.0
        try:
            while not self._stopping.is_set():
                self._give_up_released()
                now = time.monotonic()
                if now - placed_at > self._place_seconds:
                    self._place()
                    placed_at = now
                self._read()
                self._answer_questions()
                if now - committed_at > COMMIT_SECONDS:
                    self._commit()
                    committed_at = now
                if now - told_at > PROGRESS_SECONDS:
                    self._tell()
                    told_at = now
        except BaseException:
            # Standbys only save time: the application goes on without them.
            log.exception("standby copies are given up")
        finally:
            self._has_ended = True
            self._questions.refuse(f"{self.name} has ended")
            self._close(list(self._standbys))
            if self._consumer is not None:
                self._consumer.close()

    def _wanted(self) -> set[TaskId] | None:
        """The tasks to keep copies of; None where that is not known just now."""
        application = self._application
        if application.streams_group is not None:
            return application.streams_group.standbys()
        owned = owners(application.admin, application.config.application_id, application.placement)
        if owned is None or application.client_id not in owned:
            return None
        return standbys_of(application.client_id, owned, self._stateful(), self._replicas)

    def _place(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            return
        self._close([task for task in self._standbys if task not in wanted])
        for task_id in sorted(wanted - self._standbys.keys() - self._hopeless):
            self._open(task_id)

    def _stateful(self) -> list[TaskId]:
        application = self._application
        return [
            TaskId(number, partition)
            for number, count in application.placement.task_counts().items()
            for partition in range(count)
            if application.subtopologies[number].stores
        ]

    def _open(self, task_id: TaskId) -> None:
        application = self._application
        directory = application.directory / str(task_id)
        lock = StateLock(directory)
        try:
            lock.acquire()
        except StateDirectoryLockedError:
            return  # A stream thread still has it, or another instance on this machine.
        task = StandbyTask(
            task_id,
            application.subtopologies[task_id.subtopology],
            topology=application.topology,
            config=application.config,
            clock=application.clock,
            directory=directory,
        )
        task.open()
        standby = self._standbys[task_id] = Standby(task, lock)
        for key in standby.stores:
            self._by_changelog[key] = standby
        if standby.stores:
            self._assign(standby)
        log.info("standby copy of task %s", task_id)

    def _assign(self, standby: Standby) -> None:
        if self._consumer is None:
            application = self._application
            settings = restore_consumer_settings(application.config, application.placement, application.topology)
            settings["client.id"] = f"{self.name}-restore-consumer"
            self._consumer = application.supplier.consumer(settings)
        self._consumer.incremental_assign(
            [
                TopicPartition(*key, standby.task.restore_from(store) or OFFSET_BEGINNING)
                for key, store in standby.stores.items()
            ]
        )
        for key, store in standby.stores.items():
            tell(self._listener.on_update_start, *key, store, standby.task.restore_from(store) or 0)

    def _read(self) -> None:
        if not self._by_changelog:
            self._stopping.wait(POLL_SECONDS)
            return
        runs, events = fetch(self._consumer, BATCH, POLL_SECONDS)
        for key, run in runs:
            standby = self._by_changelog.get(key)
            if standby is not None:
                self._restore(standby, standby.stores[key], run)
        for event in events:
            self._take(event)

    def _restore(self, standby: Standby, store: str, run: Sequence[Any]) -> None:
        try:
            batch_end = restore_batch(standby.task, store, run)
            key = run[0].topic(), run[0].partition()
            standby.restored[key] += len(run)
            end, task = self._end(key), str(standby.task.id)
            tell(self._listener.on_batch_loaded, *key, store, task, batch_end, len(run), end)
        except StoreError as error:
            log.warning("standby copy of task %s is given up: %s", standby.task.id, error)
            self._hopeless.add(standby.task.id)
            self._close([standby.task.id])

    def _take(self, event: Any) -> None:
        code, key = event.error().code(), (event.topic(), event.partition())
        standby = self._by_changelog.get(key)
        if code == KafkaError._PARTITION_EOF:
            if standby is not None:
                standby.ends[key] = event.offset()
        elif standby is not None and code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            self._start_over(standby, event.error().str())
        elif standby is not None and code in REFUSED:
            denied = access_denied(event.error(), f"READ on topic {event.topic()!r}")
            log.warning("standby copy of task %s is given up: %s", standby.task.id, denied)
            self._hopeless.add(standby.task.id)
            self._close([standby.task.id])
        else:
            log.debug("standby consumer: %s", event.error().str())

    def _answer_questions(self) -> None:
        if self._questions.are_waiting:
            # A copy is made of what others committed.
            self._questions.answer(self._local_stores, lambda: True)

    def _local_stores(self, stale: bool) -> LocalStores:
        return {task_id: standby.task.stores for task_id, standby in self._standbys.items()} if stale else {}

    def _commit(self) -> None:
        for standby in self._standbys.values():
            standby.task.commit()

    def _tell(self) -> None:
        """Make a new snapshot for whoever watches."""
        tasks = tuple(
            TaskProgress(
                task=str(task_id),
                state="standby",
                partitions=tuple(standby.stores),
                copies=tuple(
                    RestoreProgress(store, *key, standby.restored[key], self._behind(standby, key))
                    for key, store in standby.stores.items()
                ),
            )
            for task_id, standby in self._standbys.items()
        )
        self.progress = ThreadProgress(self.name, "RUNNING", time.time(), tasks=tasks)
        if self._application.streams_group is not None:
            self._report_offsets(self._application.streams_group)

    def _report_offsets(self, group: StreamsGroup) -> None:
        """Tell the group how far the copies have come; those whose changelogs' ends are not known yet are left out."""
        reached, ends = {}, {}
        for task_id, standby in self._standbys.items():
            behind = [self._behind(standby, key) for key in standby.stores]
            known = [each for each in behind if each is not None]
            if known and len(known) == len(behind):
                ends[task_id] = sum(self._end(key) or 0 for key in standby.stores)
                reached[task_id] = ends[task_id] - sum(known)
        group.note_copies(reached, ends)

    def _behind(self, standby: Standby, key: Partition) -> int | None:
        """How many offsets of the changelog the copy has not read yet, as of the last fetch."""
        end = self._end(key)
        reached = max(standby.task.restore_from(standby.stores[key]) or 0, standby.ends.get(key, 0))
        return None if end is None else max(0, end - reached)

    def _end(self, key: Partition) -> int | None:
        """Where a changelog ends, as of the last fetch."""
        try:
            _, end = self._consumer.get_watermark_offsets(TopicPartition(*key), cached=True)
        except KafkaException:
            return None
        return end if end >= 0 else None

    def _start_over(self, standby: Standby, reason: str) -> None:
        """The changelog does not have the copy's offset, any more or yet: it is deleted, and begun anew when placed."""
        task = standby.task.id
        log.warning("standby copy of task %s does not fit its changelog, and is rebuilt: %s", task, reason)
        self._close([task], wipe=True)

    def _give_up_released(self) -> None:
        while not self._released.empty():
            self._close([self._released.get()], SuspendReason.PROMOTED)

    def _close(
        self, tasks: Iterable[TaskId], reason: SuspendReason = SuspendReason.MIGRATED, *, wipe: bool = False
    ) -> None:
        for task_id in tasks:
            standby = self._standbys.pop(task_id, None)
            if standby is None:
                continue
            for key, store in standby.stores.items():
                self._by_changelog.pop(key, None)
                offset = standby.task.restore_from(store) or 0
                tell(self._listener.on_update_suspended, *key, store, offset, self._end(key), reason)
            if standby.stores:
                self._consumer.incremental_unassign([TopicPartition(*key) for key in standby.stores])
            if wipe:
                standby.task.close()
                shutil.rmtree(self._application.directory / str(task_id) / OWN_FOLDER, ignore_errors=True)
                standby.lock.release()
            else:
                standby.close()
