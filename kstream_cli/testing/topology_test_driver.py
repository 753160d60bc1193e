"""Runs a topology without a broker, record by record, through the very task code of the runtime.

All subtopologies run as one task, each topic with one partition, as in Kafka Streams' own test driver. A piped record
is processed to its end; then the punctuations of stream time run and the task commits, so that caches are flushed;
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
from pathlib import Path
from types import TracebackType
from typing import Any

from kstream_cli.config import Config
from kstream_cli.duration import Duration, milliseconds
from kstream_cli.errors import ConfigError, StateError, TopologyError, UnknownStoreError
from kstream_cli.processor.metrics import MetricName, Metrics
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes, limit_of
from kstream_cli.state.store import StateStore
from kstream_cli.task.global_task import GlobalTask
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.testing.raw_record import ConsumedRecord, ProducedRecord
from kstream_cli.testing.test_topics import TestInputTopic, TestOutputTopic, to_epoch_ms
from kstream_cli.testing.topic_serdes import SerdeArgument, TopicSerdes
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.serde_check import check_serdes
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Builder, Topology, built

DEFAULTS = {
    "application.id": "test",
    # As in Java's driver, final results need not wait for the wall clock.
    "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": 0,
}
"""What a test's configuration starts from."""
TASK = TaskId(0, 0)


class TopologyTestDriver:
    """A topology under test. Use it in a `with` block, or close() it: its stores live in a temporary directory.

    `config` may be left out; the wall clock starts at `start_ms` and moves only by `advance_wall_clock`.
    """

    def __init__(
        self,
        topology: Topology | Builder,
        config: Mapping[str, Any] | Config | None = None,
        *,
        start_ms: int | datetime = 0,
    ) -> None:
        self.config = _config(config or {})
        self.topology = built(topology, self.config)
        check_serdes(self.topology, self.config)
        self.produced: list[ProducedRecord] = []
        """Every record written so far, as bytes and in order: to sinks, changelogs, internal and dead letter topics."""
        self._now = to_epoch_ms(start_ms)
        self._directory = Path(tempfile.mkdtemp(prefix="kstream-test-"))
        self._closed = False
        self._output = CapturedOutput()
        self._by_topic: dict[str, list[ProducedRecord]] = defaultdict(list)
        self._offsets: Counter[str] = Counter()
        self._serdes = TopicSerdes(self.topology, self.config)
        self._patterns = [node.pattern for node in self._sources() if node.pattern is not None]
        self._inputs = self._input_topics()
        self._global: GlobalTask | None = None
        self._task: StreamTask | None = None
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
    ) -> TestInputTopic[Any, Any]:
        """The way into a topic; serdes default to those of the source that reads it.

        Records without a timestamp get `start` (default: the wall clock), which moves on by `advance` after each.
        """
        self._check_input(topic)
        key_serde, value_serde = self._serdes.for_input(topic, key, value)
        start_ms = self._now if start is None else to_epoch_ms(start)
        return TestInputTopic(self, topic, key_serde, value_serde, start_ms=start_ms, advance_ms=milliseconds(advance))

    def output(self, topic: str, key: SerdeArgument = None, value: SerdeArgument = None) -> TestOutputTopic[Any, Any]:
        """The records written to a topic; serdes default to those of the sink that writes it."""
        key_serde, value_serde = self._serdes.for_output(topic, key, value)
        return TestOutputTopic(self._by_topic[topic], topic, key_serde, value_serde)

    def produced_topics(self) -> set[str]:
        """The topics written to so far, internal ones among them."""
        return {record.topic for record in self.produced}

    def pipe_raw(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        headers: Headers = NO_HEADERS,
    ) -> None:
        """Pipe one record, given as bytes, to its end."""
        self._check_open()
        self._check_input(topic)
        if self._input_name(topic) is not None:
            self._enqueue(topic, key, value, timestamp, headers)
            self._process_all()
        if self._is_global(topic):
            self._update_global(topic, key, value, timestamp, headers)

    # Time

    def advance_wall_clock(self, duration: Duration) -> None:
        """Set the wall clock forward by ms or a timedelta, and run the punctuations that are due by then, once each."""
        self._check_open()
        self._now += milliseconds(duration)
        if self._task is not None:
            self._task.punctuate()
            self._commit(self._task)
        self._pass_on_output()
        self._process_all()

    def now(self) -> int:
        """The wall clock of the test in ms."""
        return self._now

    # Stores

    def store(self, name: str) -> Any:
        """A store of the topology, global ones among them, to look into or to fill before a test."""
        stores = self.stores()
        try:
            return stores[name]
        except KeyError:
            known = ", ".join(sorted(stores)) or "none"
            raise UnknownStoreError(f"the topology has no store {name!r}; its stores: {known}") from None

    def stores(self) -> dict[str, StateStore]:
        """All stores by name."""
        task_stores = {} if self._task is None else self._task.stores
        global_stores = {} if self._global is None else self._global.stores
        return {**task_stores, **global_stores}

    @property
    def dropped_records(self) -> Counter[str]:
        """Records dropped so far, by reason."""
        return Counter() if self._task is None else self._task.context.drops.by_reason

    def metrics(self) -> dict[MetricName, Any]:
        """The metrics of the task, its nodes and stores, with their values now, by the wall clock of the test.

        `metrics.recording.level` DEBUG adds those that are counted record by record.
        """
        if self._task is None:
            return {}
        self._task.metrics.observe()
        return self._task.metrics.registry.values()

    # Life

    def close(self) -> None:
        """Close processors and stores, and delete the state. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._task is not None:
                self._task.close()
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
        nodes = tuple(self.topology.nodes.values())
        if self.topology.global_stores:
            self._global = GlobalTask(
                topology=self.topology, config=self.config, clock=self.now, directory=self._directory / "global"
            )
            self._global.open()
        if nodes:
            self._task = StreamTask(
                TASK,
                Subtopology(TASK.subtopology, nodes, stores=(), source_topics=(), sink_topics=()),
                topology=self.topology,
                config=self.config,
                inputs=[(topic, TASK.partition) for topic in self._inputs],
                producer=self._output,
                clock=self.now,
                directory=self._directory / str(TASK),
                cache_bytes=self.config.statestore_cache_max_bytes,
                uncommitted=UncommittedBytes(limit_of(self.config, 1)),
                global_stores={} if self._global is None else self._global.stores,
                metrics=Metrics(
                    self.config,
                    {"thread-id": threading.current_thread().name, "task-id": str(TASK)},
                    clock=lambda: self._now / 1000,
                ),
            )
            self._task.open()
            self._task.start()
        self._pass_on_output()

    def _process_all(self) -> None:
        task = self._task
        if task is None:
            return
        while True:
            began = time.perf_counter()
            if not task.process(1):
                return
            task.metrics.processed(1, time.perf_counter() - began)
            self._commit(task)
            self._pass_on_output()

    def _commit(self, task: StreamTask) -> None:
        offsets = task.prepare_commit()
        task.check_sends()
        ends = self._output.end_offsets
        task.post_commit({name: ends[log.topic] for name, log in task.changelogs.items()}, offsets)

    def _pass_on_output(self) -> None:
        """Keep what was written, and pipe what the topology itself reads in again."""
        written, self._output.records = self._output.records, []
        for record in written:
            self.produced.append(record)
            self._by_topic[record.topic].append(record)
            timestamp = self._now if record.timestamp is None else record.timestamp
            if self._input_name(record.topic) is not None:
                self._enqueue(record.topic, record.key, record.value, timestamp, record.headers)
            if self._is_global(record.topic):
                self._update_global(record.topic, record.key, record.value, timestamp, record.headers)

    def _enqueue(self, topic: str, key: bytes | None, value: bytes | None, timestamp: int, headers: Headers) -> None:
        name = self._input_name(topic)
        assert name is not None
        assert self._task is not None
        record = ConsumedRecord(topic, key, value, timestamp, headers, offset=self._next_offset(name))
        self._task.add_records(name, TASK.partition, [record])

    def _update_global(
        self, topic: str, key: bytes | None, value: bytes | None, timestamp: int, headers: Headers
    ) -> None:
        assert self._global is not None
        self._global.update(ConsumedRecord(topic, key, value, timestamp, headers, offset=self._next_offset(topic)))
        self._global.flush()

    def _next_offset(self, name: str) -> int:
        self._offsets[name] += 1
        return self._offsets[name] - 1

    def _sources(self) -> list[SourceNode]:
        return [node for node in self.topology.nodes.values() if isinstance(node, SourceNode)]

    def _input_topics(self) -> list[str]:
        """What the task reads, named as on the broker; a pattern stands for all topics that it matches."""
        name = self.topology.topic_name
        topics = [name(topic, self.config.application_id) for source in self._sources() for topic in source.topics]
        return [*topics, *(pattern.pattern for pattern in self._patterns)]

    def _input_name(self, topic: str) -> str | None:
        """The input that a topic's records belong to: the topic itself, or a pattern."""
        if topic in self._inputs:
            return topic
        return next((pattern.pattern for pattern in self._patterns if pattern.fullmatch(topic)), None)

    def _is_global(self, topic: str) -> bool:
        return self._global is not None and topic in self._global.topics

    def _check_input(self, topic: str) -> None:
        if self._input_name(topic) is None and not self._is_global(topic):
            known = [*self._inputs, *(self._global.topics if self._global is not None else ())]
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
