"""The rules a topology must keep; each breach is a TopologyError that names the thing and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kstream_cli.callables import check_function
from kstream_cli.clusters import check_cluster, cluster_of, name_of
from kstream_cli.config.offset_reset import offset_reset
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import ConfigError, TopologyError
from kstream_cli.processor.partitioners import check_partitioner
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import GlobalStore, Node, ProcessorNode, SinkNode, SourceNode
from kstream_cli.user_objects import repr_of

if TYPE_CHECKING:
    from kstream_cli.topology.topology import Topology

TOPIC_NAME = re.compile(r"(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}")


def check_node(node: Node, topology: Topology) -> None:
    """Names are unique, parents exist and can have children, a topic has one source."""
    _check_new_name(node.name, topology)
    if isinstance(node, SourceNode):
        _check_source(node, topology)
        return
    if not node.parents:
        raise TopologyError(f"{node.name!r} has no parents: name at least one node that forwards to it")
    for parent in node.parents:
        if parent == node.name:
            raise TopologyError(f"{node.name!r} cannot be its own parent")
        if parent not in topology.nodes:
            raise TopologyError(
                f"{parent!r}, parent of {node.name!r}, is not added yet{hint(parent, topology.nodes)}: "
                "add parents before their children"
            )
        if isinstance(topology.nodes[parent], SinkNode):
            raise TopologyError(f"sink {parent!r} cannot be the parent of {node.name!r}: nothing comes after a sink")
    if isinstance(node, SinkNode):
        _check_sink(node, topology)


def check_store(store: StoreBuilder[Any, Any], topology: Topology) -> None:
    """A store's name is its own; adding the same builder again is allowed."""
    if not isinstance(store, StoreBuilder):
        raise TopologyError(f"a store builder is needed, such as Stores.key_value(…) makes, not {store!r}")
    existing = topology.stores.get(store.name)
    if store.name in topology.global_stores or (existing is not None and existing != store):
        raise TopologyError(f"store {store.name!r} is already added: give each store its own name")


def check_global_store(store: GlobalStore, topology: Topology) -> None:
    """The topic of a global store feeds nothing else."""
    name, (topic,) = store.store.name, store.source.topics
    if name in topology.stores or name in topology.global_stores:
        raise TopologyError(f"store {name!r} is already added: give each store its own name")
    if store.source.name == store.processor.name:
        raise TopologyError(f"source and processor of global store {name!r} are both named {store.source.name!r}")
    _check_new_name(store.source.name, topology)
    _check_new_name(store.processor.name, topology)
    _check_extractor(store.source)
    check_cluster(store.source.cluster, f"source {store.source.name!r}")
    if store.source.cluster is not None:
        _check_topic_name(topic, f"source {store.source.name!r}", store.source.cluster)
    _check_topic_is_free(topic, store.source.name, topology)


def check_topology(topology: Topology) -> None:
    """Every store that a processor names exists."""
    for node in topology.nodes.values():
        if not isinstance(node, ProcessorNode):
            continue
        for store in node.stores:
            if store in topology.global_stores:
                raise TopologyError(
                    f"store {store!r} is global: {node.name!r} can read it without being connected, so do not pass it"
                )
            if store not in topology.stores:
                raise TopologyError(
                    f"processor {node.name!r} uses store {store!r}, which is not added"
                    f"{hint(store, topology.stores)}: add it with add_state_store"
                )


def hint(name: str, known: Any) -> str:
    """` (did you mean 'x'?)` for a name that is almost a known one, else nothing."""
    near = nearest(name, known, cutoff=0.6)
    return f" (did you mean {near!r}?)" if near else ""


def _check_new_name(name: str, topology: Topology) -> None:
    if not isinstance(name, str) or not name:
        raise TopologyError(f"a node's name must be a non-empty text, not {name!r}")
    if name in topology.insertion_order:
        raise TopologyError(f"processor {name!r} is already added: give each node its own name")


def _check_source(node: SourceNode, topology: Topology) -> None:
    if not node.topics and node.pattern is None:
        raise TopologyError(f"source {node.name!r} is given no topics: name at least one, or a pattern")
    if node.topics and node.pattern is not None:
        raise TopologyError(f"source {node.name!r} is given both topics and a pattern: give one of them")
    if node.pattern is not None and not isinstance(node.pattern, re.Pattern):
        raise TopologyError(f"source {node.name!r}: a pattern is made with re.compile({node.pattern!r})")
    _check_extractor(node)
    if node.offset_reset is not None:
        try:
            offset_reset(str(node.offset_reset))
        except ConfigError as error:
            raise TopologyError(f"source {node.name!r}: offset_reset {error}") from None
    check_cluster(node.cluster, f"source {node.name!r}")
    for topic in node.topics:
        _check_topic_name(topic, f"source {node.name!r}", node.cluster)
        _check_topic_is_free(topic, node.name, topology)
    if len(set(node.topics)) != len(node.topics):
        raise TopologyError(f"source {node.name!r} names a topic twice: {', '.join(node.topics)}")
    if node.pattern is not None:
        _check_pattern_is_free(node, topology)


def _check_sink(node: SinkNode, topology: Topology) -> None:
    if node.topic is None and node.extractor is None:
        raise TopologyError(f"sink {node.name!r} is given no topic: name one, or a function that chooses it")
    check_cluster(node.cluster, f"sink {node.name!r}")
    if node.topic is not None:
        _check_topic_name(node.topic, f"sink {node.name!r}", node.cluster)
    if node.partitioner is not None:
        check_partitioner(node.partitioner, f"sink {node.name!r}: partitioner")
    if node.extractor is not None:
        if not callable(node.extractor):
            given = repr_of(node.extractor, 80)
            raise TopologyError(f"sink {node.name!r}: {given} is neither a topic's name nor a function")
        what = f"sink {node.name!r}: the function that chooses the topic"
        check_function(node.extractor, what, "key", "value", "context")


def _check_topic_name(topic: object, where: str, cluster: str | None = None) -> None:
    """`topic` has its cluster in front, where that is not home."""
    if not isinstance(topic, str) or not topic:
        raise TopologyError(f"{where}: a topic's name must be a non-empty text, not {topic!r}")
    if cluster is None and (named := cluster_of(topic)) is not None and TOPIC_NAME.fullmatch(name_of(topic)):
        raise TopologyError(f"{where}: {topic!r} is given as {name_of(topic)!r} with cluster={named!r}")
    name = topic if cluster is None else topic.removeprefix(f"{cluster}:")
    if not TOPIC_NAME.fullmatch(name):
        raise TopologyError(
            f"{where}: Kafka allows no topic named {name!r}: use up to 249 letters, digits, '.', '_' and '-'"
        )


def _check_extractor(node: SourceNode) -> None:
    if node.timestamp_extractor is not None:
        what = f"source {node.name!r}: timestamp_extractor"
        check_function(node.timestamp_extractor, what, "record", "key", "value", "partition_time")


def _check_topic_is_free(topic: str, name: str, topology: Topology) -> None:
    matching = (source.name for source in topology.pattern_sources if source.reads(topic))
    other = topology.read_by.get(topic) or next(matching, None)
    if other is not None:
        raise TopologyError(
            f"topic {topic!r} is already read by source {other!r}, so {name!r} cannot read it too: "
            "use that source's stream or table twice instead"
        )


def _check_pattern_is_free(node: SourceNode, topology: Topology) -> None:
    assert node.pattern is not None
    for topic, other in topology.read_by.items():
        if node.reads(topic):
            raise TopologyError(
                f"pattern {node.pattern.pattern!r} of source {node.name!r} matches topic {topic!r}, which source "
                f"{other!r} reads already: narrow the pattern"
            )
