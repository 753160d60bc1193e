"""A topology as a tree of lines: an arrow leads from each node to the one that follows, a fork has a branch for each.

A line is its guides and a list of (role, text), which a terminal may colour by role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kstream_cli.described.model import (
    ClusterView,
    DescribedGlobalStore,
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
)
from kstream_cli.render.words import details_of, idle_text, join_text, repartition_text, store_facts, word_of

Words: TypeAlias = tuple[tuple[str, str], ...]
"""(role, text) pairs; roles: title, source, processor, sink, store, topic, muted, warning, plain."""

NEXT, FORK, LAST_FORK, BESIDE, NOTHING = "↓ ", "├─ ", "└─ ", "│  ", "   "
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `guides` stand before its first row, `hanging` before the rows that it is folded into."""

    words: Words
    guides: str = ""
    hanging: str = ""

    @property
    def text(self) -> str:
        return self.guides + "".join(text for _, text in self.words)


def tree_of(topology: DescribedTopology, cluster: ClusterView | None = None, *, wide: bool = False) -> list[Line]:
    """Subtopologies, their nodes in the order records meet them, stores, topics, and what makes the tasks.

    With `wide`, each node is followed by what it does, the user's code, types and windows.
    """
    title: Words = (("title", topology.name),)
    if topology.application_id:
        title += (("muted", f"  application.id {topology.application_id}"),)
    lines = [Line(title, hanging=_INDENT)]
    for block in topology.blocks():
        if isinstance(block, DescribedGlobalStore):
            lines += _global_store(block, wide)
        else:
            lines += _subtopology(block, cluster, wide)
    if cluster is not None:
        lines += _topics(cluster)
    return lines


def text_lines(lines: Iterable[Line]) -> Iterator[str]:
    """The tree as plain lines, for logs, files and tests."""
    return (line.text.rstrip() for line in lines)


def _subtopology(part: DescribedSubtopology, cluster: ClusterView | None, wide: bool) -> Iterator[Line]:
    yield Line((("title", f"Subtopology {part.id}"), ("muted", f"  {_tasks(part, cluster)}")), _INDENT, _INDENT * 2)
    flow = _Flow(part, wide)
    for node in part.nodes:
        if not node.parents:
            yield from flow.lines(node)
    for store in part.stores:
        yield _store(store)


class _Flow:
    """Writes the nodes of a subtopology, each once."""

    def __init__(self, part: DescribedSubtopology, wide: bool) -> None:
        self.nodes = {node.name: node for node in part.nodes}
        self.wide = wide
        self.width = max(len(word_of(node)) for node in part.nodes)
        self.shown: set[str] = set()

    def lines(self, first: DescribedNode) -> Iterator[Line]:
        """A node and all that comes after it, without recursion: a chain may be longer than Python's stack."""
        waiting = [(first, _INDENT * 2, _INDENT * 2)]
        while waiting:
            node, guides, hanging = waiting.pop()
            if node.name in self.shown:
                yield Line((("muted", "to "), ("plain", node.name), ("muted", ", above")), guides, hanging)
                continue
            self.shown.add(node.name)
            children = [self.nodes[name] for name in node.children]
            under = hanging + (BESIDE if len(children) > 1 else NOTHING)
            # What follows has an arrow before it.
            width = self.width if node.parents else self.width + len(NEXT)
            yield Line(_node(node, width), guides, under)
            for detail in details_of(node) if self.wide else ():
                yield Line((("muted", detail),), under + _INDENT, under + _INDENT * 2)
            if len(children) == 1:
                waiting.append((children[0], hanging + NEXT, hanging))
                continue
            for number, child in reversed(list(enumerate(children, start=1))):
                last = number == len(children)
                fork, rest = (LAST_FORK, NOTHING) if last else (FORK, BESIDE)
                waiting.append((child, hanging + fork, hanging + rest))


def _node(node: DescribedNode, width: int = 0) -> Words:
    words: list[tuple[str, str]] = [(node.kind, f"{word_of(node):<{width}} "), ("plain", node.name)]
    if node.kind == "source":
        words.append(("muted", "  reads "))
        words.append(("topic", ", ".join(node.topics) or f"topics{_in(node.cluster)} matching {node.pattern}"))
    elif node.kind == "sink":
        words.append(("muted", "  writes "))
        words.append(("topic", ", ".join(node.topics) or f"a topic{_in(node.cluster)} chosen for each record"))
        if node.repartition:
            words.append(("muted", f", {repartition_text(node.repartition)}"))
    if node.key or node.value:
        words.append(("muted", f"  ({node.key or 'default'}, {node.value or 'default'})"))
    if node.join:
        words.append(("muted", f"  {join_text(node.join)}"))
    if node.stores:
        words.append(("muted", "  uses "))
        words.append(("store", ", ".join(node.stores)))
    if idle := idle_text(node):
        words.append(("warning", f"  {idle}"))
    if node.global_stores:
        words.append(("muted", "  reads global store "))
        words.append(("store", ", ".join(node.global_stores)))
    return tuple(words)


def _in(cluster: str | None) -> str:
    return "" if cluster is None else f" of cluster {cluster}"


def _store(store: DescribedStore) -> Line:
    types = f"  ({store.key or 'default'}, {store.value or 'default'})" if store.key or store.value else ""
    facts = "".join(f"  {text}" for text in (", ".join(store_facts(store)),) if text)
    words = (("store", "store "), ("plain", store.name), ("muted", types + facts))
    return Line(words, _INDENT * 2, _INDENT * 4)


def _global_store(part: DescribedGlobalStore, wide: bool) -> Iterator[Line]:
    about = "  global store: all partitions here, no tasks"
    yield Line((("title", f"Subtopology {part.id}"), ("muted", about)), _INDENT, _INDENT * 2)
    nodes = (part.source, part.processor)
    flow = _Flow(DescribedSubtopology(id=part.id, nodes=nodes, stores=(), source_topics=()), wide)
    yield from flow.lines(part.source)
    yield _store(part.store)


def _tasks(part: DescribedSubtopology, cluster: ClusterView | None) -> str:
    topics = part.source_topics
    if cluster is not None and (count := cluster.tasks(part)) is not None:
        widest = next(topic for topic in topics if cluster.partitions.get(topic) == count)
        names = f"{part.id}_0" if count == 1 else f"{part.id}_0 to {part.id}_{count - 1}"
        plural = "task" if count == 1 else "tasks"
        return f"{count} {plural} ({names}): one for each partition of {widest}"
    if not topics:
        return "one task for each partition of the topics that match"
    if len(topics) == 1:
        return f"one task for each partition of {topics[0]}"
    return f"one task for each partition of the widest of {', '.join(topics)}"


def _topics(cluster: ClusterView) -> Iterator[Line]:
    yield Line((("title", "Topics"), ("muted", f"  at {cluster.bootstrap_servers}")), _INDENT, _INDENT * 2)
    for topic, count in sorted(cluster.partitions.items()):
        if count is None:
            facts = (("topic", topic), ("warning", "  missing"))
        else:
            facts = (("topic", topic), ("muted", f"  {count} partition{'' if count == 1 else 's'}"))
        yield Line(facts, _INDENT * 2, _INDENT * 4)
