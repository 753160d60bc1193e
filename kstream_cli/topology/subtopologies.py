"""Splitting a topology into the parts that run as tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode

if TYPE_CHECKING:
    from kstream_cli.topology.topology import Topology


@dataclass(frozen=True, slots=True)
class Subtopology:
    """Nodes that run together: one task for each partition of its largest source topic (Java: Subtopology).

    Topics are named without the application id (see `Topology.topic_name`).
    """

    id: int
    nodes: tuple[Node, ...]
    """In insertion order: parents stand before their children."""
    stores: tuple[str, ...]
    source_topics: tuple[str, ...]
    sink_topics: tuple[str, ...]
    """Fixed sink topics; those of an extractor are not known."""


def node_groups(topology: Topology) -> dict[int, tuple[str, ...]]:
    """Number -> names of connected nodes, global stores' groups among them.

    Nodes are connected by an edge or a store they share; a repartition topic does not connect. Numbers follow the
    order in which the first node of each group was added.
    """
    parent = {name: name for name in topology.insertion_order}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    users: dict[str, str] = {}
    for node in topology.nodes.values():
        above = () if isinstance(node, SourceNode) else node.parents
        for name in above:
            parent[root(node.name)] = root(name)
        for store in node.stores if isinstance(node, ProcessorNode) else ():
            parent[root(node.name)] = root(users.setdefault(store, node.name))
    for filled in topology.global_stores.values():
        parent[root(filled.processor.name)] = root(filled.source.name)
    groups: dict[str, list[str]] = {}
    for name in topology.insertion_order:
        groups.setdefault(root(name), []).append(name)
    return {number: tuple(names) for number, names in enumerate(groups.values())}


def subtopologies(topology: Topology) -> dict[int, Subtopology]:
    """The subtopologies by number; the numbers of global stores are left out."""
    return {
        number: _subtopology(number, [topology.nodes[name] for name in names], topology)
        for number, names in node_groups(topology).items()
        if names[0] in topology.nodes
    }


def _subtopology(number: int, nodes: list[Node], topology: Topology) -> Subtopology:
    stores = [store for node in nodes if isinstance(node, ProcessorNode) for store in node.stores]
    sources = [topic for node in nodes if isinstance(node, SourceNode) for topic in node.topics]
    sinks = [node.topic for node in nodes if isinstance(node, SinkNode) and node.topic is not None]
    return Subtopology(
        number,
        tuple(nodes),
        stores=tuple(dict.fromkeys(stores)),
        source_topics=tuple(dict.fromkeys(sources)),
        sink_topics=tuple(dict.fromkeys(sinks)),
    )
