"""What a task emits because no record comes any more: it watches the wall clock for those operators that ask for it.

A task is idle when no record has come for so long, none is buffered, and the brokers have none more. From then on
stream time is taken to go on with the wall clock, from where it stood when the last record was processed.

What is needed to go on after a restart is committed with the offsets: the wall clock at the last record, and for each
operator its stream time and how far that was behind the wall clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.processor.punctuation import NEVER, Punctuate, Schedule
from kstream_cli.task.partition_group import PartitionGroup
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import Node, SourceNode

RETRY_MS = 50
"""So long after the brokers could not tell, they are asked again."""
AGAIN_MS = 1_000
"""The least time between two attempts, where the first one failed."""
LAST_RECORD = "emit-on-idle"
STREAM_TIME = "{}/stream-time"
BEHIND = "{}/behind-wall-clock"
"""The names under which times are committed, of the task and of a store."""


@dataclass(slots=True)
class _Anchor:
    """Where the idle stream time of one operator starts from: stream time `base` at the wall-clock time `since`."""

    emission: IdleEmission
    above: Sequence[IdleEmission]
    base: int = -1
    since: int = 0
    seen: int = -1
    """The operator's stream time when it was last looked at."""

    def stream_time(self, now: int) -> int:
        return self.base + max(0, now - self.since)

    def due_at(self) -> int:
        """The wall-clock time at which something is due; NEVER where nothing is, or something above holds more."""
        due = self.emission.due()
        if self.base < 0 or due >= NEVER or any(each.due() < NEVER for each in self.above):
            return NEVER
        return self.since + max(self.emission.wait_ms, due - self.base)


class IdleTime:
    """Used by one task, with what it knows of itself.

    Args:
        emissions: Those of the operators, parents before their children.
        is_read: Whether the brokers have no more records of the task's inputs.
        flush: Flushes the task's caches: the updates that they hold come before what is made of them.
    """

    def __init__(
        self,
        emissions: Sequence[IdleEmission],
        context: TaskContext,
        nodes: Iterable[Node],
        group: PartitionGroup,
        *,
        is_read: Callable[[], bool],
        flush: Callable[[], None],
    ) -> None:
        above = _emissions_above(nodes, emissions)
        self._anchors = [_Anchor(emission, above[emission.node]) for emission in emissions]
        self._wait = min(emission.wait_ms for emission in emissions)
        self._context = context
        self._group = group
        self._is_read = is_read
        self._flush = flush
        self._last_record = 0
        self._has_new = False
        """Whether records were processed since the anchors were set."""
        self._is_settled = False
        """Whether `_next` is when something is due, and not only when to look."""
        self._next = 0

    def resume(self) -> None:
        """Take up the times of before a restart, as committed; call it before the first record."""
        numbers, now = self._context.metadata, self._context.now()
        self._last_record = numbers.get(LAST_RECORD, now)
        for anchor in self._anchors:
            anchor.emission.resume(numbers.get(STREAM_TIME.format(anchor.emission.store), -1))
        for anchor in self._anchors:
            anchor.seen = anchor.emission.stream_time()
            behind = numbers.get(BEHIND.format(anchor.emission.store))
            if behind is None:
                # Started with it for the first time: only the task's own stream time is known.
                anchor.base, anchor.since = self._context.stream_time, now
            else:
                anchor.base, anchor.since = self._last_record - behind, self._last_record

    def processed(self) -> None:
        """Records have just been processed."""
        self._last_record = self._context.now()
        self._has_new = True
        self._is_settled = False
        self._next = self._last_record + self._wait

    def punctuated(self) -> None:
        """Punctuations have run: what they forwarded is traffic for those operators that it has reached."""
        now = self._context.now()
        if not self._has_new and self._note_changes(now):
            self._is_settled = False
            self._next = now + self._wait

    def run(self, punctuate: Punctuate) -> bool:
        """Emit what is due; False for nothing."""
        now = self._context.now()
        if now < self._next or self._group.total_buffered():
            return False
        if not self._is_settled:
            self._flush()
            self._note_records()
            self._look_again()
        if now < self._next:
            return False
        if not self._is_read():
            self._next = now + RETRY_MS
            return False
        emits = False
        for anchor in self._anchors:
            if anchor.due_at() <= now:
                self._emit(anchor, now, punctuate)
                emits = True
        self._look_again()
        if self._next <= now:
            # A handler lets the task go on after an error: not with the next attempt at once.
            self._next = now + max(self._wait, AGAIN_MS)
        return emits

    def note(self) -> None:
        """Put down what a restart needs, for the commit that is being prepared; the caches are flushed."""
        if self._has_new:
            self._note_records()
        else:
            self.punctuated()
        numbers = self._context.metadata
        numbers[LAST_RECORD] = self._last_record
        for anchor in self._anchors:
            store, stream_time = anchor.emission.store, anchor.emission.stream_time()
            if stream_time >= 0 and anchor.base >= 0:
                numbers[STREAM_TIME.format(store)] = stream_time
                numbers[BEHIND.format(store)] = anchor.since - anchor.base

    def _emit(self, source: _Anchor, now: int, punctuate: Punctuate) -> None:
        emission, stream_time = source.emission, source.stream_time(now)

        def emit(time: int) -> None:
            emission.emitted += emission.emit(time)

        punctuate(Schedule(emission.node, stream_time, 1, emit), stream_time)
        self._flush()
        for anchor in self._anchors:
            anchor.seen = anchor.emission.stream_time()
            if anchor.base < 0 <= anchor.seen:
                anchor.base, anchor.since = source.base, source.since

    def _note_records(self) -> None:
        """Start from the stream time that the operators have now, at the time of the last record."""
        if self._has_new:
            self._has_new = False
            for anchor in self._anchors:
                anchor.seen = anchor.emission.stream_time()
                anchor.base = max(anchor.base if anchor.seen < 0 else -1, anchor.seen)
                anchor.since = self._last_record

    def _note_changes(self, now: int) -> bool:
        """Start anew from the stream time of those operators where it has moved; whether there are any."""
        moved = [anchor for anchor in self._anchors if anchor.emission.stream_time() != anchor.seen]
        for anchor in moved:
            anchor.base = anchor.seen = anchor.emission.stream_time()
            anchor.since = now
        return bool(moved)

    def _look_again(self) -> None:
        self._is_settled = True
        self._next = min(anchor.due_at() for anchor in self._anchors)


def _emissions_above(nodes: Iterable[Node], emissions: Iterable[IdleEmission]) -> dict[str, list[IdleEmission]]:
    """Node -> those emissions whose results come to it."""
    by_node = {emission.node: emission for emission in emissions}
    above: dict[str, dict[str, IdleEmission]] = {}
    for node in nodes:
        found: dict[str, IdleEmission] = {}
        for parent in () if isinstance(node, SourceNode) else node.parents:
            found |= above.get(parent, {})
            if parent in by_node:
                found[parent] = by_node[parent]
        above[node.name] = found
    return {name: list(above[name].values()) for name in by_node}
