"""The way of each record through a topology, to be shown: as a tree, as JSON lines, and on the page of a graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.broker.samples import Sample
from kstream_cli.commands.output.json_schemas import TraceStep
from kstream_cli.commands.output.record_text import headers_text, text_of
from kstream_cli.commands.trying.foreign_keys import message_text, subscription_key
from kstream_cli.commands.trying.lateness import time_text
from kstream_cli.described.model import DescribedTopology
from kstream_cli.processor.dead_letter import EXCEPTION_HEADER
from kstream_cli.render.page import Path, vertex_of
from kstream_cli.render.page import Step as PageStep
from kstream_cli.render.tree import BESIDE, FORK, LAST_FORK, NEXT, NOTHING, Line
from kstream_cli.testing.trace.steps import Did, Step

Words: TypeAlias = list[tuple[str, str]]
"""(role, text) of the parts of a line."""

FOLLOWED = frozenset({Did.TOOK, Did.SENT, Did.CROSSED, Did.FLUSHED, Did.PUNCTUATED})
"""Steps from which records may go on; all others are said below the step that they belong to."""


@dataclass(frozen=True, slots=True)
class Trace:
    """All that came of one record, or of the wall clock's advance. The first step is the record itself."""

    record: str
    steps: tuple[Step, ...]

    @classmethod
    def of_sample(cls, sample: Sample, number: int, steps: Sequence[Step]) -> Trace:
        """`number` counts the records that were fed in to the topic, from 0."""
        steps[0].key, steps[0].value = sample.key, sample.value
        return cls(f"{sample.topic}@{number}", tuple(steps))

    def is_picked(self, picks: Sequence[str]) -> bool:
        """Whether one of the picks is its key, its topic or its `topic@number`; no picks pick all."""
        names = {self.record, self.record.rpartition("@")[0], text_of(self.steps[0].key)} if self.steps else set()
        return not picks or not names.isdisjoint(picks)


class TracePaths:
    """Says what happens in the steps of one topology's traces."""

    def __init__(self, topology: DescribedTopology) -> None:
        self._topology = topology
        self._nodes = {node.name: node for node in topology.nodes()}

    def lines(self, trace: Trace) -> Iterator[Line]:
        """A tree: what comes after a step is below it; `↓` leads to the only one that does."""
        below: dict[int | None, list[Step]] = {}
        for step in trace.steps:
            below.setdefault(step.after, []).append(step)
        # Without recursion: a way may be longer than Python's stack.
        waiting = [(root, "", "") for root in reversed(below.get(None, []))]
        while waiting:
            step, guides, rest = waiting.pop()
            yield self._line(step, trace, guides, rest)
            after = below.get(step.number, [])
            for said in after:
                if said.did not in FOLLOWED:
                    yield self._line(said, trace, f"{rest}    ", rest)
            followers = [each for each in after if each.did in FOLLOWED]
            if len(followers) == 1:
                waiting.append((followers[0], rest + NEXT, rest))
                continue
            for number, follower in reversed(list(enumerate(followers))):
                fork, line = (FORK, BESIDE) if number < len(followers) - 1 else (LAST_FORK, NOTHING)
                waiting.append((follower, rest + fork, rest + line))

    def json_steps(self, trace: Trace) -> Iterator[TraceStep]:
        """One for each step."""
        for step in trace.steps:
            yield TraceStep(
                record=trace.record,
                step=step.number,
                after=step.after,
                did=step.did.value,
                node=step.node,
                code=tuple(self._code(step.node)),
                store=step.store,
                topic=step.topic,
                partition=step.partition,
                offset=step.offset,
                key=step.key,
                value=step.value,
                old=step.old,
                timestamp=step.timestamp,
                headers=headers_text(step.headers),
                reason=step.reason,
                facts=step.facts,
            )

    def path(self, trace: Trace) -> Path:
        """For the page of a graph: a step at each node, with what it read, wrote and said."""
        steps: list[PageStep] = []
        nodes: dict[int, tuple[str, str, list[str]]] = {}
        for step in trace.steps:
            outer = None if step.after is None else trace.steps[step.after]
            text = "".join(part for _, part in self._words(step, outer))
            if step.did in (Did.TOOK, Did.FLUSHED, Did.PUNCTUATED) and step.node is not None:
                nodes[step.number] = (self._vertex(node=step.node), text, [])
            elif step.after in nodes:
                nodes[step.after][2].append(text)
        for vertex, text, said in nodes.values():
            steps.append(PageStep(vertex=vertex, title=text, lines=tuple(said)))
        title = trace.record
        if trace.steps and trace.steps[0].did is Did.FED:
            title += f"  {_pair(trace.steps[0])}"
        return Path(title=title, steps=tuple(steps))

    def _line(self, step: Step, trace: Trace, guides: str, rest: str) -> Line:
        words = self._words(step, None if step.after is None else trace.steps[step.after])
        if step.did is Did.FED:
            words.insert(0, ("topic", f"{trace.record} <- "))
        return Line(tuple(words), guides, f"{rest}      ")

    def _words(self, step: Step, outer: Step | None) -> Words:
        """What happened in a step."""
        store, node = step.store or "", step.node or ""
        why = f"{step.reason or ''}{f': {step.facts}' if step.facts else ''}"
        match step.did:
            case Did.FED:
                return [("plain", _pair(step)), *_moment(step, None)]
            case Did.ADVANCED:
                return [("plain", f"the wall clock advanced to {time_text(step.timestamp or 0)}")]
            case Did.TOOK:
                code = self._code(node)
                position = [("muted", f"  {', '.join(code)}")] if code else []
                return [(self._role(node), node), ("plain", f"  {_given(step)}"), *_moment(step, outer), *position]
            case Did.READ:
                return [("muted", "read "), ("store", store), ("plain", f" {_read(step)}")]
            case Did.WROTE:
                until = f" until {time_text(step.timestamp or 0)}, {step.reason}" if step.reason else ""
                return [("muted", "wrote "), ("store", store), ("plain", f" {_change(step)}{until}")]
            case Did.FLUSHED:
                given = ("plain", f" passes on {_given(step)}")
                return [("muted", "commit: "), ("store", store), given, *_moment(step, outer)]
            case Did.SENT | Did.CROSSED:
                way = "sent to " if step.did is Did.SENT else "through the repartition topic "
                return [("muted", way), ("topic", _place(step)), ("plain", f"  {_given(step)}"), *_moment(step, outer)]
            case Did.PUNCTUATED:
                when = f" by {step.reason} at {time_text(step.timestamp or 0)}"
                position = [("muted", f"  {step.facts}")] if step.facts else []
                return [("muted", "punctuation of "), (self._role(node), node), ("plain", when), *position]
            case Did.DROPPED:
                return [("warning", "dropped: "), ("plain", why)]
            case Did.HELD:
                return [("store", "held: "), ("plain", why)]
        return [("muted", why)]

    def _code(self, node: str | None) -> list[str]:
        """Where the user's functions of a node are; of one without, where it was added."""
        found = self._nodes.get(node or "")
        if found is None:
            return []
        places = [str(each.position) for each in found.functions if each.position]
        if not places and found.position is not None:
            places = [str(found.position)]
        return list(dict.fromkeys(places))

    def _role(self, node: str) -> str:
        found = self._nodes.get(node)
        return "processor" if found is None else found.kind

    def _vertex(self, *, node: str) -> str:
        return vertex_of([self._topology], 0, node=node)


def _pair(step: Step) -> str:
    return f"{_key(step)}: {message_text(step.value, has_key=step.key is not None) or text_of(step.value)}"


def _change(step: Step) -> str:
    return f"{_key(step)}: {_value(step.old)} -> {_value(step.value)}"


def _given(step: Step) -> str:
    """What a node took, or a cache gave on: a record, or the change of a row."""
    return _pair(step) if step.old is None else _change(step)


def _key(step: Step) -> str:
    return subscription_key(step) or text_of(step.key)


def _value(value: Any) -> str:
    return message_text(value) or text_of(value)


def _read(step: Step) -> str:
    if not step.is_scan:
        as_of = "" if step.timestamp is None else f" as of {time_text(step.timestamp)}"
        return f"{_key(step)}{as_of}: {_value(step.value)}"
    rows = ", ".join(_row(key, value) for key, value in step.value)
    count = f"{len(step.value)} row{'' if len(step.value) == 1 else 's'}"
    return f"{'' if step.key is None else f'{_key(step)}: '}{count}{f' ({rows})' if rows else ''}"


def _row(key: Any, value: Any) -> str:
    if (message := message_text(value)) is not None:
        return message
    return text_of(value) if key is None else f"{text_of(key)}: {text_of(value)}"


def _place(step: Step) -> str:
    return f"{step.topic}[{step.partition}]" if step.partition else f"{step.topic}"


def _moment(step: Step, outer: Step | None) -> Words:
    """Timestamp and headers, where they are not those of the step before. A dead letter's own say why it was sent."""
    words: Words = []
    if step.timestamp is not None and (outer is None or outer.timestamp != step.timestamp):
        words.append(("muted", f"  at {time_text(step.timestamp)}"))
    if any(name == EXCEPTION_HEADER for name, _ in step.headers):
        return [*words, ("muted", "  as a dead letter")]
    if step.headers and (outer is None or outer.headers != step.headers):
        pairs = ", ".join(f"{name}={held}" for name, held in headers_text(step.headers))
        words.append(("muted", f"  with {pairs}"))
    elif outer is not None and outer.headers and not step.headers:
        words.append(("muted", "  without headers"))
    return words
