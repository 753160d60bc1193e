"""One task: a subtopology at work on one partition of its source topics. It does no I/O of its own.

Who runs a task (a stream thread, the test driver) calls, in this order:

    task = StreamTask(task_id, subtopology, topology=…, config=…, inputs=[(topic, partition), …], producer=…, clock=…,
                      directory=…, cache=…, global_stores=…, lag=…)
    task.open()                                        stores are opened: RESTORING
    task.changelogs, task.restore_from(store)          what to read, and from which offset (None: the beginning)
    task.restore(store, records, next_offset)          as often as needed; task.commit_restored() now and then
    task.start(committed)                              nodes are fused and processors initialised: RUNNING

    task.add_records(topic, partition, messages)       gives how many the partition has buffered then
    task.process(limit)                                gives how many records were processed; includes the
                                                       punctuations of stream time
    task.punctuate()                                   wall-clock punctuations
    task.commit_needed, task.commit_requested

    offsets = task.prepare_commit()                    caches flushed: records and changelogs are produced
    …producer flush, or offsets into the transaction…
    task.check_sends()                                 raises what went wrong with a send
    …commit of the offsets…
    task.post_commit(changelog_offsets)                stores become durable, with the changelog offsets reached

    task.suspend()                                     processors closed; commit first where nothing may be lost
    task.close()                                       stores closed; what was not committed is forgotten

Topics are named as on the broker. `committed` maps (topic, partition) to (offset, metadata).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kstream_cli.config import Config
from kstream_cli.logs import logger
from kstream_cli.processor.metrics import Metrics
from kstream_cli.processor.wrapper import wrapper_of
from kstream_cli.record import RawRecord
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes
from kstream_cli.state.kinds.suppress_buffer import SuppressBuffer
from kstream_cli.state.store import StateStore
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.committed_offsets import CommittedOffsets, Offsets
from kstream_cli.task.fusion import FusedNodes, asks_for_record, fuse
from kstream_cli.task.idle_time import IdleTime
from kstream_cli.task.node_spans import NodeSpans
from kstream_cli.task.node_watch import NodeWatch
from kstream_cli.task.partition import Partition
from kstream_cli.task.partition_group import Lag, PartitionGroup
from kstream_cli.task.record_collector import RecordCollector
from kstream_cli.task.record_loop import RecordLoop
from kstream_cli.task.record_producer import RecordProducer
from kstream_cli.task.sent_once import is_sent_once_or_dropped
from kstream_cli.task.sources import record_queues
from kstream_cli.task.state_manager import Changelog, StateManager, appends, changelogs, store_names
from kstream_cli.task.task_context import TaskContext
from kstream_cli.task.task_id import TaskId
from kstream_cli.task.task_metrics import TaskMetrics
from kstream_cli.task.task_state import TaskState
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Topology
from kstream_cli.user_objects import error_of

log = logger(__name__)

Committed = Mapping[Partition, tuple[int, str | None]]


def all_read(inputs: Collection[Partition]) -> bool:
    """For who has no broker: what comes next is not written yet."""
    return True


def no_lag(topic: str, partition: int) -> int:
    """For who has no broker: nothing is waiting elsewhere."""
    return 0


class StreamTask:
    """An active task. See the head of this module for the order of calls; one thread at a time."""

    def __init__(
        self,
        task_id: TaskId,
        subtopology: Subtopology,
        *,
        topology: Topology,
        config: Config,
        inputs: Collection[Partition],
        producer: RecordProducer,
        clock: Callable[[], int],
        directory: Path,
        uncommitted: UncommittedBytes | None = None,
        cache: ThreadCache | None = None,
        global_stores: Mapping[str, StateStore] | None = None,
        lag: Lag = no_lag,
        is_read: Callable[[Collection[Partition]], bool] = all_read,
        metrics: Metrics | None = None,
        watch: Callable[[TaskContext], NodeWatch] | None = None,
    ) -> None:
        self.id = task_id
        self.subtopology = subtopology
        self.inputs = tuple(inputs)
        self.is_sent_once_or_dropped = is_sent_once_or_dropped(subtopology.nodes)
        self.state = TaskState.CREATED
        self.commit_needed = False
        self._topology = topology
        self._config = config
        self._clock = clock
        self._lag = lag
        self._is_read = is_read
        self._idle: IdleTime | None = None
        self._global_stores = global_stores or {}
        application_id = config.application_id

        names = store_names(subtopology.nodes)
        logs = changelogs(subtopology.nodes, topology, application_id, task_id.partition)
        writers: dict[str, tuple[str, object]] = {}
        self.context = TaskContext(
            config=config,
            task=str(task_id),
            directory=directory,
            clock=clock,
            uncommitted=uncommitted,
            cache=cache,
            changelogs=writers,  # type: ignore[arg-type]
        )
        self._watch = None if watch is None else watch(self.context)
        self.collector = RecordCollector(
            self.context, producer, lambda topic: topology.topic_name(topic, application_id), self.inputs
        )
        self.context.has_one_topic_size = len({len(topic) for topic, _ in self.inputs}) <= 1
        self.context.keeps_records = (
            self.collector.errors.asks_for_record
            or config.processor_wrapper_class is not None
            or asks_for_record(subtopology.nodes)
        )
        tags = {"thread-id": threading.current_thread().name, "task-id": str(task_id)}
        self.metrics = TaskMetrics(metrics or Metrics(config, tags), self.context, clock)
        """Who runs the task tells it how long things took; see TaskMetrics."""
        self.collector.metrics = self.metrics.nodes
        writers.update(appends(logs, application_id, names, self.collector.changelog))
        self._states = StateManager({name: topology.stores[name].build() for name in names}, logs)
        self._fused = FusedNodes()
        self._group = PartitionGroup((), max_idle_ms=config.max_task_idle_ms, lag=lag)
        self._loop = self._new_loop()
        self._offsets = CommittedOffsets(self.context)

    # Life

    def open(self) -> None:
        """Open the stores as of their last commit."""
        self.state = self.state.to(TaskState.RESTORING)
        try:
            self._states.open(self.context)
        except BaseException as error:
            self._wrap_exit(error, "while its stores were opened")
            raise
        self.metrics.opened(self._states.stores, self._topology.stores)

    @property
    def changelogs(self) -> dict[str, Changelog]:
        """What the stores are restored from, by store."""
        return self._states.changelogs

    def restore_from(self, store: str) -> int | None:
        """The changelog offset to restore a store from; None for the beginning."""
        return self._states.restore_from(store)

    def restore(self, store: str, records: Iterable[Any], next_offset: int) -> None:
        """Apply changelog records (key, value, timestamp), of which `next_offset` is the end."""
        self._states.restore(store, records, next_offset)

    def commit_restored(self) -> None:
        """Make durable what was restored so far."""
        self._states.commit_restored()

    def start(self, committed: Committed | None = None) -> None:
        """Fuse the nodes and initialise the processors; the stores are restored by now."""
        config, topology = self._config, self._topology
        self._states.commit_restored()

        def topic_name(topic: str) -> str:
            return topology.topic_name(topic, config.application_id)

        self._fused = fuse(
            self.subtopology.nodes,
            self.context,
            stores=self._states.stores,
            global_stores=self._global_stores,
            sink=self.collector.sink,
            guard=self.collector.errors.guard if self.collector.errors.guards else None,
            wrapper=wrapper_of(config),
            metrics=self.metrics.nodes,
            spans=NodeSpans.of(config, self.context, topic_name),
            watch=self._watch,
        )
        queues = record_queues(
            self.inputs,
            self.subtopology.nodes,
            self._fused.sources,
            topology=self._topology,
            task=self.context,
            errors=self.collector.errors,
        )
        self._group = PartitionGroup(queues, max_idle_ms=config.max_task_idle_ms, lag=self._lag)
        self.metrics.started(self._group)
        self._loop = self._new_loop()
        self._offsets.resume(self._group, committed or {})
        if self.context.idle_emissions:
            self._watch_idle_time()
        self._fused.init()
        self.state = self.state.to(TaskState.RUNNING)

    def suspend(self) -> None:
        """Stop processing: processors are closed, buffered records and schedules dropped."""
        if self.state is TaskState.SUSPENDED:
            return
        self.state = self.state.to(TaskState.SUSPENDED)
        errors = self._fused.close()
        self._group.clear()
        self.context.by_stream_time.clear()
        self.context.by_wall_clock.clear()
        self._idle = None
        if errors:
            self._wrap_exit(errors[0], "while it was closed")
            raise errors[0]

    def close(self) -> None:
        """Close the stores without writing anything."""
        if self.state is TaskState.CLOSED:
            return
        if self.state is not TaskState.SUSPENDED:
            try:
                self.suspend()
            except BaseException:
                log.exception("task %s: a processor could not be closed", self.id)
        self.state = self.state.to(TaskState.CLOSED)
        for error in self._states.close():
            log.error("task %s: a store could not be closed: %s", self.id, error_of(error))

    @property
    def stores(self) -> dict[str, StateStore]:
        return self._states.stores

    # Records

    def add_records(self, topic: str, partition: int, records: Sequence[RawRecord]) -> int:
        """Append consumed records of one input partition; how many it has buffered then."""
        return self._group.add(topic, partition, records)

    def buffered(self, topic: str, partition: int) -> int:
        return self._group.buffered(topic, partition)

    def total_buffered(self) -> int:
        return self._group.total_buffered()

    def ready(self) -> bool:
        """Whether process() would take a record now: one is there, and no empty partition is to be waited for."""
        return self._group.ready(self._clock())

    def filtered(self, processed: int) -> int | None:
        """How many of the records that it has processed were filtered out; None where that cannot be told."""
        sent = self.collector.sent
        if sent is None or not self.is_sent_once_or_dropped:
            return None
        return max(processed - sent - self.context.drops.total, 0)

    def waits_for(self) -> tuple[Partition, ...]:
        """The empty input partitions for which records of others wait (`max.task.idle.ms`)."""
        return self._group.waits_for()

    @property
    def held(self) -> tuple[tuple[str, int, int], ...]:
        """Store, number and earliest time (ms) of the changes that suppress holds back; stores that hold some."""
        buffers = (store for store in self.stores.values() if isinstance(store, SuppressBuffer))
        return tuple((each.name, each.num_records, each.min_time) for each in buffers if each.num_records)

    def process(self, limit: int) -> int:
        """Process up to `limit` records in order of time, with the punctuations of stream time; how many there were."""
        if self.state is not TaskState.RUNNING:
            return 0
        try:
            processed = self._loop.process(limit)
        except BaseException as error:
            self.commit_needed = True
            self._wrap_exit(error, "while it read a record")
            raise
        if processed:
            self.commit_needed = True
            if self._idle is not None:
                self._idle.processed()
        return processed

    def punctuate(self) -> bool:
        """Run the wall-clock punctuations that are due, and emit what is due on idle; False for neither."""
        if self.state is not TaskState.RUNNING:
            return False
        punctuated = self._loop.punctuate_wall_clock()
        if self._idle is not None:
            if punctuated:
                self._idle.punctuated()
            punctuated |= self._idle.run(self._loop.punctuate)
        self.commit_needed |= punctuated
        return punctuated

    # Commit

    @property
    def commit_requested(self) -> bool:
        """Whether a processor asked for a commit."""
        return self.context.commit_requested

    def prepare_commit(self, positions: Mapping[Partition, int] | None = None) -> Offsets:
        """Flush the caches; (offset, metadata) of each partition whose position changed since the last commit.

        `positions` are the consumer's own, past the last record given to the task: they count where nothing is
        buffered, and differ from it after records that a consumer is not shown.
        """
        self._flush()
        self.collector.check()
        if self._idle is not None:
            self._idle.note()
        return self._offsets.next(self._group, positions or {})

    def check_sends(self) -> None:
        """Raise what went wrong with a record sent since the last commit; call it when the producer is flushed."""
        self.collector.check()

    def post_commit(
        self,
        changelog_offsets: Mapping[str, int] | None = None,
        offsets: Offsets | None = None,
    ) -> None:
        """The offsets are committed: make the stores durable, with the changelog offsets (by store) reached."""
        self._offsets.note(offsets or {})
        reached = dict(changelog_offsets or {})
        for name, changelog in self.changelogs.items():
            committed = self._offsets.last(changelog.topic, changelog.partition)
            if changelog.is_source and committed is not None:
                reached[name] = committed
        self._states.commit(reached)
        self.commit_needed = False
        self.context.commit_requested = False

    def _flush(self) -> None:
        try:
            self._states.flush()
        except BaseException as error:
            self._loop.fail(error, None, moment="while its caches were flushed")

    def _watch_idle_time(self) -> None:
        emissions = self.context.idle_emissions[::-1]
        self._idle = IdleTime(
            emissions,
            self.context,
            self.subtopology.nodes,
            self._group,
            is_read=lambda: self._is_read(self.inputs),
            flush=self._flush,
        )
        self._idle.resume()
        self.metrics.emits_on_idle(emissions)

    def _wrap_exit(self, error: BaseException, moment: str) -> None:
        """Raise `sys.exit` and the like as an error that says where it came from; return for all others."""
        if not isinstance(error, Exception):
            self._loop.fail(error, None, moment=moment)

    def _new_loop(self) -> RecordLoop:
        return RecordLoop(self.context, self._group, self._fused.processes, self.collector.errors, self._clock)
