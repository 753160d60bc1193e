"""Contexts for testing a Processor by itself: they note what it does, and run nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from kstream_cli.callables import check_function
from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.processor.context import FixedKeyProcessorContext, ProcessorContext
from kstream_cli.processor.operator import PunctuationType
from kstream_cli.processor.punctuation import Punctuator, interval_ms, start_ms
from kstream_cli.record import Headers, Record
from kstream_cli.state.store import StateStore, StoreBuilder
from kstream_cli.task.task_context import NodeContext, TaskContext
from kstream_cli.testing.raw_record import ConsumedRecord

K = TypeVar("K")
V = TypeVar("V")

PROCESSOR = "mock"


@dataclass(frozen=True, slots=True)
class CapturedForward(Generic[K, V]):
    """A record that the processor forwarded: to all children, or to the one named."""

    record: Record[K, V]
    child: str | None = None


@dataclass(slots=True)
class CapturedPunctuator:
    """A punctuation that the processor scheduled; call `punctuator(time)` to run it."""

    interval_ms: int
    punctuation_type: PunctuationType
    punctuator: Punctuator
    start_ms: int | None = None
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class _Clock:
    """Wall-clock time that a test sets."""

    def __init__(self) -> None:
        self.time = 0

    def __call__(self) -> int:
        return self.time


class MockProcessorContext(ProcessorContext[K, V]):
    """For a test of one processor: call `init(context)`, then `process(record)` (Java: MockProcessorContext).

    `forwarded` lists the records that it forwarded, `scheduled` its punctuations, and `committed` says whether it asked
    for a commit. The test sets the time and the position of the record.

    Example:
        >>> class Doubled(Processor):
        ...     def process(self, record):
        ...         self.context.forward(record.with_value(record.value * 2))
        >>> context, doubled = MockProcessorContext(), Doubled()
        >>> doubled.init(context)
        >>> doubled.process(Record("ada", 3, 1_000))
        >>> [each.record.value for each in context.forwarded]
        [6]
    """

    def __init__(
        self,
        config: Mapping[str, Any] | Config | None = None,
        *,
        task_id: str = "0_0",
        state_dir: Path | None = None,
    ) -> None:
        self._clock = _Clock()
        self._stores: dict[str, StateStore] = {}
        self._task = _task_context(config, task_id, state_dir, self._clock)
        super().__init__(NodeContext(self._task, PROCESSOR, {}, self._stores, {}), _nowhere)
        self.forwarded: list[CapturedForward[K, V]] = []
        self.scheduled: list[CapturedPunctuator] = []

    def forward(self, record: Record[K, V], child: str | None = None) -> None:
        self.forwarded.append(CapturedForward(record, child))

    def forwarded_to(self, child: str) -> list[Record[K, V]]:
        """The records that this child would have been given, including those forwarded to all children."""
        return [each.record for each in self.forwarded if each.child in (None, child)]

    def reset_forwards(self) -> None:
        """Forget the records that were forwarded so far."""
        self.forwarded.clear()

    def schedule(
        self,
        interval: int | timedelta,
        punctuation_type: PunctuationType,
        callback: Callable[[int], None],
        *,
        start_time: int | datetime | None = None,
    ) -> CapturedPunctuator:
        check_function(callback, "punctuation callback", "timestamp", error=StreamsError)
        captured = CapturedPunctuator(interval_ms(interval), punctuation_type, callback, start_ms(start_time))
        self.scheduled.append(captured)
        return captured

    @property
    def committed(self) -> bool:
        """Whether the processor asked for a commit."""
        return self._task.commit_requested

    def reset_commit(self) -> None:
        """Forget that a commit was asked for."""
        self._task.commit_requested = False

    def set_record_metadata(self, topic: str, partition: int, offset: int) -> None:
        """Set where the record being processed comes from."""
        self._task.current = ConsumedRecord(topic, None, None, 0, offset=offset, partition=partition)

    def set_now(self, time_ms: int) -> None:
        """Set the wall clock, in ms since the epoch."""
        self._clock.time = time_ms

    def set_stream_time(self, time_ms: int) -> None:
        """Set stream time, in ms since the epoch."""
        self._task.stream_time = time_ms

    def add_state_store(self, store: StateStore | StoreBuilder[Any, Any]) -> None:
        """Open a store, or one made by a builder, and let the processor use it. It keeps no changelog."""
        built = store.build() if isinstance(store, StoreBuilder) else store
        built.open(self._task)
        self._stores[built.name] = built


class MockFixedKeyProcessorContext(MockProcessorContext[K, V], FixedKeyProcessorContext[K, V]):
    """The same for a FixedKeyProcessor (Java: MockFixedKeyProcessorContext)."""


class _NoChangelogs(dict[str, Any]):
    """Whatever the store: it has no changelog."""

    def __missing__(self, store: str) -> tuple[str, None]:
        return f"{store}-changelog", None


def _task_context(
    config: Mapping[str, Any] | Config | None, task_id: str, state_dir: Path | None, clock: _Clock
) -> TaskContext:
    made = config if isinstance(config, Config) else Config.from_mapping({"application.id": "mock", **(config or {})})
    directory = Path(tempfile.gettempdir()) / "kstream-mock" if state_dir is None else state_dir
    return TaskContext(config=made, task=task_id, directory=directory, clock=clock, changelogs=_NoChangelogs())


def _nowhere(key: object, value: object, timestamp: int, headers: Headers) -> None:
    """Forwards are captured before they get here."""
