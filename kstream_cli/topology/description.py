"""What `Topology.describe()` gives: the topology as plain data; its `str` is Java's text to the letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """A source processor; `pattern` is set instead of `topics` when it subscribes to a pattern."""

    name: str
    topics: tuple[str, ...]
    pattern: str | None
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcessorDescription:
    """A stream processor."""

    name: str
    stores: tuple[str, ...]
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]


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
    """The whole topology."""

    subtopologies: tuple[SubtopologyDescription, ...]
    global_stores: tuple[GlobalStoreDescription, ...]

    def __str__(self) -> str:
        blocks = sorted((*self.subtopologies, *self.global_stores), key=lambda block: block.id)
        return "Topologies:\n " + "".join("  " + _block(block) for block in blocks)


def _block(block: SubtopologyDescription | GlobalStoreDescription) -> str:
    if isinstance(block, GlobalStoreDescription):
        head = f"Sub-topology: {block.id} for global store (will not generate tasks)\n"
        return head + f"    {_node(block.source)}\n    {_node(block.processor)}\n"
    return f"Sub-topology: {block.id}\n" + "".join(f"    {_node(node)}\n" for node in block.nodes) + "\n"


def _node(node: NodeDescription) -> str:
    match node:
        case SourceDescription():
            read = node.pattern if node.pattern is not None else f"[{', '.join(node.topics)}]"
            return f"Source: {node.name} (topics: {read})\n      --> {_names(node.successors)}"
        case ProcessorDescription():
            head = f"Processor: {node.name} (stores: [{', '.join(node.stores)}])"
            return f"{head}\n      --> {_names(node.successors)}\n      <-- {_names(node.predecessors)}"
        case SinkDescription():
            written = f"topic: {node.topic}" if node.topic is not None else f"extractor class: {node.extractor}"
            return f"Sink: {node.name} ({written})\n      <-- {_names(node.predecessors)}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
