"""A topology as vertices and edges: what DOT and Mermaid draw, each in its own notation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kstream_cli.described.model import DescribedNode, DescribedStore, DescribedTopology
from kstream_cli.described.operations import is_generated

VertexKind = Literal["source", "processor", "sink", "store", "topic", "repartition"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """One shape: `label` is what it does or is called, `detail` a smaller second line."""

    id: str
    kind: VertexKind
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """Records flow from tail to head; `kind` is `uses` between a processor and its store."""

    tail: str
    head: str
    kind: Literal["flow", "uses"] = "flow"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The vertices that run together."""

    title: str
    vertices: tuple[Vertex, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Clusters, the topics between and around them, and all edges."""

    name: str
    clusters: tuple[Cluster, ...]
    topics: tuple[Vertex, ...]
    edges: tuple[Edge, ...]

    @property
    def description(self) -> str:
        """One sentence that says what the picture shows, for readers who cannot see it."""
        named = ", ".join(topic.label for topic in self.topics) or "none"
        parts = f"{len(self.clusters)} subtopolog{'y' if len(self.clusters) == 1 else 'ies'}"
        return f"Stream topology {self.name}: {parts}; topics: {named}."


def graph_of(topology: DescribedTopology) -> Graph:
    """Vertices keep the order of `describe`; a topic that several nodes share is one vertex."""
    topics: dict[str, Vertex] = {}
    edges: list[Edge] = []
    clusters: list[Cluster] = []
    for part in topology.subtopologies:
        vertices = _vertices(part.nodes, part.stores, topology, topics, edges)
        clusters.append(Cluster(f"Subtopology {part.id}", vertices))
    for block in topology.global_stores:
        vertices = _vertices((block.source, block.processor), (block.store,), topology, topics, edges)
        clusters.append(Cluster(f"Subtopology {block.id}, global store", vertices))
    return Graph(topology.name, tuple(clusters), tuple(topics.values()), tuple(dict.fromkeys(edges)))


def _vertices(
    nodes: tuple[DescribedNode, ...],
    stores: tuple[DescribedStore, ...],
    topology: DescribedTopology,
    topics: dict[str, Vertex],
    edges: list[Edge],
) -> tuple[Vertex, ...]:
    vertices = []
    for node in nodes:
        vertices.append(_node(node))
        for topic in _topics(node, topology):
            topics.setdefault(topic.id, topic)
            edges.append(Edge(topic.id, node.name) if node.kind == "source" else Edge(node.name, topic.id))
        edges.extend(Edge(node.name, child) for child in node.children)
        edges.extend(Edge(node.name, f"store {store}", "uses") for store in node.stores)
    vertices.extend(Vertex(f"store {store.name}", "store", store.name, store.kind or "store") for store in stores)
    return tuple(vertices)


def _node(node: DescribedNode) -> Vertex:
    if not node.operation or node.operation in ("source", "sink") or not is_generated(node.name):
        return Vertex(node.name, node.kind, node.name, "" if node.kind in ("processor", node.name) else node.kind)
    return Vertex(node.name, node.kind, node.operation.replace("_", " "), node.name)


def _topics(node: DescribedNode, topology: DescribedTopology) -> list[Vertex]:
    if node.pattern is not None:
        return [Vertex(f"topic /{node.pattern}/", "topic", node.pattern, "topics that match")]
    if node.kind == "sink" and not node.topics:
        return [Vertex(f"topic of {node.name}", "topic", "chosen per record", "topic")]
    return [
        Vertex(f"topic {topic}", "repartition", topic, "repartition topic")
        if topic in topology.internal_topics
        else Vertex(f"topic {topic}", "topic", topic, "topic")
        for topic in node.topics
    ]
