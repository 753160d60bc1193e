"""Notes the steps of each record that is fed in, through all tasks of a test driver."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from kstream_cli.record import NO_HEADERS, Headers, RawRecord
from kstream_cli.testing.raw_record import ProducedRecord
from kstream_cli.testing.trace.steps import Did, Ending, NodeCounts, Step, as_it_is
from kstream_cli.topology.nodes import Node, ProcessorNode


@dataclass(slots=True)
class Visit:
    """A record at a node. What happens meanwhile belongs to it."""

    node: str
    step: Step
    task: str
    stream_time: int = -1
    """The largest timestamp among the records with a key that the node has taken, this one included (ms)."""
    forwarded: list[Any] = field(default_factory=list)
    """The keys that it gave on."""
    is_forwarding: bool = False
    writes: list[Step] = field(default_factory=list)
    reads: list[Step] = field(default_factory=list)
    cached_in: str | None = None
    """The store in whose cache a row that it wrote waits for the commit."""
    drops: int = 0
    seconds_below: float = 0.0


class Explainer(Protocol):
    """Knows why operators give nothing on."""

    def endings(self, node: ProcessorNode, visit: Visit) -> Iterable[Ending]:
        """Why what the node took, or let go, is not among what it gave on; none where there is nothing to say."""

    def change_of(self, node: Node, value: Any) -> tuple[Any, Any] | None:
        """(new, old) of what the node takes, where that is the change of a row."""

    def facts_of_drop(self, node: ProcessorNode, visit: Visit, reason: str) -> str | None:
        """What is so about a record that the node dropped, such as how late it came."""

    def facts_of_error(self, error: BaseException) -> str:
        """What was raised, and where in the user's code."""

    def place_of(self, function: Callable[..., Any]) -> str | None:
        """Where in the user's code a function is."""


class Tracer:
    """The steps since the last `taken`, and what each node did since the beginning."""

    def __init__(self, explainer: Explainer) -> None:
        self.explainer = explainer
        self.counts: dict[str, NodeCounts] = {}
        self.lost: NodeCounts = NodeCounts()
        """What tasks dropped before any node took it."""
        self._steps: list[Step] = []
        self._open: list[Visit | Step] = []
        self._stream_times: dict[tuple[str, str], int] = {}
        self._consumed: dict[int, tuple[RawRecord, Step]] = {}
        self._sent: dict[int, tuple[ProducedRecord, Step]] = {}
        self._root: Step | None = None

    # Told by the driver

    def fed(self, record: ProducedRecord) -> None:
        """A record is about to be fed in."""
        step = self._new(Did.FED, None, topic=record.topic, partition=record.partition)
        step.timestamp, step.headers = record.timestamp, record.headers
        self._root = step
        self._sent[id(record)] = record, step

    def advanced(self, now: int) -> None:
        """The wall clock was advanced to `now` (ms)."""
        self._root = self._new(Did.ADVANCED, None, timestamp=now)

    def read_again(self, produced: ProducedRecord, consumed: RawRecord, offset: int) -> None:
        """A record that was written, or fed in, is about to be read by the topology."""
        _, step = self._sent.get(id(produced), (produced, None))
        if step is not None:
            step.offset = offset
            self._consumed[id(consumed)] = consumed, step

    def taken(self) -> list[Step]:
        """The steps since the last time."""
        steps, self._steps = self._steps, []
        self._consumed.clear()
        self._sent.clear()
        self._root = None
        return steps

    # Told by what watches tasks

    def step(self, did: Did, **what: Any) -> Step:
        """Note what happens inside of what is open."""
        outer = self._open[-1] if self._open else self._root
        return self._new(did, outer.step if isinstance(outer, Visit) else outer, **what)

    def source_of(self, record: RawRecord | None) -> Step | None:
        """The step in which a record came to be where the topology reads it."""
        _, step = self._consumed.get(id(record), (record, None))
        return step

    @contextmanager
    def inside(self, step: Step) -> Iterator[Step]:
        """What happens in this block comes of the step."""
        self._open.append(step)
        try:
            yield step
        finally:
            self._open.pop()

    @contextmanager
    def visit(
        self,
        task: str,
        node: str,
        key: Any,
        value: Any,
        timestamp: int,
        headers: Headers,
        *,
        after: Step | None = None,
    ) -> Iterator[Visit]:
        """A node of a task has a record; `after` is where it comes from, where that is not what is open."""
        outer = self._visit()
        if outer is not None and not outer.is_forwarding:
            self.forwarded(outer.node, key)
        what = {"node": node, "key": as_it_is(key), "value": as_it_is(value)}
        made = self._new(Did.TOOK, after, **what) if after is not None else self.step(Did.TOOK, **what)
        made.timestamp, made.headers = timestamp, tuple(headers) or NO_HEADERS
        visit = Visit(node, made, task, self._stream_time((task, node), key, timestamp))
        counts = self.counts_of(node)
        counts.taken += 1
        self._open.append(visit)
        began = time.perf_counter()
        try:
            yield visit
        finally:
            seconds = time.perf_counter() - began
            counts.seconds += seconds - visit.seconds_below
            if outer is not None:
                outer.seconds_below += seconds
            self._open.pop()

    def note_change(self, node: Node, visit: Visit, value: Any) -> None:
        """Where a node takes the change of a row, note the row before and after."""
        if (change := self.explainer.change_of(node, value)) is not None:
            visit.step.value, visit.step.old = map(as_it_is, change)

    def forwarded(self, node: str, key: Any) -> None:
        """A node gives a record on."""
        self.counts_of(node).forwarded += 1
        visit = self._visit()
        if visit is not None and visit.node == node:
            visit.forwarded.append(key)

    @contextmanager
    def forwarding(self, node: str, key: Any) -> Iterator[None]:
        """A node gives a record on to all that comes after it."""
        self.forwarded(node, key)
        visit = self._visit()
        is_own = visit is not None and visit.node == node
        before = visit.is_forwarding if visit is not None else False
        if visit is not None and is_own:
            visit.is_forwarding = True
        try:
            yield
        finally:
            if visit is not None and is_own:
                visit.is_forwarding = before

    def sent(
        self, sink: str, records: Sequence[ProducedRecord], key: Any, value: Any, internal: frozenset[str]
    ) -> None:
        """The sink, which is open, wrote these."""
        visit = self._visit()
        for record in records:
            did = Did.CROSSED if record.topic in internal else Did.SENT
            step = self.step(did, node=sink, topic=record.topic, partition=record.partition, key=as_it_is(key))
            step.value, step.timestamp, step.headers = as_it_is(value), record.timestamp, record.headers
            if visit is not None:
                step.value, step.old = visit.step.value, visit.step.old
            if step.node is not None:
                self.counts_of(step.node).forwarded += 1
            self._sent[id(record)] = record, step

    def sent_aside(self, records: Sequence[ProducedRecord]) -> None:
        """A handler of errors had these sent: dead letters."""
        visit = self._visit()
        for record in records:
            if id(record) not in self._sent:
                step = self.step(Did.SENT, topic=record.topic, partition=record.partition, key=record.key)
                step.node = None if visit is None else visit.node
                step.value, step.timestamp, step.headers = record.value, record.timestamp, record.headers
                self._sent[id(record)] = record, step

    def dropped(self, reason: str, facts: str | None = None) -> None:
        """A record was dropped by the node that is open; by its task where none is."""
        visit = self._visit()
        self.step(Did.DROPPED, node=None if visit is None else visit.node, reason=reason, facts=facts)
        counts = self.lost if visit is None else self.counts_of(visit.node)
        counts.dropped[reason] += 1
        if visit is not None:
            visit.drops += 1

    def ended(self, visit: Visit, ending: Ending) -> None:
        """The node that is open gave nothing on of what it took."""
        if ending.did is Did.DROPPED:
            self.dropped(ending.reason, ending.facts)
            return
        self.step(ending.did, node=visit.node, reason=ending.reason, facts=ending.facts)
        if ending.did is Did.HELD:
            self.counts_of(visit.node).held[ending.reason] += 1

    def current_visit(self) -> Visit | None:
        """The visit that is open."""
        return self._visit()

    def counts_of(self, node: str) -> NodeCounts:
        return self.counts.setdefault(node, NodeCounts())

    def _visit(self) -> Visit | None:
        """The innermost visit; None inside a punctuation or a flush."""
        innermost = self._open[-1] if self._open else None
        return innermost if isinstance(innermost, Visit) else None

    def _stream_time(self, node: tuple[str, str], key: Any, timestamp: int) -> int:
        before = self._stream_times.get(node, -1)
        if key is None or timestamp <= before:
            return before
        self._stream_times[node] = timestamp
        return timestamp

    def _new(self, did: Did, after: Step | None, **what: Any) -> Step:
        step = Step(number=len(self._steps), after=None if after is None else after.number, did=did, **what)
        self._steps.append(step)
        return step
