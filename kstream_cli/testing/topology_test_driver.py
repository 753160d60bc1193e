"""Runs a topology without a broker, record by record, through the very task code of the runtime.

All subtopologies run as one task, each topic with one partition, as in Kafka Streams' own test driver; or, where topics
have several partitions, each subtopology has a task for each of them, as in the runtime (KIP-1238). A piped record is
processed to its end; then the punctuations of stream time run and the task commits, so that caches are flushed;
then what was written to internal topics, or to topics that are also sources, is piped in again in the order in which
it was written, until nothing is left.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from kstream_cli.clusters import name_of
from kstream_cli.config import Config
from kstream_cli.duration import Duration, milliseconds
from kstream_cli.errors import ConfigError, StateError, TopologyError, UnknownStoreError
from kstream_cli.processor.metrics import MetricName, Metrics
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes, limit_of
from kstream_cli.state.store import StateStore
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.global_task import GlobalTask
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_context import TaskContext
from kstream_cli.testing.captured_output import LARGEST_BYTES, CapturedOutput
from kstream_cli.testing.driver_serdes import DriverSerdes, SerdeArgument
from kstream_cli.testing.inputs import Inputs
from kstream_cli.testing.partitioned_store import PartitionedStore
from kstream_cli.testing.partitions import PartitionCounts, PlannedTask, TopicPartitions
from kstream_cli.testing.raw_record import ConsumedRecord, ProducedRecord
from kstream_cli.testing.test_topics import TestInputTopic, TestOutputTopic, to_epoch_ms
from kstream_cli.testing.trace.task_watch import TaskWatch
from kstream_cli.testing.trace.tracer import Tracer
from kstream_cli.topology.serde_check import check_serdes
from kstream_cli.topology.topology import Builder, Topology, built

DEFAULTS = {
    "application.id": "test",
    # As in Java's driver, final results need not wait for the wall clock.
    "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": 0,
}
"""What a test's configuration starts from."""


class TopologyTestDriver:
    """Runs a topology without a broker (Java: TopologyTestDriver). Use it in a `with` block, or close() it.

    Its stores are in a temporary folder. `config` may be left out. The wall clock starts at `start_ms` (ms since the
    epoch, or a datetime), and moves only by `advance_wall_clock`.

    `partitions` gives the application's input and output topics this many partitions, all or by topic (KIP-1238).
    Records are then placed as Kafka's producer places them, repartition topics repartition, and each partition has its
    own task, state and stream time. So a test finds keys that were changed and not repartitioned. Raises
    CoPartitioningError if topics that are joined have different numbers of partitions. `tracer` is told each step of
    each record.

    Example:
        >>> builder.stream("lines", key=str, value=str).map_values(str.upper).to("shouted")
        >>> with TopologyTestDriver(builder) as driver:
        ...     driver.input("lines").pipe("tea")
        ...     driver.output("shouted").read_values()
        ['TEA']
    """

    def __init__(
        self,
        topology: Topology | Builder,
        config: Mapping[str, Any] | Config | None = None,
        *,
        start_ms: int | datetime = 0,
        partitions: PartitionCounts = 1,
        tracer: Tracer | None = None,
    ) -> None:
        self.config = _config(config or {})
        self.topology = built(topology, self.config)
        check_serdes(self.topology, self.config)
        self._tracer = tracer
        self._watch = None if tracer is None else partial(self._watched, tracer)
        self.produced: list[ProducedRecord] = []
        """Every record written so far, as bytes and in order: to sinks, changelogs, internal and dead letter topics."""
        self._now = to_epoch_ms(start_ms)
        self._directory = Path(tempfile.mkdtemp(prefix="kstream-test-"))
        self._closed = False
        self._topics = TopicPartitions(self.topology, self.config, partitions)
        largest = int(self.config.producer().get("message.max.bytes", LARGEST_BYTES))
        self._output = CapturedOutput(self._topics, largest=largest)
        self._by_topic: dict[str, list[ProducedRecord]] = defaultdict(list)
        self._offsets: Counter[Partition] = Counter()
        self._serdes = DriverSerdes(self.topology, self.config)
        self._inputs = Inputs(self.topology, self.config.application_id)
        self._global: GlobalTask | None = None
        self._tasks: list[StreamTask] = []
        self._cache = ThreadCache(self.config.statestore_cache_max_bytes)
        self._task_of: dict[Partition, StreamTask] = {}
        """By what it reads: (input, partition)."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    # Topics

    def input(
        self,
        topic: str,
        key: SerdeArgument = None,
        value: SerdeArgument = None,
        *,
        start: int | datetime | None = None,
        advance: Duration = 0,
        cluster: str | None = None,
    ) -> TestInputTopic[Any, Any]:
        """The way into a topic; serdes default to those of the source that reads it. `cluster` tells topics of one name
        apart.

        Records without a timestamp get `start` (default: the wall clock), which moves on by `advance` after each.
        """
        topic = self.topology.known_topic(topic, cluster)
        self._check_input(topic)
        key_serde, value_serde = self._serdes.for_input(topic, key, value)
        start_ms = self._now if start is None else to_epoch_ms(start)
        return TestInputTopic(self, topic, key_serde, value_serde, start_ms=start_ms, advance_ms=milliseconds(advance))

    def output(
        self, topic: str, key: SerdeArgument = None, value: SerdeArgument = None, *, cluster: str | None = None
    ) -> TestOutputTopic[Any, Any]:
        """The records written to a topic; the default serdes are those of the sink that writes it."""
        topic = self.topology.known_topic(topic, cluster)
        key_serde, value_serde = self._serdes.for_output(topic, key, value)
        return TestOutputTopic(self._by_topic[topic], topic, key_serde, value_serde)

    def produced_topics(self) -> set[str]:
        """The topics written so far, including internal ones."""
        return {record.topic for record in self.produced}

    def pipe_raw(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        headers: Headers = NO_HEADERS,
        partition: int | None = None,
    ) -> None:
        """Pipe one record, given as bytes, to its end; without a `partition` into that of its key."""
        self._check_open()
        topic = self.topology.known_topic(topic)
        self._check_input(topic)
        if partition is None:
            partition = self._topics.place(topic, key)
        elif not 0 <= partition < self._topics[topic]:
            raise TopologyError(f"topic {topic!r} has {self._topics[topic]} partitions: there is no {partition}")
        record = ProducedRecord(topic, key, value, timestamp, headers, partition)
        if self._tracer is not None:
            self._tracer.fed(record)
        if self._inputs.of(topic) is not None:
            self._enqueue(record)
            self._process_all()
        if self._is_global(topic):
            self._update_global(record)

    # Time

    def advance_wall_clock(self, duration: Duration) -> None:
        """Set the wall clock forward by ms or a timedelta, and run the punctuations that are due by then, once each."""
        self._check_open()
        self._now += milliseconds(duration)
        if self._tracer is not None:
            self._tracer.advanced(self._now)
        for task in self._tasks:
            task.punctuate()
            self._commit(task)
        self._pass_on_output()
        self._process_all()

    def now(self) -> int:
        """The wall clock of the test in ms."""
        return self._now

    # Stores

    def store(self, name: str, *, partition: int | None = None) -> Any:
        """A store of the topology, global ones among them, to look into or to fill before a test.

        Where there are several partitions, that of one; without a `partition` all of them together, to look into.
        """
        stores = self.stores()
        try:
            found: Any = stores[name]
            return found if partition is None else self._partitions_of(name)[partition]
        except KeyError:
            known = ", ".join(sorted(stores)) or "none"
            where = "" if partition is None else f" in partition {partition}"
            raise UnknownStoreError(f"the topology has no store {name!r}{where}; its stores: {known}") from None

    def stores(self) -> dict[str, Any]:
        """All stores by name; a store of several tasks shows all its partitions."""
        found: dict[str, Any] = {}
        for name in dict.fromkeys(name for task in self._tasks for name in task.stores):
            parts = self._partitions_of(name)
            found[name] = PartitionedStore(parts) if len(parts) > 1 else next(iter(parts.values()))
        return found | ({} if self._global is None else self._global.stores)

    def _partitions_of(self, name: str) -> dict[int, StateStore]:
        found = {task.id.partition: task.stores[name] for task in self._tasks if name in task.stores}
        return found or {0: self._global.stores[name]} if self._global is not None else found

    @property
    def dropped_records(self) -> Counter[str]:
        """Records dropped so far, by reason."""
        dropped: Counter[str] = Counter()
        for task in self._tasks:
            dropped.update(task.context.drops.by_reason)
        return dropped

    def metrics(self) -> dict[MetricName, Any]:
        """The metrics of the task, its nodes and stores, with their values now, by the wall clock of the test.

        `metrics.recording.level` DEBUG adds those that are counted record by record.
        """
        found: dict[MetricName, Any] = {}
        for task in self._tasks:
            task.metrics.observe()
            found |= task.metrics.registry.values()
        return found

    # Life

    def close(self) -> None:
        """Close processors and stores, and delete the state. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            for task in self._tasks:
                task.close()
            if self._global is not None:
                self._global.close()
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> TopologyTestDriver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # What the driver does with them

    def _open(self) -> None:
        """Start the tasks: global stores first, which the others read."""
        if self.topology.global_stores:
            self._global = GlobalTask(
                topology=self.topology,
                config=self.config,
                clock=self.now,
                directory=self._directory / "global",
                watch=self._watch,
            )
            self._global.open()
        for planned in self._topics.tasks():
            task = self._made(planned)
            self._tasks.append(task)
            self._task_of.update(dict.fromkeys(planned.inputs, task))
            task.open()
            task.start()
        self._pass_on_output()

    def _made(self, planned: PlannedTask) -> StreamTask:
        return StreamTask(
            planned.id,
            planned.subtopology,
            topology=self.topology,
            config=self.config,
            inputs=planned.inputs,
            producer=self._output,
            clock=self.now,
            directory=self._directory / str(planned.id),
            cache=self._cache,
            uncommitted=UncommittedBytes(limit_of(self.config, 1)),
            global_stores={} if self._global is None else self._global.stores,
            metrics=Metrics(
                self.config,
                {"thread-id": threading.current_thread().name, "task-id": str(planned.id)},
                clock=lambda: self._now / 1000,
            ),
            watch=self._watch,
        )

    def _watched(self, tracer: Tracer, task: TaskContext) -> TaskWatch:
        application_id = self.config.application_id
        internal = {self.topology.topic_name(topic, application_id) for topic in self.topology.internal_topics}
        return TaskWatch(tracer, task, self.topology, self._output, frozenset(internal))

    def _process_all(self) -> None:
        """One record of each task in turn, as a stream thread takes them, until none has one."""
        is_busy = True
        while is_busy:
            took = [self._process_one(task) for task in self._tasks]
            is_busy = True in took

    def _process_one(self, task: StreamTask) -> bool:
        """Whether the task had a record to process."""
        began = time.perf_counter()
        if not task.process(1):
            return False
        task.metrics.processed(1, time.perf_counter() - began)
        self._commit(task)
        self._pass_on_output()
        return True

    def _commit(self, task: StreamTask) -> None:
        offsets = task.prepare_commit()
        task.check_sends()
        ends = self._output.end_offsets
        task.post_commit({name: ends[log.topic, log.partition] for name, log in task.changelogs.items()}, offsets)

    def _pass_on_output(self) -> None:
        """Keep what was written, and pipe what the topology itself reads in again."""
        written, self._output.records = self._output.records, []
        for record in written:
            self.produced.append(record)
            self._by_topic[record.topic].append(record)
            if self._inputs.of(record.topic) is not None:
                self._enqueue(record)
            if self._is_global(record.topic):
                self._update_global(record)

    def _enqueue(self, record: ProducedRecord) -> None:
        name = self._inputs.of(record.topic)
        assert name is not None
        consumed = self._consumed(record, name)
        if self._tracer is not None:
            self._tracer.read_again(record, consumed, consumed.offset())
        self._task_of[name, record.partition].add_records(name, record.partition, [consumed])

    def _update_global(self, record: ProducedRecord) -> None:
        assert self._global is not None
        consumed = self._consumed(record, record.topic)
        if self._tracer is not None:
            self._tracer.read_again(record, consumed, consumed.offset())
        self._global.update(record.topic, consumed)
        self._global.flush()

    def _consumed(self, record: ProducedRecord, name: str) -> ConsumedRecord:
        timestamp = self._now if record.timestamp is None else record.timestamp
        key = name, record.partition
        self._offsets[key] += 1
        return ConsumedRecord(
            name_of(record.topic),
            record.key,
            record.value,
            timestamp,
            record.headers,
            offset=self._offsets[key] - 1,
            partition=record.partition,
        )

    def _is_global(self, topic: str) -> bool:
        return self._global is not None and topic in self._global.topics

    def _check_input(self, topic: str) -> None:
        if self._inputs.of(topic) is None and not self._is_global(topic):
            known = [*self._inputs.names, *(self._global.topics if self._global is not None else ())]
            raise TopologyError(
                f"no source of the topology reads topic {topic!r}; it reads: {', '.join(sorted(known))}"
            )

    def _check_open(self) -> None:
        if self._closed:
            raise StateError("the test driver is closed: pipe records inside its `with` block")


def _config(given: Mapping[str, Any] | Config) -> Config:
    if not isinstance(given, Mapping | Config):
        raise ConfigError(f"a configuration is a dict of keys and values, not {given!r}")
    return Config.from_mapping({**DEFAULTS, **(given.original if isinstance(given, Config) else given)})
