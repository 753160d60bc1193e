"""What every rendering shows: a topology's nodes, topics and stores as plain data, named as on a broker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kstream_cli.topology.description import ProcessorDescription, SinkDescription, SourceDescription
from kstream_cli.topology.topology import Topology

NodeKind = Literal["source", "processor", "sink"]


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node. `topics` are those a source reads or a sink writes; a pattern or extractor stands in their place."""

    name: str
    kind: NodeKind
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    extractor: str | None = None
    key: str | None = None
    value: str | None = None
    stores: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def operation(self) -> str | None:
        """What a generated name says the node does: `mapvalues` of KSTREAM-MAPVALUES-0000000003."""
        found = re.fullmatch(r"K(?:STREAM|TABLE)-(.+)-\d{10}", self.name)
        return found[1].lower().replace("_", " ") if found else None


@dataclass(frozen=True, slots=True)
class StoreView:
    """One state store and where its changes go."""

    name: str
    kind: str
    persistent: bool = True
    caching: bool = False
    changelog: str | None = None
    retention_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SubtopologyView:
    """Nodes that run together, in the order of `Topology.describe()`."""

    id: int
    nodes: tuple[NodeView, ...]
    stores: tuple[StoreView, ...] = ()
    source_topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GlobalStoreView:
    """A global store with the source and processor that fill it."""

    id: int
    source: NodeView
    processor: NodeView
    store: StoreView


@dataclass(frozen=True, slots=True)
class TopologyView:
    """A whole topology, ready to be drawn."""

    name: str
    subtopologies: tuple[SubtopologyView, ...]
    global_stores: tuple[GlobalStoreView, ...] = ()
    internal_topics: frozenset[str] = frozenset()
    application_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What a cluster says about the topology's topics: name -> partition count, None where the topic is missing."""

    bootstrap_servers: str
    partitions: Mapping[str, int | None]

    def tasks(self, subtopology: SubtopologyView) -> int | None:
        """One task for each partition of the widest source topic; None while none of its topics exists."""
        counts = [count for topic in subtopology.source_topics if (count := self.partitions.get(topic)) is not None]
        return max(counts) if counts else None

    def missing(self) -> tuple[str, ...]:
        return tuple(topic for topic, count in self.partitions.items() if count is None)


def view_of(topology: Topology, *, name: str, application_id: str | None = None) -> TopologyView:
    """Read a built topology. Without an application id, internal topics keep the names they have in the topology."""

    def named(topic: str) -> str:
        return topic if application_id is None else topology.topic_name(topic, application_id)

    description = topology.describe()
    parts = topology.subtopologies()
    subtopologies = []
    for block in description.subtopologies:
        nodes = tuple(_node(topology, node, named) for node in block.nodes)
        part = parts[block.id]
        stores = tuple(
            _store(topology, store, named, application_id)
            for store in part.stores
            if store not in topology.global_stores
        )
        sources = tuple(named(topic) for topic in part.source_topics)
        subtopologies.append(SubtopologyView(block.id, nodes, stores, sources))
    global_stores = tuple(
        GlobalStoreView(
            block.id,
            _node(topology, block.source, named),
            _node(topology, block.processor, named),
            _global_store(topology, block.processor.stores),
        )
        for block in description.global_stores
    )
    internal = frozenset(named(topic) for topic in topology.internal_topics)
    return TopologyView(name, tuple(subtopologies), global_stores, internal, application_id)


def _node(
    topology: Topology,
    node: SourceDescription | ProcessorDescription | SinkDescription,
    named: Callable[[str], str],
) -> NodeView:
    filled = (part for store in topology.global_stores.values() for part in (store.source, store.processor))
    built = topology.nodes.get(node.name) or next((part for part in filled if part.name == node.name), None)
    key, value = serde_name(getattr(built, "key", None)), serde_name(getattr(built, "value", None))
    match node:
        case SourceDescription():
            topics = tuple(named(topic) for topic in node.topics)
            return NodeView(node.name, "source", topics, node.pattern, None, key, value, children=node.successors)
        case ProcessorDescription():
            return NodeView(
                node.name, "processor", stores=node.stores, parents=node.predecessors, children=node.successors
            )
        case SinkDescription():
            topics = () if node.topic is None else (named(node.topic),)
            return NodeView(node.name, "sink", topics, None, node.extractor, key, value, parents=node.predecessors)


def _store(topology: Topology, name: str, named: Callable[[str], str], application_id: str | None) -> StoreView:
    builder = topology.stores[name]
    changelog = topology.source_changelogs.get(name)
    if changelog is not None:
        changelog = named(changelog)
    elif builder.logging:
        changelog = f"{application_id}-{name}-changelog" if application_id else f"{name}-changelog"
    return StoreView(
        name,
        store_kind(builder),
        builder.persistent,
        builder.caching,
        changelog,
        getattr(builder, "retention_ms", None) or getattr(builder, "history_retention_ms", None),
    )


def _global_store(topology: Topology, names: Iterable[str]) -> StoreView:
    name = next(iter(names))
    filled = topology.global_stores[name]
    topic = filled.source.topics[0] if filled.source.topics else None
    return StoreView(name, store_kind(filled.store), filled.store.persistent, changelog=topic)


def store_kind(builder: object) -> str:
    """A builder's class as words: WindowStoreBuilder is a `window`, KeyValueStoreBuilder a `key-value` store."""
    stem = re.sub(r"(Store)?Builder$", "", type(builder).__name__)
    return "-".join(word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", stem)) or "custom"


def serde_name(serde: Any) -> str | None:
    """A serde's name as a reader knows it: StringSerde is `String`; None where the configured default rules."""
    if serde is None:
        return None
    text = repr(serde)
    if text.startswith("<"):
        text = type(serde).__name__
    return re.sub(r"Serde\b(\((None)?\))?", "", text) or text
