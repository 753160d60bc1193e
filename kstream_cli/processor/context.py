"""What a Processor is given: forwarding, stores, schedules and where the record came from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from kstream_cli.callables import check_function
from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.processor.operator import Cancellable, OperatorContext, Process, PunctuationType
from kstream_cli.processor.punctuation import interval_ms, start_ms
from kstream_cli.record import Record, RecordMetadata
from kstream_cli.serde.serde import Serde

KOut = TypeVar("KOut")
VOut = TypeVar("VOut")
K = TypeVar("K")


class ProcessorContext(Generic[KOut, VOut]):
    """A processor's access to its task (Java: ProcessorContext). Valid until the processor is closed."""

    def __init__(self, context: OperatorContext, forward: Process) -> None:
        self._context = context
        self._forward = forward

    def forward(self, record: Record[KOut, VOut], child: str | None = None) -> None:
        """Pass a record to all children in order, or only to `child`; returns when they have processed it.

        Raises StreamsError if the processor has no such child.
        """
        forward = self._forward if child is None else self._child(child)
        forward(record.key, record.value, record.timestamp, record.headers)

    @property
    def application_id(self) -> str:
        """The `application.id`."""
        return self._context.application_id

    @property
    def task_id(self) -> str:
        """`<subtopology>_<partition>`."""
        return self._context.task

    @property
    def processor_name(self) -> str:
        """The name of this processor in the topology."""
        return self._context.node

    @property
    def config(self) -> Config:
        """The configuration; `config.original` has the settings as you gave them."""
        return self._context.config

    @property
    def key_serde(self) -> Serde[Any] | None:
        """The configured default serde of keys."""
        serde: Serde[Any] | None = self._context.config.default_key_serde
        return serde

    @property
    def value_serde(self) -> Serde[Any] | None:
        """The configured default serde of values."""
        serde: Serde[Any] | None = self._context.config.default_value_serde
        return serde

    @property
    def state_dir(self) -> Path:
        """The task's own state directory."""
        return self._context.directory

    def record_metadata(self) -> RecordMetadata | None:
        """Topic, partition and offset of the record being processed; None inside a punctuation."""
        return self._context.record_metadata()

    def store(self, name: str) -> Any:
        """The open store of that name.

        It must be connected to this processor, or be a global store, which can only be read.

        Raises TopologyError otherwise.
        """
        return self._context.store(name)

    def schedule(
        self,
        interval: int | timedelta,
        punctuation_type: PunctuationType,
        callback: Callable[[int], None],
        *,
        start_time: int | datetime | None = None,
    ) -> Cancellable:
        """Call `callback(time in ms)` every `interval` (ms or a timedelta), by stream time or by wall clock.

        A stream-time punctuation first fires with the first record, then on multiples of the interval. If several ticks
        were missed, it fires once. `cancel()` of the result ends it.

        With `start_time` (ms since the epoch, or a datetime with a time zone; KIP-1146) the interval begins at that
        time, which may be past. Each full minute of the wall clock is

            context.schedule(60_000, PunctuationType.WALL_CLOCK_TIME, report, start_time=0)

        Raises StreamsError for an interval below 1 ms or a start before 1970.
        """
        if not isinstance(punctuation_type, PunctuationType):
            known = "PunctuationType.STREAM_TIME or .WALL_CLOCK_TIME"
            raise StreamsError(f"a punctuation follows {known}, not {punctuation_type!r}")
        check_function(callback, "punctuation callback", "timestamp", error=StreamsError)
        return self._context.schedule(interval_ms(interval), punctuation_type, callback, start_ms(start_time))

    def commit(self) -> None:
        """Ask for a commit soon, before `commit.interval.ms` has passed."""
        self._context.request_commit()

    def stream_time(self) -> int:
        """The largest timestamp (ms) that the task has seen; -1 before its first record."""
        return self._context.stream_time()

    def now(self) -> int:
        """Wall-clock time in ms since the epoch; in a test, that of the driver."""
        return self._context.now()

    def _child(self, name: str) -> Process:
        try:
            return self._context.children[name]
        except KeyError:
            children = ", ".join(self._context.children) or "none"
            raise StreamsError(
                f"processor {self._context.node!r} has no child {name!r} to forward to; its children: {children}"
            ) from None


class FixedKeyProcessorContext(ProcessorContext[K, VOut], Generic[K, VOut]):
    """The context of a FixedKeyProcessor.

    A record that is forwarded must have the key of the record being processed.
    """

    _NO_KEY = object()

    def __init__(self, context: OperatorContext, forward: Process) -> None:
        super().__init__(context, forward)
        self.key: Any = self._NO_KEY

    def schedule(
        self,
        interval: int | timedelta,
        punctuation_type: PunctuationType,
        callback: Callable[[int], None],
        *,
        start_time: int | datetime | None = None,
    ) -> Cancellable:
        check_function(callback, "punctuation callback", "timestamp", error=StreamsError)

        def punctuate(now: int) -> None:
            self.key = self._NO_KEY  # A record that failed, and was passed over, left its own.
            callback(now)

        called = punctuate if callable(callback) else callback
        return super().schedule(interval, punctuation_type, called, start_time=start_time)

    def forward(self, record: Record[K, VOut], child: str | None = None) -> None:
        if record.key is not self.key and self.key is not self._NO_KEY and record.key != self.key:
            raise StreamsError(
                f"processor {self._context.node!r} must keep the key {self.key!r} and forwarded {record.key!r}; "
                "use process() instead of process_values() to change keys"
            )
        super().forward(record, child)
