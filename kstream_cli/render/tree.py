"""A topology as a tree of lines: each line is a list of (role, text), which a terminal may colour by role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kstream_cli.described.model import (
    ClusterView,
    DescribedGlobalStore,
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
)

Words = tuple[tuple[str, str], ...]
"""(role, text) pairs; roles: title, source, processor, sink, store, topic, muted, warning, plain."""


@dataclass(slots=True)
class Branch:
    """One line and the lines below it."""

    words: Words
    branches: list[Branch] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.words)


def tree_of(topology: DescribedTopology, cluster: ClusterView | None = None) -> Branch:
    """Subtopologies, their processors in the order records meet them, stores, topics, and what makes the tasks."""
    root = Branch((("title", topology.name),))
    if topology.application_id:
        root.words += (("muted", f"  application.id {topology.application_id}"),)
    for block in topology.blocks():
        if isinstance(block, DescribedGlobalStore):
            root.branches.append(_global_store(block, cluster))
        else:
            root.branches.append(_subtopology(block, cluster))
    if cluster is not None:
        root.branches.append(_topics(cluster))
    return root


def text_lines(branch: Branch, indent: str = "") -> Iterator[str]:
    """The tree as plain lines, for logs and tests."""
    yield f"{indent}{branch.text}"
    for child in branch.branches:
        yield from text_lines(child, indent + "  ")


def _subtopology(part: DescribedSubtopology, cluster: ClusterView | None) -> Branch:
    branch = Branch((("title", f"Subtopology {part.id}"), ("muted", f"  {_tasks(part, cluster)}")))
    nodes = {node.name: node for node in part.nodes}
    shown: set[str] = set()
    for node in part.nodes:
        if node.kind == "source" or not node.parents:
            branch.branches.extend(_flow(node, nodes, shown))
    for store in part.stores:
        branch.branches.append(_store(store))
    return branch


def _flow(node: DescribedNode, nodes: dict[str, DescribedNode], shown: set[str]) -> list[Branch]:
    """A node and what comes after it: a chain stays at one level, where records fork a level is added."""
    lines: list[Branch] = []
    while True:
        if node.name in shown:
            lines.append(Branch((("muted", f"to {node.name}, above"),)))
            return lines
        shown.add(node.name)
        line = Branch(_node(node))
        lines.append(line)
        children = [nodes[name] for name in node.children]
        if len(children) != 1:
            for child in children:
                below = _flow(child, nodes, shown)
                # What a fork leads to hangs below the fork's first node, so that each way can be told apart.
                below[0].branches[:0] = below[1:]
                line.branches.append(below[0])
            return lines
        node = children[0]


def _node(node: DescribedNode) -> Words:
    words: list[tuple[str, str]] = [(node.kind, f"{node.kind:<9} "), ("plain", node.name)]
    if node.kind == "source":
        words.append(("muted", "  reads "))
        words.append(("topic", ", ".join(node.topics) or f"topics matching {node.pattern}"))
    elif node.kind == "sink":
        words.append(("muted", "  writes "))
        words.append(("topic", ", ".join(node.topics) or "a topic chosen for each record"))
    if node.key or node.value:
        words.append(("muted", f"  ({node.key or 'default'}, {node.value or 'default'})"))
    if node.stores:
        words.append(("muted", "  uses "))
        words.append(("store", ", ".join(node.stores)))
    return tuple(words)


def _store(store: DescribedStore) -> Branch:
    facts = [store.kind] if store.kind else []
    if store.persistent is not None:
        facts.append("on disk" if store.persistent else "in memory")
    if store.retention_ms is not None:
        facts.append(f"kept {duration(store.retention_ms)}")
    if store.caching:
        facts.append("cached")
    if store.changelog:
        facts.append(f"changelog {store.changelog}")
    elif store.logging is False:
        facts.append("no changelog")
    return Branch((("store", f"{'store':<9} "), ("plain", store.name), ("muted", f"  {', '.join(facts)}")))


def _global_store(part: DescribedGlobalStore, cluster: ClusterView | None) -> Branch:
    head = Branch((("title", f"Subtopology {part.id}"), ("muted", "  global store: all partitions here, no tasks")))
    head.branches = [Branch(_node(part.source)), Branch(_node(part.processor)), _store(part.store)]
    return head


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


def _topics(cluster: ClusterView) -> Branch:
    branch = Branch((("title", "Topics"), ("muted", f"  at {cluster.bootstrap_servers}")))
    for topic, count in sorted(cluster.partitions.items()):
        if count is None:
            branch.branches.append(Branch((("topic", topic), ("warning", "  missing"))))
        else:
            plural = "partition" if count == 1 else "partitions"
            branch.branches.append(Branch((("topic", topic), ("muted", f"  {count} {plural}"))))
    return branch


def duration(ms: int) -> str:
    """A span in the largest unit that divides it: 600000 is `10 min`."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if ms and ms % size == 0:
            return f"{ms // size} {unit}"
    return f"{ms} ms"
