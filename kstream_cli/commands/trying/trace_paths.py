"""The way of each record through a topology, to be shown: as a tree, as JSON lines, and on the page of a graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.broker.samples import Sample
from kstream_cli.commands.output.json_shapes import TraceStep
from kstream_cli.commands.output.record_text import headers_text, text_of
from kstream_cli.commands.trying.explanations import time_text
from kstream_cli.described.model import DescribedTopology
from kstream_cli.render.page import Path, vertex_of
from kstream_cli.render.page import Step as PageStep
from kstream_cli.testing.trace.steps import Did, Step

Words: TypeAlias = list[tuple[str, str]]
"""(text, role) of the parts of a line."""

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

    def lines(self, trace: Trace) -> Iterator[Words]:
        """A tree: what comes after a step is below it; `↓` leads to the only one that does."""
        below: dict[int | None, list[Step]] = {}
        for step in trace.steps:
            below.setdefault(step.after, []).append(step)
        for root in below.get(None, []):
            yield from self._branch(root, below, trace, "", "")

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
            text = "".join(part for part, _ in self._words(step, outer))
            if step.did is Did.TOOK and step.node is not None:
                nodes[step.number] = (self._vertex(node=step.node), text, self._code(step.node))
            elif step.did in (Did.FLUSHED, Did.PUNCTUATED) and step.node is not None:
                nodes[step.number] = (self._vertex(node=step.node), text, [])
            elif step.after in nodes:
                nodes[step.after][2].append(text)
        for vertex, text, said in nodes.values():
            steps.append(PageStep(vertex=vertex, title=text, lines=tuple(said)))
        title = trace.record
        if trace.steps and trace.steps[0].did is Did.FED:
            title += f"  {_pair(trace.steps[0])}"
        return Path(title=title, steps=tuple(steps))

    def _branch(
        self, step: Step, below: dict[int | None, list[Step]], trace: Trace, first: str, rest: str
    ) -> Iterator[Words]:
        outer = None if step.after is None else trace.steps[step.after]
        words = self._words(step, outer)
        if step.did is Did.FED:
            words.insert(0, (f"{trace.record} <- ", "topic"))
        yield [(first, "muted"), *words]
        after = below.get(step.number, [])
        for said in after:
            if said.did not in FOLLOWED:
                yield [(f"{rest}    ", "muted"), *self._words(said, step)]
        followers = [each for each in after if each.did in FOLLOWED]
        if len(followers) == 1:
            yield from self._branch(followers[0], below, trace, f"{rest}↓ ", rest)
            return
        for number, follower in enumerate(followers, start=1):
            ends = number == len(followers)
            mark, line = ("└─ ", "   ") if ends else ("├─ ", "│  ")
            yield from self._branch(follower, below, trace, rest + mark, rest + line)

    def _words(self, step: Step, outer: Step | None) -> Words:
        """What happened in a step."""
        store, node = step.store or "", step.node or ""
        why = f"{step.reason or ''}{f': {step.facts}' if step.facts else ''}"
        match step.did:
            case Did.FED:
                return [(_pair(step), "plain"), *_moment(step, None)]
            case Did.ADVANCED:
                return [(f"the wall clock advanced to {time_text(step.timestamp or 0)}", "plain")]
            case Did.TOOK:
                code = self._code(node)
                position = [(f"  {', '.join(code)}", "muted")] if code else []
                is_change = step.old is not None
                text = f"  {_change(step)}" if is_change else f"  {_pair(step)}"
                return [(node, self._role(node)), (text, "plain"), *_moment(step, outer), *position]
            case Did.READ:
                return [("read ", "muted"), (store, "store"), (f" {_read(step)}", "plain")]
            case Did.WROTE:
                return [("wrote ", "muted"), (store, "store"), (f" {_change(step)}", "plain")]
            case Did.FLUSHED:
                return [
                    ("commit: ", "muted"),
                    (store, "store"),
                    (f" gives on {_pair(step) if step.old is None else _change(step)}", "plain"),
                ]
            case Did.SENT:
                return [("sent to ", "muted"), (_place(step), "topic"), (f"  {_pair(step)}", "plain")]
            case Did.CROSSED:
                text = "through the repartition topic "
                return [(text, "muted"), (_place(step), "topic"), (f"  {_pair(step)}", "plain")]
            case Did.PUNCTUATED:
                when = f" by {step.reason} at {time_text(step.timestamp or 0)}"
                return [("punctuation of ", "muted"), (node, self._role(node)), (when, "plain")]
            case Did.DROPPED:
                return [("dropped: ", "warning"), (why, "plain")]
            case Did.HELD:
                return [("held: ", "store"), (why, "plain")]
        return [(why, "muted")]

    def _code(self, node: str | None) -> list[str]:
        """Where the user's functions of a node are."""
        found = self._nodes.get(node or "")
        if found is None:
            return []
        places = [str(each.position) for each in found.functions if each.position]
        return list(dict.fromkeys(places))

    def _role(self, node: str) -> str:
        found = self._nodes.get(node)
        return "processor" if found is None else found.kind

    def _vertex(self, *, node: str) -> str:
        return vertex_of([self._topology], 0, node=node)


def _pair(step: Step) -> str:
    return f"{text_of(step.key)}: {text_of(step.value)}"


def _change(step: Step) -> str:
    return f"{text_of(step.key)}: {text_of(step.old)} -> {text_of(step.value)}"


def _read(step: Step) -> str:
    if not step.is_scan:
        return _pair(step)
    rows = ", ".join(_row(key, value) for key, value in step.value)
    count = f"{len(step.value)} row{'' if len(step.value) == 1 else 's'}"
    return f"{'' if step.key is None else f'{text_of(step.key)}: '}{count}{f' ({rows})' if rows else ''}"


def _row(key: Any, value: Any) -> str:
    return text_of(value) if key is None else f"{text_of(key)}: {text_of(value)}"


def _place(step: Step) -> str:
    return f"{step.topic}[{step.partition}]" if step.partition else f"{step.topic}"


def _moment(step: Step, outer: Step | None) -> Words:
    """Timestamp and headers, where they are not those of the step before."""
    words: Words = []
    if step.timestamp is not None and (outer is None or outer.timestamp != step.timestamp):
        words.append((f"  at {time_text(step.timestamp)}", "muted"))
    if step.headers and (outer is None or outer.headers != step.headers):
        pairs = ", ".join(f"{name}={held}" for name, held in headers_text(step.headers))
        words.append((f"  with {pairs}", "muted"))
    return words
