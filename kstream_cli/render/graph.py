"""Topologies as vertices and edges: what DOT, Mermaid and the page draw, each in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from kstream_cli.clusters import in_cluster, name_of
from kstream_cli.described.model import (
    DescribedGlobalStore,
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
)
from kstream_cli.described.operations import is_generated
from kstream_cli.render.words import idle_text, pair_text

VertexKind: TypeAlias = Literal[
    "source", "processor", "sink", "store", "topic", "repartition", "changelog", "subtopology", "app"
]
Level: TypeAlias = Literal["apps", "subtopologies", "processors"]
Mark: TypeAlias = Literal["added", "removed", "changed"]
Shown: TypeAlias = DescribedTopology | Sequence[DescribedTopology]

KINDS: dict[VertexKind, str] = {
    "app": "application",
    "subtopology": "subtopology",
    "source": "source: reads topics",
    "processor": "processor",
    "sink": "sink: writes a topic",
    "store": "state store",
    "topic": "topic",
    "repartition": "repartition topic",
    "changelog": "changelog topic",
}
"""What the shapes mean, for a legend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shows:
    """What a picture shows. `names` are those of nodes whose operation is known; `types` stand on the edges."""

    level: Level = "processors"
    names: bool = True
    stores: bool = True
    changelogs: bool = False
    types: bool = False
    legend: bool = False


@dataclass(frozen=True, slots=True)
class Vertex:
    """One shape: `label` is what it does or is called, `detail` a smaller second line."""

    id: str
    kind: VertexKind
    label: str
    detail: str = ""
    mark: Mark | None = None
    """What became of it, in a picture of two topologies."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Records flow from tail to head; `kind` is `uses` between a processor and its store.

    A store is the tail where a join looks up what others put there.
    """

    tail: str
    head: str
    kind: Literal["flow", "uses"] = "flow"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The vertices that run together, and the clusters within it."""

    title: str
    vertices: tuple[Vertex, ...]
    clusters: tuple[Cluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """Clusters, the topics between and around them, and all edges."""

    name: str
    clusters: tuple[Cluster, ...]
    topics: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    legend: tuple[Vertex, ...] = ()
    brokers: tuple[Cluster, ...] = ()
    """The topics of Kafka clusters beside home, framed by cluster."""

    @property
    def frames(self) -> tuple[Cluster, ...]:
        """All that has a frame: what runs together, and what lies in a cluster of its own."""
        return (*self.clusters, *self.brokers)

    @property
    def description(self) -> str:
        """One sentence that says what the picture shows, for readers who cannot see it."""
        named = ", ".join(vertex.label for vertex in self.topics if vertex.kind != "changelog") or "none"
        others = "".join(
            f"; {broker.title}: {', '.join(vertex.label for vertex in broker.vertices)}" for broker in self.brokers
        )
        count = sum(1 for cluster in all_clusters(self.clusters) if not cluster.clusters)
        parts = f"{count} subtopolog{'y' if count == 1 else 'ies'}; " if count else ""
        return f"Stream topology {self.name}: {parts}topics: {named}{others}."

    @property
    def vertices(self) -> tuple[Vertex, ...]:
        """All vertices, the topics first."""
        inside = (vertex for cluster in all_clusters(self.frames) for vertex in cluster.vertices)
        return (*self.topics, *inside)


def graph_of(topologies: Shown, shows: Shows | None = None) -> Graph:
    """Vertices keep the order of `describe`; a topic that several nodes or topologies share is one vertex."""
    given = [topologies] if isinstance(topologies, DescribedTopology) else list(topologies)
    shows = shows or Shows()
    drawing = _Drawing(shows)
    clusters: list[Cluster] = []
    for number, topology in enumerate(given):
        part = _Part(drawing, topology, f"{number} " if len(given) > 1 else "")
        inner = part.clusters()
        if shows.level == "apps":
            clusters += inner
        elif len(given) > 1:
            boxes = [vertex for cluster in inner if not cluster.title for vertex in cluster.vertices]
            clusters.append(Cluster(topology.name, tuple(boxes), tuple(each for each in inner if each.title)))
        else:
            clusters += inner
    return Graph(
        ", ".join(topology.name for topology in given),
        tuple(clusters),
        tuple(topic for topic in drawing.topics.values() if topic.id not in drawing.cluster_of),
        tuple(dict.fromkeys(drawing.edges)),
        drawing.legend(clusters) if shows.legend else (),
        drawing.brokers(),
    )


@dataclass(slots=True)
class _Drawing:
    """What all topologies of a picture share."""

    shows: Shows
    topics: dict[str, Vertex] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    cluster_of: dict[str, str] = field(default_factory=dict)
    """Topic -> the Kafka cluster in which it is, where that is not home."""

    def brokers(self) -> tuple[Cluster, ...]:
        return tuple(
            Cluster(f"Cluster {name}", tuple(self.topics[topic] for topic, at in self.cluster_of.items() if at == name))
            for name in sorted(set(self.cluster_of.values()))
        )

    def legend(self, clusters: Iterable[Cluster]) -> tuple[Vertex, ...]:
        inside = [vertex for cluster in all_clusters(clusters) for vertex in cluster.vertices]
        kinds = {vertex.kind for vertex in (*inside, *self.topics.values())}
        return tuple(Vertex(f"legend {kind}", kind, text) for kind, text in KINDS.items() if kind in kinds)


class _Block(NamedTuple):
    """A subtopology, or a global store with what fills it."""

    title: str
    nodes: tuple[DescribedNode, ...]
    stores: tuple[DescribedStore, ...]


def _block(block: DescribedSubtopology | DescribedGlobalStore) -> _Block:
    if isinstance(block, DescribedSubtopology):
        return _Block(f"Subtopology {block.id}", block.nodes, block.stores)
    return _Block(f"Subtopology {block.id}, global store", (block.source, block.processor), (block.store,))


def about_block(nodes: Sequence[DescribedNode], stores: int) -> str:
    """What there is in a subtopology: `12 nodes, 1 store: filter, join`."""
    operations = dict.fromkeys(
        node.operation for node in nodes if node.kind == "processor" and node.operation not in _ROUTING
    )
    does = [operation.replace("_", " ") for operation in operations if operation][:4]
    counts = [f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}"]
    counts += [f"{stores} store{'' if stores == 1 else 's'}"] if stores else []
    return ": ".join(filter(None, [", ".join(counts), ", ".join(does)]))


_ROUTING = frozenset(
    {"branch", "merge", "drop_null_keys", "repartition_filter", "pass_on", "join_window", "join_result"}
)
"""Operations that say little about what a subtopology is for."""


@dataclass(slots=True)
class _Part:
    """One topology of a picture; `prefix` keeps its ids apart from those of others."""

    drawing: _Drawing
    topology: DescribedTopology
    prefix: str
    boxes: dict[str, str] = field(default_factory=dict)
    """Node or `store NAME` -> the vertex that stands for it; empty where none does."""
    fillers: dict[str, str] = field(default_factory=dict)
    """Store -> the first node that uses it and is no join: what a join finds there comes from it."""
    internal: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.internal = frozenset(self.topology.internal_topics)
        for node in self.topology.nodes():
            for store in node.stores if node.operation != "join" else ():
                self.fillers.setdefault(store, node.name)

    def clusters(self) -> list[Cluster]:
        """What stands in the picture for each subtopology; a cluster without a title has no frame."""
        shows, blocks = self.drawing.shows, list(map(_block, self.topology.blocks()))
        for block in blocks:
            for node in block.nodes:
                inner = {"apps": "app", "subtopologies": block.title, "processors": node.name}[shows.level]
                self.boxes[node.name] = self._id(inner)
            for store in block.stores:
                shown = shows.stores and shows.level != "apps"
                self.boxes[f"store {store.name}"] = self._id(f"store {store.name}") if shown else ""
        for block in blocks:
            for node in block.nodes:
                self._edges_of(node)
        match shows.level:
            case "apps":
                return [Cluster("", (self._app(blocks),))]
            case "subtopologies":
                stores = [vertex for block in blocks for vertex in self._stores(block.stores)]
                return [Cluster("", (*map(self._box, blocks), *stores))]
        return [Cluster(block.title, (*map(self._node, block.nodes), *self._stores(block.stores))) for block in blocks]

    def _app(self, blocks: Sequence[_Block]) -> Vertex:
        parts, nodes = len(blocks), sum(len(block.nodes) for block in blocks)
        detail = f"{parts} subtopolog{'y' if parts == 1 else 'ies'}, {nodes} nodes"
        return Vertex(self._id("app"), "app", self.topology.name, detail)

    def _box(self, block: _Block) -> Vertex:
        return Vertex(self._id(block.title), "subtopology", block.title, about_block(block.nodes, len(block.stores)))

    def _node(self, node: DescribedNode) -> Vertex:
        id = self.boxes[node.name]
        kind = node.operation.replace("_", " ") if node.operation else node.kind
        idle = idle_text(node)
        if is_generated(node.name):
            name = node.name if self.drawing.shows.names else ""
            return Vertex(id, node.kind, kind, ", ".join(filter(None, (name, idle))))
        does = kind if kind != node.name else ""
        return Vertex(id, node.kind, node.name, ", ".join(filter(None, (does, idle))))

    def _stores(self, stores: Sequence[DescribedStore]) -> list[Vertex]:
        vertices = []
        for store in stores if self.drawing.shows.stores else ():
            id = self.boxes[f"store {store.name}"]
            vertices.append(Vertex(id, "store", store.name, store.kind or "store"))
            if self.drawing.shows.changelogs and store.changelog and not store.changelog_is_source:
                topic = Vertex(self._id(f"topic {store.changelog}"), "changelog", store.changelog, "changelog topic")
                self.drawing.topics.setdefault(topic.id, topic)
                self.drawing.edges.append(Edge(id, topic.id))
        return vertices

    def _edges_of(self, node: DescribedNode) -> None:
        here = self.boxes[node.name]
        label = pair_text(node.gives) if self.drawing.shows.types and node.gives else ""
        for topic in self._topics(node):
            self.drawing.topics.setdefault(topic.id, topic)
            if node.cluster is not None:
                self.drawing.cluster_of[topic.id] = node.cluster
            types = self.drawing.shows.types and (node.key or node.value)
            text = f"({node.key or '?'}, {node.value or '?'})" if types else ""
            self._edge(topic.id, here, text) if node.kind == "source" else self._edge(here, topic.id, text)
        for child in node.children:
            self._edge(here, self.boxes.get(child, ""), label)
        for store in (*node.stores, *node.global_stores):
            there = self.boxes.get(f"store {store}", "")
            looks_up = node.operation == "join" and store in self.fillers
            if not there and looks_up:
                # What fills a store that is not shown stands for it.
                there = self.boxes[self.fillers[store]]
            if there and there != here:
                # A box of an overview both fills a store and looks it up: one line says it.
                looks_up = looks_up and self.boxes[self.fillers[store]] != here
                self.drawing.edges.append(Edge(there, here, "uses") if looks_up else Edge(here, there, "uses"))

    def _edge(self, tail: str, head: str, label: str) -> None:
        if head and tail != head:
            self.drawing.edges.append(Edge(tail, head, label=label))

    def _topics(self, node: DescribedNode) -> list[Vertex]:
        apps = self.drawing.shows.level == "apps"
        if node.pattern is not None:
            return [
                Vertex(
                    f"topic {in_cluster(f'/{node.pattern}/', node.cluster)}", "topic", node.pattern, "topics that match"
                )
            ]
        if node.kind == "sink" and not node.topics:
            return [Vertex(self._id(f"topic of {node.name}"), "topic", "chosen per record", "topic")]
        return [
            Vertex(self._id(f"topic {topic}"), "repartition", topic, "repartition topic")
            if topic in self.internal
            else Vertex(f"topic {topic}", "topic", name_of(topic), "topic")
            for topic in node.topics
            if not (apps and topic in self.internal)
        ]

    def _id(self, name: str) -> str:
        return f"{self.prefix}{name}"


def all_clusters(clusters: Iterable[Cluster]) -> list[Cluster]:
    """The clusters and those within them."""
    return [each for cluster in clusters for each in (cluster, *all_clusters(cluster.clusters))]
