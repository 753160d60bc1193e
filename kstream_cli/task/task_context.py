"""What a task's stores and operators are given: one TaskContext a task, one NodeContext a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.processor.operator import Cancellable, Process, PunctuationType
from kstream_cli.processor.punctuation import Punctuations, Punctuator, Schedule, first_tick
from kstream_cli.record import NO_HEADERS, Headers, RawRecord, RecordMetadata
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes
from kstream_cli.state.store import StateStore
from kstream_cli.state.store_context import ChangelogAppend
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.dropped_records import DroppedRecords
from kstream_cli.task.read_only_store import ReadOnlyStore


class TaskContext:
    """What all nodes and stores of a task share. `current`, `timestamp` and `headers` move with the record."""

    def __init__(
        self,
        *,
        config: Config,
        task: str,
        directory: Path,
        clock: Callable[[], int],
        uncommitted: UncommittedBytes | None = None,
        cache: ThreadCache | None = None,
        changelogs: Mapping[str, tuple[str, ChangelogAppend | None]],
    ) -> None:
        self.config = config
        self.task = task
        self.directory = directory
        self.uncommitted = uncommitted or UncommittedBytes()
        self.cache = ThreadCache(0) if cache is None else cache
        self.current: RawRecord | None = None
        self.keeps_records = True
        self.has_one_topic_size = False
        self.timestamp = -1
        self.headers: Headers = NO_HEADERS
        self.now = clock
        self.drops = DroppedRecords(task)
        self.dropped = self.drops.add
        self.metadata: dict[str, int] = {}
        self.shared: dict[str, Any] = {}
        self.stream_time = -1
        self.commit_requested = False
        self.by_stream_time = Punctuations()
        self.by_wall_clock = Punctuations()
        self.idle_emissions: list[IdleEmission] = []
        """Children before their parents, as they are fused."""
        self.punctuated: Callable[[float], None] = _nothing
        """Told the seconds that a punctuation took."""
        self._changelogs = changelogs

    def request_commit(self) -> None:
        self.commit_requested = True

    def changelog_topic(self, store: str) -> str:
        return self._changelogs[store][0]

    def changelog(self, store: str) -> ChangelogAppend | None:
        return self._changelogs[store][1]


class NodeContext:
    """The OperatorContext of one node."""

    def __init__(
        self,
        task: TaskContext,
        node: str,
        children: Mapping[str, Process],
        stores: Mapping[str, StateStore],
        global_stores: Mapping[str, StateStore],
    ) -> None:
        self.config = task.config
        self.application_id = task.config.application_id
        self.task = task.task
        self.directory = task.directory
        self.node = node
        self.children = children
        self.metadata = task.metadata
        self.shared = task.shared
        self.now = task.now
        self.dropped = task.dropped
        self.inits: list[Callable[[], None]] = []
        self.closes: list[Callable[[], None]] = []
        self.on_init = self.inits.append
        self.on_close = self.closes.append
        self.request_commit = task.request_commit
        self._task = task
        self._stores = stores
        self._global_stores = global_stores

    @property
    def current(self) -> RawRecord | None:
        return self._task.current

    @current.setter
    def current(self, record: RawRecord | None) -> None:
        self._task.current = record

    def store(self, name: str) -> Any:
        if name in self._stores:
            return self._stores[name]
        if name in self._global_stores:
            return ReadOnlyStore(self._global_stores[name])
        raise TopologyError(
            f"store {name!r} is not connected to processor {self.node!r}: name it in stores=, "
            "or connect it with connect_processor_and_stores()"
        )

    def record_metadata(self) -> RecordMetadata | None:
        record = self._task.current
        if record is None:
            return None
        return RecordMetadata(record.topic() or "", _or_unknown(record.partition()), _or_unknown(record.offset()))

    def schedule(
        self,
        interval_ms: int,
        punctuation_type: PunctuationType,
        punctuator: Punctuator,
        start_ms: int | None = None,
    ) -> Cancellable:
        if punctuation_type is PunctuationType.STREAM_TIME:
            # Time 0 is due as soon as stream time is known.
            schedules, now, first = self._task.by_stream_time, self._task.stream_time, 0
        else:
            schedules, now = self._task.by_wall_clock, self.now()
            first = now + interval_ms
        first = first_tick(start_ms, interval_ms, now, first)
        return schedules.add(Schedule(self.node, first, interval_ms, punctuator))

    def emit_on_idle(self, emission: IdleEmission) -> None:
        emission.node = self.node
        self._task.idle_emissions.append(emission)

    def stream_time(self) -> int:
        return self._task.stream_time


def _nothing(seconds: float) -> None:
    """Nobody measures."""


def _or_unknown(number: int | None) -> int:
    return -1 if number is None else number
