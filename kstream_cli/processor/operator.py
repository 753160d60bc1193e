"""The one contract of every operator: given what comes after it, return the callable that takes one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from kstream_cli.config import Config
from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.record import Headers, RawRecord, RecordMetadata
from kstream_cli.state.store import StateStore

Process: TypeAlias = Callable[[Any, Any, int, Headers], None]
"""Takes one record as (key, value, timestamp in ms, headers). In a table's chain `value` is a Change."""


class PunctuationType(Enum):
    """Which clock a punctuation follows (Java: PunctuationType)."""

    STREAM_TIME = "stream-time"
    WALL_CLOCK_TIME = "wall-clock-time"


class Cancellable(Protocol):
    """A scheduled punctuation."""

    def cancel(self) -> None: ...


class OperatorContext(Protocol):
    """What an operator is given while its task is fused: one per node, valid until the task closes."""

    config: Config
    application_id: str
    task: str
    """The task's id, `<subtopology>_<partition>`."""
    directory: Path
    """The task's own state directory; it may not exist yet."""
    node: str
    """The name of the processor being fused."""
    children: Mapping[str, Process]
    """The node's children by name, in the order in which they were added; `forward` calls them all."""
    current: RawRecord | None
    """The record being processed; None inside a punctuation. Set on flushing a cached update as well."""
    metadata: dict[str, int]
    """Small numbers committed with the offsets, such as when windows were last closed (KIP-825)."""
    shared: dict[str, Any]
    """What operators of one task share with one another, under a name that is theirs alone, such as a store's."""

    def store(self, name: str) -> Any:
        """The open store of that name. Raises TopologyError when it is not connected to this node."""

    def record_metadata(self) -> RecordMetadata | None:
        """Topic, partition and offset of the record being processed; None inside a punctuation."""

    def schedule(
        self,
        interval_ms: int,
        punctuation_type: PunctuationType,
        punctuator: Callable[[int], None],
        start_ms: int | None = None,
    ) -> Cancellable:
        """Call `punctuator(timestamp in ms)` again and again (Java: ProcessorContext.schedule), from `start_ms` on."""

    def emit_on_idle(self, emission: IdleEmission) -> None:
        """Have results emitted when no record comes any more."""

    def stream_time(self) -> int:
        """The task's stream time in ms; -1 before the first record."""

    def now(self) -> int:
        """Wall-clock time in ms."""

    def request_commit(self) -> None:
        """Ask for a commit soon."""

    def dropped(self, reason: str) -> None:
        """Count one dropped record, and log why at a bounded rate."""

    def on_init(self, callback: Callable[[], None]) -> None:
        """Run when the whole task is fused and its stores are restored, in topology order."""

    def on_close(self, callback: Callable[[], None]) -> None:
        """Run when the task closes, in topology order."""


class Operator(Protocol):
    """One step of a topology, as data; shared by all tasks, so it keeps nothing of a task itself.

    One with a class attribute `writes_stores` of False only reads its stores, which spares it the noting of the time
    and headers that changes are logged with. One with `asks_for_record` of False never asks its context for the record
    being processed, which spares the caches above it the keeping of it.
    """

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        """The callable that takes one record and calls `forward` with each result."""


__all__ = ["Cancellable", "Operator", "OperatorContext", "Process", "PunctuationType", "StateStore"]
