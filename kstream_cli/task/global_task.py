"""The global stores of an instance, each filled from all partitions of its topic by a processor of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kstream_cli.config import Config
from kstream_cli.logs import logger
from kstream_cli.processor.code import Code, Names, Step
from kstream_cli.processor.wrapper import wrapper_of
from kstream_cli.record import NO_HEADERS, RawRecord
from kstream_cli.state.store import StateStore
from kstream_cli.task.error_handling import ErrorHandling
from kstream_cli.task.failing_node import failing_node
from kstream_cli.task.fusion import FusedNodes, fuse
from kstream_cli.task.node_watch import NodeWatch
from kstream_cli.task.partition import Partition
from kstream_cli.task.record_loop import NOT_WRAPPED
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.sources import record_queues
from kstream_cli.task.state_manager import StateManager, appends
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import GlobalStore, SinkNode
from kstream_cli.topology.topology import Topology
from kstream_cli.user_objects import error_of, of_user_code

log = logger(__name__)

GLOBAL_TASK = "global"


@dataclass(frozen=True, slots=True)
class _Feed:
    """What a topic's records go through into a global store."""

    store: str
    processor: str
    queue: RecordQueue
    reprocess: bool


class GlobalTask:
    """All global stores. open(), restore() up to the end of each topic, start(), then update() with each record.

    `positions` holds, by (topic, partition), the offset after the last record applied; who runs the task keeps it
    between runs, after commit() has made the stores durable: an offset that is behind is always safe.
    """

    def __init__(
        self,
        *,
        topology: Topology,
        config: Config,
        clock: Callable[[], int],
        directory: Path,
        watch: Callable[[TaskContext], NodeWatch] | None = None,
    ) -> None:
        self.positions: dict[Partition, int] = {}
        self._topology = topology
        self._config = config
        names = list(topology.global_stores)
        self._context = TaskContext(
            config=config,
            task=GLOBAL_TASK,
            directory=directory,
            clock=clock,
            changelogs=appends({}, config.application_id, names, None),
        )
        self._watch = None if watch is None else watch(self._context)
        self._errors = ErrorHandling(config, self._context, _no_dead_letters)
        built = {name: given.store.build() for name, given in topology.global_stores.items()}
        self._states = StateManager(built, {}, restorable=built)
        self._fused: list[FusedNodes] = []
        self._feeds: dict[str, _Feed] = {}

    @property
    def topics(self) -> dict[str, str]:
        """The source topic, as named on the broker, of each global store."""
        application_id = self._config.application_id
        return {
            self._topology.topic_name(given.source.topics[0], application_id): name
            for name, given in self._topology.global_stores.items()
        }

    @property
    def stores(self) -> dict[str, StateStore]:
        return self._states.stores

    def open(self) -> None:
        """Open the stores as of their last commit, and fuse their processors."""
        self._states.open(self._context)
        for topic, name in self.topics.items():
            self._feeds[topic] = self._feed(topic, name, self._topology.global_stores[name])
        for fused in self._fused:
            fused.init()

    def restore(self, topic: str, partition: int, records: Iterable[RawRecord], next_offset: int) -> None:
        """Apply records while the task catches up: through the processor again, or as plain bytes where it only
        copies them."""
        feed = self._feeds[topic]
        if feed.reprocess:
            for record in records:
                self.update(topic, record)
        else:
            store = self.stores[feed.store]
            with_headers = store.restores_headers
            store.restore(
                (record.key(), record.value(), record.timestamp()[1], record.headers() or NO_HEADERS)
                if with_headers
                else (record.key(), record.value(), record.timestamp()[1])
                for record in records
                if record.key() is not None
            )
        self.positions[topic, partition] = next_offset

    def update(self, topic: str, record: RawRecord) -> None:
        """Apply one record of a topic, which has its cluster in front where that is not home."""
        partition, offset = record.partition() or 0, record.offset() or 0
        feed = self._feeds[topic]
        queue, context = feed.queue, self._context
        if queue.decode(record):
            queue.partition_time = max(queue.partition_time, queue.time)
            context.current = record
            try:
                queue.process(queue.key, queue.value, queue.time, queue.headers)
            except NOT_WRAPPED:
                raise
            except of_user_code() as error:
                node = failing_node(error, {feed.processor: queue.process}) or feed.processor
                raise self._errors.processing_error(node, record, error) from error
            finally:
                context.current = None
        self.positions[topic, partition] = offset + 1

    def flush(self) -> None:
        self._states.flush()

    def commit(self) -> None:
        """Make what was applied durable."""
        self._states.flush()
        self._states.commit({name: self._extent(topic, self.positions) for topic, name in self.topics.items()})

    def resumable(self, positions: Mapping[Partition, int]) -> dict[Partition, int]:
        """Those of an earlier run's positions that the stores come up to: one that was wiped starts over."""
        reached = {topic: self.stores[name].committed_offset or 0 for topic, name in self.topics.items()}
        return {
            (topic, partition): offset
            for (topic, partition), offset in positions.items()
            if reached.get(topic, 0) >= self._extent(topic, positions) > 0
        }

    def _extent(self, topic: str, positions: Mapping[Partition, int]) -> int:
        """How far the positions are in the whole of a topic: what a store notes as the offset it is as of."""
        return sum(offset for (each, _), offset in positions.items() if each == topic)

    def close(self) -> None:
        """Close the processors, then the stores, without writing anything."""
        for error in [error for fused in self._fused for error in fused.close()]:
            log.error("a global store's processor could not be closed: %s", error_of(error))
        for error in self._states.close():
            log.error("a global store could not be closed: %s", error_of(error))

    def _feed(self, topic: str, name: str, given: GlobalStore) -> _Feed:
        guarded = self._errors.guards and self._config.processing_exception_handler_global_enabled
        fused = fuse(
            (given.source, given.processor),
            self._context,
            stores={name: self.stores[name]},
            global_stores={},
            sink=_no_sinks,
            guard=self._errors.guard if guarded else None,
            wrapper=wrapper_of(self._config),
            watch=self._watch,
        )
        self._fused.append(fused)
        [queue] = record_queues(
            [(topic, 0)],
            [given.source],
            fused.sources,
            topology=self._topology,
            task=self._context,
            errors=self._errors,
        )
        return _Feed(name, given.processor.name, queue, given.reprocess_on_restore)


def _no_sinks(node: SinkNode) -> Step:
    def write(code: Code, names: Names) -> None:
        """A global store's processor has nowhere to forward to."""

    return write


def _no_dead_letters(record: object) -> None:
    log.warning("a dead letter of a global store is dropped: the global thread has no producer")
