"""Topology: processors, their connections and stores. Written by hand (Processor API) or built by the DSL."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Protocol

from kstream_cli.clusters import cluster_of, in_cluster, name_of
from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.processor.extractors import TimestampExtractor, TopicNameExtractor
from kstream_cli.processor.inlining import Position
from kstream_cli.processor.partitioners import StreamPartitioner
from kstream_cli.processor.processor import ProcessorOperator, ProcessorSupplier
from kstream_cli.processor.user_position import calling_position
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.description import TopologyDescription, describe
from kstream_cli.topology.nodes import GlobalStore, InternalTopic, Node, ProcessorNode, SinkNode, SourceNode
from kstream_cli.topology.subtopologies import Subtopology, subtopologies
from kstream_cli.topology.validation import check_global_store, check_node, check_store, check_topology


class Builder(Protocol):
    """What makes a topology from a configuration: the DSL's StreamsBuilder."""

    def build(self, config: Config) -> Topology: ...


def built(topology: Topology | Builder, config: Config) -> Topology:
    """The topology itself, or the one that the builder makes for that configuration."""
    if isinstance(topology, Topology):
        return topology
    if not callable(getattr(topology, "build", None)):
        raise TopologyError(f"a Topology or a StreamsBuilder is needed, not {topology!r}")
    return topology.build(config)


class Topology:
    """A graph of source, processor and sink nodes (Java: Topology), written by hand or made by StreamsBuilder.

    The `add_…` methods return the topology itself. A parent must be added before its children, so there are no cycles.
    A name that is used twice, a parent or store that is not added, or a topic that two sources read raises
    TopologyError.

    The rest of kstream reads it through `nodes` (name -> node, in the order in which they were added), `stores` (name
    -> StoreBuilder), `global_stores` (store name -> GlobalStore; their nodes are not in `nodes`), `internal_topics`
    (name without application id -> InternalTopic), `copartition_groups` (sets of topics that need the same number of
    partitions), `source_changelogs` (store name -> source topic that is its changelog), `children(name)`,
    `subtopologies()` and `describe()`.

    Example:
        >>> topology = Topology().add_source("lines", "text", key=str, value=str)
        >>> topology = topology.add_processor("shout", lambda record, context: context.forward(record), parents="lines")
        >>> topology = topology.add_sink("out", "shouted", parents="shout", key=str, value=str)
        >>> [node.name for node in topology.children("lines")]
        ['shout']
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.stores: dict[str, StoreBuilder[Any, Any]] = {}
        self.global_stores: dict[str, GlobalStore] = {}
        self.internal_topics: dict[str, InternalTopic] = {}
        self.copartition_groups: list[frozenset[str]] = []
        self.source_changelogs: dict[str, str] = {}
        self.insertion_order: dict[str, None] = {}
        """Names of all nodes, those of global stores among them, as they were added: it numbers the subtopologies."""
        self.read_by: dict[str, str] = {}
        """Each topic that is read by name, and the source that does, those of global stores among them."""
        self.pattern_sources: list[SourceNode] = []
        self.positions: dict[str, Position] = {}
        """Node -> the line of the user's code that added it, where one did."""
        self.given_serdes: dict[str, tuple[Serde[Any] | None, Serde[Any] | None]] = {}
        """Node -> the serdes that the DSL knows for the keys and values that it passes on."""

    # The Processor API

    def add_source(
        self,
        name: str,
        *topics: str,
        pattern: re.Pattern[str] | None = None,
        key: SerdeLike[Any] | None = None,
        value: SerdeLike[Any] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        offset_reset: str | None = None,
        cluster: str | None = None,
    ) -> Topology:
        """Read topics, or all topics whose names match `pattern`. `cluster` None is the home cluster."""
        self._note_position(name)
        return self.add_node(
            SourceNode(
                name,
                tuple(in_cluster(topic, cluster) for topic in topics),
                pattern=pattern,
                key=serde_for(key),
                value=serde_for(value),
                timestamp_extractor=timestamp_extractor,
                offset_reset=offset_reset,
                cluster=cluster,
            )
        )

    def add_processor(
        self,
        name: str,
        supplier: ProcessorSupplier,
        *,
        parents: str | Collection[str],
        stores: str | Collection[str] = (),
    ) -> Topology:
        """Process what `parents` forward; `stores` names stores that were added before.

        `supplier` is a Processor class, a function that makes a new Processor each time, or a function or generator
        `f(record, context)`.
        """
        operator = ProcessorOperator(supplier)
        self._note_position(name)
        self.add_node(ProcessorNode(name, operator, _names(parents)))
        for store in operator.stores:
            self.add_state_store(store, name)
        return self.connect_processor_and_stores(name, *_names(stores))

    def add_sink(
        self,
        name: str,
        topic: str | TopicNameExtractor,
        *,
        parents: str | Collection[str],
        key: SerdeLike[Any] | None = None,
        value: SerdeLike[Any] | None = None,
        partitioner: StreamPartitioner | None = None,
        cluster: str | None = None,
    ) -> Topology:
        """Write what `parents` forward to a topic, or to the one that `topic(key, value, context)` returns.

        `cluster` None is the home cluster. Another cluster gets each record at least once.
        """
        self._note_position(name)
        return self.add_node(
            SinkNode(
                name,
                _names(parents),
                topic=in_cluster(topic, cluster) if isinstance(topic, str) else None,
                extractor=None if isinstance(topic, str) else topic,
                key=serde_for(key),
                value=serde_for(value),
                partitioner=partitioner,
                cluster=cluster,
            )
        )

    def add_state_store(self, store_builder: StoreBuilder[Any, Any], *processors: str) -> Topology:
        """Add a store and connect it to processors. The same builder may be added twice."""
        self.add_store(store_builder)
        for processor in processors:
            self.connect_processor_and_stores(processor, store_builder.name)
        return self

    def connect_processor_and_stores(self, processor: str, *stores: str) -> Topology:
        """Let a processor use stores that were added before."""
        node = self.nodes.get(processor)
        if node is None:
            raise TopologyError(f"processor {processor!r} is not added yet: add it before connecting stores to it")
        if not isinstance(node, ProcessorNode):
            raise TopologyError(f"store {stores[0]!r} cannot be connected to {processor!r}: only processors use stores")
        for store in stores:
            self._check_connectable(processor, store)
        self.nodes[processor] = replace(node, stores=tuple(dict.fromkeys((*node.stores, *stores))))
        return self

    def add_global_store(
        self,
        store_builder: StoreBuilder[Any, Any],
        *,
        source: str,
        topic: str,
        processor_name: str,
        supplier: ProcessorSupplier,
        key: SerdeLike[Any] | None = None,
        value: SerdeLike[Any] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        cluster: str | None = None,
    ) -> Topology:
        """Add a store that every instance fills from the whole topic, through a processor of its own.

        Every processor may read it without being connected. At a restore the records go through the processor again.
        """
        self._note_position(source, processor_name)
        return self.add_global(
            GlobalStore(
                store_builder,
                SourceNode(
                    source,
                    (in_cluster(topic, cluster),),
                    key=serde_for(key),
                    value=serde_for(value),
                    timestamp_extractor=timestamp_extractor,
                    cluster=cluster,
                ),
                ProcessorNode(processor_name, ProcessorOperator(supplier), (source,), stores=(store_builder.name,)),
                reprocess_on_restore=True,
            )
        )

    def add_read_only_store(
        self,
        store_builder: StoreBuilder[Any, Any],
        *,
        source: str,
        topic: str,
        processor_name: str,
        supplier: ProcessorSupplier,
        key: SerdeLike[Any] | None = None,
        value: SerdeLike[Any] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        cluster: str | None = None,
    ) -> Topology:
        """Add a store whose changelog is `topic` itself (KIP-813): the processor must copy records as they are.

        A changelog is at home: raises TopologyError for one of another `cluster`.
        """
        if cluster is not None:
            raise TopologyError(
                f"store {store_builder.name!r} cannot have a changelog in cluster {cluster!r}: changelogs are in the "
                "home cluster. Use add_source with cluster= and a processor with its own store, or a global store"
            )
        store = replace(store_builder, logging=False)
        self.add_source(source, topic, key=key, value=value, timestamp_extractor=timestamp_extractor)
        self.add_processor(processor_name, supplier, parents=source)
        self.add_state_store(store, processor_name)
        self.source_changelogs[store.name] = topic
        return self

    # How nodes and stores get in, from here and from the DSL

    def add_node(self, node: Node) -> Topology:
        """Add a finished node. Raises TopologyError when its name is taken or its parents do not exist."""
        check_node(node, self)
        self.nodes[node.name] = node
        self.insertion_order[node.name] = None
        if isinstance(node, SourceNode):
            self.read_by |= dict.fromkeys(node.topics, node.name)
            if node.pattern is not None:
                self.pattern_sources.append(node)
        return self

    def add_store(self, store: StoreBuilder[Any, Any]) -> None:
        """Add a store that its processors name in their `stores`."""
        check_store(store, self)
        self.stores[store.name] = store

    def add_global(self, store: GlobalStore) -> Topology:
        """Add a global store with what fills it: its topic is its changelog, so that it keeps none itself."""
        store = replace(store, store=replace(store.store, logging=False))
        check_global_store(store, self)
        self.global_stores[store.store.name] = store
        self.insertion_order |= {store.source.name: None, store.processor.name: None}
        self.read_by |= dict.fromkeys(store.source.topics, store.source.name)
        return self

    def add_internal_topic(self, topic: InternalTopic) -> None:
        """Make `topic` one that kstream creates, under the application id."""
        self.internal_topics[topic.name] = topic

    def validate(self) -> None:
        """Raise TopologyError for what can only be seen when all is added: processors' stores that do not exist."""
        check_topology(self)

    # What the rest of kstream reads

    def clusters(self) -> dict[str, str]:
        """The clusters beside home that sources and sinks name, each with the first node that does."""
        nodes = [*self.nodes.values(), *(store.source for store in self.global_stores.values())]
        found: dict[str, str] = {}
        for node in nodes:
            if not isinstance(node, ProcessorNode) and node.cluster is not None:
                found.setdefault(node.cluster, node.name)
        return found

    def known_topic(self, topic: str, cluster: str | None = None) -> str:
        """A topic with its cluster in front, where that is not home.

        Without `cluster` the name alone will do, unless several clusters have a topic of that name: raises
        TopologyError then.
        """
        if cluster is not None:
            return topic if cluster_of(topic) == cluster else in_cluster(topic, cluster)
        sinks = {node.topic for node in self.nodes.values() if isinstance(node, SinkNode) and node.topic is not None}
        known = self.read_by.keys() | sinks
        alike = sorted(each for each in known if name_of(each) == topic)
        if topic in known or not alike:
            return topic
        if len(alike) > 1:
            raise TopologyError(f"several clusters have a topic {topic!r}: say which one, {' or '.join(alike)}")
        return alike[0]

    def topic_name(self, topic: str, application_id: str) -> str:
        """The topic's name on the broker: internal topics carry the application id in front."""
        return f"{application_id}-{topic}" if topic in self.internal_topics else topic

    def own_name(self, topic: str, application_id: str) -> str:
        """The name in the topology of a topic on the broker."""
        name = topic.removeprefix(f"{application_id}-")
        return name if name in self.internal_topics else topic

    def children(self, name: str) -> tuple[Node, ...]:
        """The nodes that a node forwards to, in the order in which they were added."""
        return tuple(node for node in self.nodes.values() if not isinstance(node, SourceNode) and name in node.parents)

    def subtopologies(self) -> dict[int, Subtopology]:
        """The parts that run as tasks, by number; the numbers of global stores are left out."""
        return subtopologies(self)

    def describe(self) -> TopologyDescription:
        """The topology as data; its `str` is the text that Java prints."""
        return describe(self)

    def _note_position(self, *names: str) -> None:
        if (position := calling_position()) is not None:
            self.positions |= dict.fromkeys(names, position)

    def _check_connectable(self, processor: str, store: str) -> None:
        if store in self.global_stores:
            raise TopologyError(
                f"store {store!r} is global: {processor!r} can read it without being connected, so do not pass it"
            )
        if store not in self.stores:
            known = ", ".join(repr(name) for name in self.stores) or "none"
            raise TopologyError(
                f"store {store!r} is not added yet, so {processor!r} cannot use it: "
                f"call add_state_store first; there are: {known}"
            )


def _names(names: str | Collection[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
