"""What `Topology.describe()` gives: the topology as plain data; its `str` is Java's text to the letter.

Only a node with `emit_on_idle`, which Java does not have, is marked with a word more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from kstream_cli.clusters import name_of
from kstream_cli.processor.extractors import TopicNameExtractor
from kstream_cli.topology.java_order import TreeSet, hash_order
from kstream_cli.topology.nodes import GlobalStore, Node, ProcessorNode, SourceNode
from kstream_cli.topology.subtopologies import node_groups

if TYPE_CHECKING:
    from kstream_cli.topology.topology import Topology


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """A source processor; `pattern` is set instead of `topics` when it subscribes to a pattern."""

    name: str
    topics: tuple[str, ...]
    pattern: str | None
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcessorDescription:
    """A stream processor; with `emit_on_idle_ms`, it also emits by the wall clock when traffic stops."""

    name: str
    stores: tuple[str, ...]
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    emit_on_idle_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SinkDescription:
    """A sink processor; `extractor` is set instead of `topic` when the topic is chosen per record."""

    name: str
    topic: str | None
    extractor: str | None
    predecessors: tuple[str, ...]


NodeDescription: TypeAlias = SourceDescription | ProcessorDescription | SinkDescription


@dataclass(frozen=True, slots=True)
class SubtopologyDescription:
    """Nodes that run together as one task per partition, in Java's order."""

    id: int
    nodes: tuple[NodeDescription, ...]


@dataclass(frozen=True, slots=True)
class GlobalStoreDescription:
    """A global store with its source and processor; it makes no tasks."""

    id: int
    source: SourceDescription
    processor: ProcessorDescription


@dataclass(frozen=True, slots=True)
class TopologyDescription:
    """A topology as data (Java: TopologyDescription); its `str` is the text that Java prints."""

    subtopologies: tuple[SubtopologyDescription, ...]
    global_stores: tuple[GlobalStoreDescription, ...]

    def __str__(self) -> str:
        blocks: list[SubtopologyDescription | GlobalStoreDescription] = [*self.subtopologies, *self.global_stores]
        blocks.sort(key=lambda block: block.id)
        return "Topologies:\n " + "".join("  " + _block(block) for block in blocks)


def _block(block: SubtopologyDescription | GlobalStoreDescription) -> str:
    if isinstance(block, GlobalStoreDescription):
        head = f"Sub-topology: {block.id} for global store (will not generate tasks)\n"
        return head + f"    {_node(block.source)}\n    {_node(block.processor)}\n"
    return f"Sub-topology: {block.id}\n" + "".join(f"    {_node(node)}\n" for node in block.nodes) + "\n"


def _node(node: NodeDescription) -> str:
    match node:
        case SourceDescription():
            read = node.pattern if node.pattern is not None else f"[{', '.join(map(name_of, node.topics))}]"
            return f"Source: {node.name} (topics: {read})\n      --> {_names(node.successors)}"
        case ProcessorDescription():
            head = f"Processor: {node.name} (stores: [{', '.join(node.stores)}])"
            if node.emit_on_idle_ms is not None:
                head += f" (not deterministic: emits on idle after {node.emit_on_idle_ms} ms)"
            return f"{head}\n      --> {_names(node.successors)}\n      <-- {_names(node.predecessors)}"
        case SinkDescription():
            written = (
                f"topic: {name_of(node.topic)}" if node.topic is not None else f"extractor class: {node.extractor}"
            )
            return f"Sink: {node.name} ({written})\n      <-- {_names(node.predecessors)}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def describe(topology: Topology) -> TopologyDescription:
    """The description of a topology, its nodes, topics and stores in the order in which Java lists them."""
    globals_by_source = {store.source.name: store for store in topology.global_stores.values()}
    parts: list[SubtopologyDescription] = []
    global_stores: list[GlobalStoreDescription] = []
    for number, names in node_groups(topology).items():
        if names[0] in globals_by_source:
            global_stores.append(_describe_global_store(number, globals_by_source[names[0]]))
        else:
            parts.append(SubtopologyDescription(number, _describe_nodes([topology.nodes[name] for name in names])))
    return TopologyDescription(tuple(parts), tuple(global_stores))


def _describe_global_store(number: int, store: GlobalStore) -> GlobalStoreDescription:
    source, processor = store.source, store.processor
    return GlobalStoreDescription(
        number,
        SourceDescription(source.name, source.topics, None, (processor.name,)),
        ProcessorDescription(processor.name, (store.store.name,), (source.name,), ()),
    )


@dataclass(slots=True, eq=False)
class _Linked:
    """A node while its neighbours are being linked; `size` counts it and all that comes after it."""

    node: Node
    size: int = 1
    predecessors: TreeSet[_Linked] = field(default_factory=lambda: TreeSet(_compare))
    successors: TreeSet[_Linked] = field(default_factory=lambda: TreeSet(_compare))
    above: list[_Linked] = field(default_factory=list)
    """The predecessors in no order: a chain may be longer than Python's stack, and is climbed for each of its nodes."""

    def follow(self, predecessor: _Linked) -> None:
        """Put this node after another: all before it grow by what they now lead to."""
        if self.predecessors.add(predecessor):
            self.above.append(predecessor)
        predecessor.successors.add(self)
        by, growing = self.size, [predecessor]
        while growing:
            linked = growing.pop()
            linked.size += by
            while len(linked.above) == 1:
                linked = linked.above[0]
                linked.size += by
            growing += linked.above


def _compare(one: _Linked, other: _Linked) -> int:
    if one.size != other.size:
        return other.size - one.size
    return (one.node.name > other.node.name) - (one.node.name < other.node.name)


def _describe_nodes(nodes: list[Node]) -> tuple[NodeDescription, ...]:
    # Java links the nodes in the order of a hash map, filled from a hash set: the sizes seen on the way decide the
    # order of neighbours.
    by_name = {node.name: _Linked(node) for node in nodes}
    for name in hash_order(hash_order(by_name)):
        linked = by_name[name]
        for parent in () if isinstance(linked.node, SourceNode) else linked.node.parents:
            linked.follow(by_name[parent])
    ordered = sorted(by_name.values(), key=lambda linked: (-linked.size, linked.node.name))
    return tuple(_describe_node(linked) for linked in ordered)


def _describe_node(linked: _Linked) -> NodeDescription:
    node = linked.node
    predecessors = tuple(other.node.name for other in linked.predecessors)
    successors = tuple(other.node.name for other in linked.successors)
    if isinstance(node, SourceNode):
        pattern = None if node.pattern is None else node.pattern.pattern
        return SourceDescription(node.name, tuple(hash_order(node.topics, copied=True)), pattern, successors)
    if isinstance(node, ProcessorNode):
        stores = tuple(hash_order(hash_order(node.stores), copied=True))
        emit_on_idle_ms = getattr(node.operator, "emit_on_idle_ms", None)
        return ProcessorDescription(node.name, stores, predecessors, successors, emit_on_idle_ms)
    extractor = None if node.extractor is None else _extractor_text(node.extractor)
    return SinkDescription(node.name, node.topic, extractor, predecessors)


def _extractor_text(extractor: TopicNameExtractor) -> str:
    return getattr(extractor, "__qualname__", None) or repr(extractor)
