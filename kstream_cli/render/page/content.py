"""What the page shows, as data: vertices with their facts, edges, parts to fold, and paths to step through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from kstream_cli.described.model import DescribedNode, DescribedStore, DescribedSubtopology, DescribedTopology
from kstream_cli.described.operations import words_for
from kstream_cli.printable import printable
from kstream_cli.render.graph import Graph, Vertex, about_block, graph_of
from kstream_cli.render.words import (
    function_text,
    idle_text,
    join_text,
    pair_text,
    repartition_text,
    store_facts,
    wait_text,
    windows_text,
)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a path: what happens at a vertex, in a title and some lines of text."""

    vertex: str
    title: str
    lines: tuple[str, ...] = ()


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A way through the topologies, such as that of one record."""

    title: str
    steps: tuple[Step, ...]


class Link(msgspec.Struct, frozen=True, array_like=True):
    """Text of a fact; `to` is the vertex that it names."""

    text: str
    to: str | None = None


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """One line of a vertex's details."""

    name: str
    values: tuple[Link, ...]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A vertex. `part` is the part that it lies in, None for a topic."""

    id: str
    kind: str
    label: str
    detail: str
    part: str | None
    facts: tuple[Fact, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Vertices that run together, and can be folded into one box."""

    id: str
    title: str
    about: str
    vertices: tuple[str, ...]


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All of the page."""

    name: str
    description: str
    theme: str
    direction: str
    parts: tuple[Part, ...]
    shapes: tuple[Shape, ...]
    edges: tuple[tuple[str, str, str], ...]
    paths: tuple[Path, ...]


def content_of(
    topologies: Sequence[DescribedTopology], *, theme: str, direction: str, paths: Sequence[Path]
) -> Content:
    """The page's data. Text is made printable here; the page itself sets it as text, never as markup."""
    graph = graph_of(topologies)
    facts = _Facts(topologies)
    parts, shapes = [], [_shape(topic, None, facts) for topic in graph.topics]
    for id, title, about, vertices in _parts(graph, topologies):
        parts.append(Part(id=id, title=printable(title), about=about, vertices=tuple(each.id for each in vertices)))
        shapes += [_shape(vertex, id, facts) for vertex in vertices]
    return Content(
        name=printable(graph.name),
        description=printable(graph.description),
        theme=theme,
        direction=direction,
        parts=tuple(parts),
        shapes=tuple(shapes),
        edges=tuple((edge.tail, edge.head, edge.kind) for edge in graph.edges),
        paths=tuple(map(_printable_path, paths)),
    )


def vertex_of(topologies: Sequence[DescribedTopology], topology: int, *, node: str = "", store: str = "") -> str:
    """The id in pictures of a node or a store of the topology with that number."""
    prefix = f"{topology} " if len(topologies) > 1 else ""
    return f"{prefix}{node}" if node else f"{prefix}store {store}"


def _parts(graph: Graph, topologies: Sequence[DescribedTopology]) -> Iterator[tuple[str, str, str, tuple[Vertex, ...]]]:
    several = len(topologies) > 1
    for number, topology in enumerate(topologies):
        clusters = graph.clusters[number].clusters if several else graph.clusters
        for block, cluster in zip(topology.blocks(), clusters, strict=True):
            title = f"{topology.name}: {cluster.title}" if several else cluster.title
            if isinstance(block, DescribedSubtopology):
                about = about_block(block.nodes, len(block.stores))
            else:
                about = f"{about_block((block.source, block.processor), 1)}, no tasks"
            yield f"{number}.{block.id}", title, about, cluster.vertices
    for broker in graph.brokers:
        count = f"{len(broker.vertices)} topic{'' if len(broker.vertices) == 1 else 's'}"
        yield f"broker {broker.title}", broker.title, count, broker.vertices


def _shape(vertex: Vertex, part: str | None, facts: _Facts) -> Shape:
    return Shape(
        id=vertex.id,
        kind=vertex.kind,
        label=printable(vertex.label),
        detail=printable(vertex.detail),
        part=part,
        facts=facts.of(vertex),
    )


class _Facts:
    """Vertex -> its facts."""

    def __init__(self, topologies: Sequence[DescribedTopology]) -> None:
        self._found: dict[str, tuple[Fact, ...]] = {}
        self._topics: dict[str, list[tuple[str, str, str]]] = {}
        for number, topology in enumerate(topologies):
            prefix = f"{number} " if len(topologies) > 1 else ""
            for node in topology.nodes():
                self._found[f"{prefix}{node.name}"] = _filled(_node_facts(node, prefix, topology))
                for topic in node.topics:
                    role = "Read by" if node.kind == "source" else "Written by"
                    key = _topic_id(topic, prefix, topology)
                    self._topics.setdefault(key, []).append((role, node.name, f"{prefix}{node.name}"))
            users = _users(topology)
            for store in topology.stores():
                named = [Link(printable(name), f"{prefix}{name}") for name in users.get(store.name, ())]
                self._found[f"{prefix}store {store.name}"] = _filled(_store_facts(store, named))

    def of(self, vertex: Vertex) -> tuple[Fact, ...]:
        if vertex.id in self._found:
            return self._found[vertex.id]
        uses = self._topics.get(vertex.id, ())
        roles = ("Written by", "Read by")
        return _filled(
            (role, [Link(printable(name), to) for found, name, to in uses if found == role]) for role in roles
        )


def _node_facts(
    node: DescribedNode, prefix: str, topology: DescribedTopology
) -> Iterator[tuple[str, Sequence[Link | str]]]:
    def nodes(names: Iterable[str]) -> list[Link]:
        return [Link(printable(name), f"{prefix}{name}") for name in names]

    def stores(names: Iterable[str]) -> list[Link]:
        return [Link(printable(name), f"{prefix}store {name}") for name in names]

    topics = [Link(printable(topic), _topic_id(topic, prefix, topology)) for topic in node.topics]
    yield "Name", [node.name]
    yield "Does", [words_for(node.operation) or ""]
    yield ("Reads" if node.kind == "source" else "Writes"), topics
    yield "In cluster", [node.cluster or ""]
    yield "Reads all topics that match", [node.pattern or ""]
    yield "Topic chosen by", [node.extractor or ""]
    yield "Why", [repartition_text(node.repartition)] if node.repartition else []
    yield "Key, value", [f"{node.key or 'default'}, {node.value or 'default'}"] if node.key or node.value else []
    yield "Takes", [pair_text(node.takes)] if node.takes else []
    yield "Gives", [pair_text(node.gives)] if node.gives else []
    if node.join:
        known = {each.name for each in topology.nodes()}
        other = nodes([node.join.other]) if node.join.other in known else stores([node.join.other])
        yield "Join", [join_text(node.join).partition(" of ")[0]]
        yield "Sides", [*nodes([node.join.this]), *other]
    yield "Windows", [windows_text(node.windows)] if node.windows else []
    yield "Waits", [wait_text(node) or ""]
    yield "Drops", ["records without a key"] if node.drops_null_keys else []
    yield "When traffic stops", [idle_text(node)]
    yield "Stores", stores((*node.stores, *node.global_stores))
    yield "Code", [function_text(function) for function in node.functions]
    yield "Added at", [str(node.position)] if node.position else []
    yield "After", nodes(node.parents)
    yield "Before", nodes(node.children)


def _store_facts(store: DescribedStore, users: Sequence[Link]) -> Iterator[tuple[str, Sequence[Link | str]]]:
    yield "Name", [store.name]
    yield "About", store_facts(store)
    yield "Key, value", [f"{store.key or 'default'}, {store.value or 'default'}"] if store.key or store.value else []
    yield "Used by", users


def _filled(facts: Iterable[tuple[str, Sequence[Link | str]]]) -> tuple[Fact, ...]:
    """Facts that have something to say."""
    found = []
    for name, values in facts:
        links = tuple(value if isinstance(value, Link) else Link(printable(value)) for value in values if value)
        if links:
            found.append(Fact(name, links))
    return tuple(found)


def _users(topology: DescribedTopology) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for node in topology.nodes():
        for store in (*node.stores, *node.global_stores):
            users.setdefault(store, []).append(node.name)
    return users


def _topic_id(topic: str, prefix: str, topology: DescribedTopology) -> str:
    return f"{prefix}topic {topic}" if topic in topology.internal_topics else f"topic {topic}"


def _printable_path(path: Path) -> Path:
    steps = tuple(
        Step(vertex=step.vertex, title=printable(step.title), lines=tuple(map(printable, step.lines)))
        for step in path.steps
    )
    return Path(title=printable(path.title), steps=steps)
