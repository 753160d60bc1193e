"""The metrics of one task and of what is in it: its sources, nodes, stores and record caches.

What is always on is taken per slice of records, per batch, per commit, or by looking at counters a few times a second;
what a record would pay for is there only when `metrics.recording.level` is DEBUG or TRACE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.processor.metrics import Meter, Metrics
from kstream_cli.state.kinds.table_store import TableStore
from kstream_cli.state.store import StateStore, StoreBuilder
from kstream_cli.task.node_metrics import NODE_GROUP, TOPIC_GROUP, Bytes, NodeMetrics, add_end_to_end
from kstream_cli.task.partition_group import PartitionGroup
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.store_metrics import StoreMetrics
from kstream_cli.task.task_context import TaskContext

TASK_GROUP = "stream-task-metrics"


class TaskMetrics:
    """Told by who runs the task what it did; `registry` can be read by any thread."""

    def __init__(self, registry: Metrics, context: TaskContext, clock: Callable[[], int]) -> None:
        self.registry = registry
        self._context = context
        self._clock = clock
        self._group: PartitionGroup | None = None
        self._queues: tuple[RecordQueue, ...] = ()
        self._taken: dict[RecordQueue, int] = {}
        """How many records of each input partition were processed by the last slice."""
        self._latencies: dict[str, Meter] = {}
        self._stores: list[StoreMetrics] = []
        self.nodes = NodeMetrics(registry, context, clock) if registry.is_debug else None
        """What nodes are wrapped with while they are fused; None for nothing."""
        self._remaining: dict[str, int] = {}
        self._add_task_metrics()
        context.punctuated = self.punctuated

    # What the task is made of

    def opened(self, stores: Mapping[str, StateStore], builders: Mapping[str, StoreBuilder[Any, Any]]) -> None:
        """Measure the stores, which are open and not used yet."""
        self._stores = [StoreMetrics(self.registry, store, builders[name], self._age) for name, store in stores.items()]
        tables = [store for store in stores.values() if isinstance(store, TableStore)]
        self.registry.add(
            "cache-size-bytes-total",
            TASK_GROUP,
            "About how many bytes the record caches of the task hold",
            lambda: sum(table.cache_size_bytes for table in tables),
        )

    def started(self, group: PartitionGroup) -> None:
        """Measure the input partitions, of which the task has just been given the queues."""
        self._group = group
        self._queues = tuple(group.queues.values())
        for queue in self._queues:
            self._taken[queue] = 0
            if queue.source not in self._latencies:
                self._latencies[queue.source] = self._end_to_end(queue.source)
            self._count_consumed(queue)

    def emits_on_idle(self, emissions: Iterable[IdleEmission]) -> None:
        """Count what operators emit because no record comes any more."""
        for emission in emissions:
            self.registry.add_total(
                "idle-emit",
                NODE_GROUP,
                "results emitted because traffic stopped: by the wall clock, so not deterministic",
                _emitted(emission),
                processor_node_id=emission.node,
            )

    # What it did

    def processed(self, records: int, seconds: float) -> None:
        """A slice of records was processed."""
        self._process_latency.record(seconds * 1000 / records)
        self._busy.record(seconds)
        self._records += records
        now = self._clock()
        for queue in self._queues:
            taken = queue.taken()
            if taken != self._taken[queue]:
                # The newest record of a slice stands for all of it.
                self._taken[queue] = taken
                self._latencies[queue.source].record(now - queue.partition_time)

    def punctuated(self, seconds: float) -> None:
        self._punctuate.record(seconds * 1000)

    def restored(self, store: str, records: int, remaining: int | None) -> None:
        """A batch of changelog records was applied to a store; so many are left, where that is known."""
        self._restored += records
        self._remaining[store] = remaining or 0

    def observe(self) -> None:
        """Called by the owner a few times a second, and after each commit at least once."""
        self.registry.observe()
        for store in self._stores:
            store.observe()

    # Insides

    def _add_task_metrics(self) -> None:
        registry = self.registry
        self._records = self._restored = 0
        self._process_latency, self._busy, self._punctuate = registry.meter(), registry.meter(), registry.meter()
        registry.add_total("process", TASK_GROUP, "records processed", lambda: self._records)
        registry.add_sizes("process-latency", TASK_GROUP, "time a record took, in ms", self._process_latency)
        registry.add(
            "active-process-ratio",
            TASK_GROUP,
            "The share of the time that the thread spent on this task",
            self._busy.share,
        )
        registry.add_calls("punctuate", TASK_GROUP, "punctuations", self._punctuate)
        registry.add_sizes("punctuate-latency", TASK_GROUP, "time a punctuation took, in ms", self._punctuate)
        registry.add_total("dropped-records", TASK_GROUP, "dropped records", lambda: self._context.drops.total)
        registry.add_total("enforced-processing", TASK_GROUP, "times not waited for a partition", self._enforced)
        registry.add(
            "active-buffer-count",
            TASK_GROUP,
            "The number of records fetched and not processed yet",
            lambda: 0 if self._group is None else self._group.total_buffered(),
        )
        registry.add_total("restore", TASK_GROUP, "records restored", lambda: self._restored)
        registry.add(
            "restore-remaining-records-total",
            TASK_GROUP,
            "The number of records left to restore",
            lambda: sum(self._remaining.values()),
        )
        if self.nodes is not None:
            registry.add_sizes(
                "record-lateness", TASK_GROUP, "lateness of records behind stream time, in ms", self.nodes.lateness
            )

    def _age(self) -> int:
        """Of the record that a node with stores is at."""
        return self._clock() - self._context.timestamp

    def _enforced(self) -> int:
        return 0 if self._group is None else self._group.enforced

    def _end_to_end(self, source: str) -> Meter:
        meter = self.registry.meter()
        add_end_to_end(self.registry, source, meter)
        return meter

    def _count_consumed(self, queue: RecordQueue) -> None:
        tags = {"processor_node_id": queue.source, "topic": queue.topic}
        text = "The total number of {} consumed from this topic"
        self.registry.add("records-consumed-total", TOPIC_GROUP, text.format("records"), queue.taken, **tags)
        if self.nodes is not None:
            size = queue.measure = Bytes(queue.topic)
            self.registry.add("bytes-consumed-total", TOPIC_GROUP, text.format("bytes"), size.now, **tags)


def _emitted(emission: IdleEmission) -> Callable[[], int]:
    return lambda: emission.emitted
