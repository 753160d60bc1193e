"""Describes the topology that a cluster knows of a streams group, from the answer of its coordinator.

A broker that keeps descriptions (KIP-1331) has every node. Any broker of a streams group has what its members told it:
which topics each subtopology reads, and its changelogs and repartition topics; each then is three nodes at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kstream_cli.described.model import (
    DescribedGlobalStore,
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
    NodeKind,
)
from kstream_cli.described.operations import operation_of
from kstream_cli.described.relations import related
from kstream_cli.errors import TopologyError

AVAILABLE = 3
"""The status of a description that is there."""
_KINDS: Mapping[int, NodeKind] = {1: "source", 2: "processor", 3: "sink"}


def has_description(group: Mapping[str, Any]) -> bool:
    """Whether the broker keeps a description of the group's topology."""
    return group.get("topology_description_status") == AVAILABLE and group["topology_description"] is not None


def from_group(group: Mapping[str, Any]) -> DescribedTopology:
    """The topology of a described group. Raises TopologyError where the cluster knows none."""
    name: str = group["group_id"]
    metadata = (group["topology"] or {}).get("subtopologies") or ()
    if has_description(group):
        description = group["topology_description"]
        parts = [_nodes(each["nodes"]) for each in description["subtopologies"]]
        numbers = [_number(each) for each in description["subtopologies"]]
        filled = [(_nodes([each["source"], each["processor"]])) for each in description["global_stores"]]
    elif metadata:
        parts, numbers, filled = [_outline(name, each) for each in metadata], [_number(each) for each in metadata], []
    else:
        raise TopologyError(
            f"the cluster does not know the topology of group {name}: its source topics are missing, or do not fit"
        )
    changelogs = {topic["name"]: topic for each in metadata for topic in each["state_changelog_topics"]}
    internal = {topic["name"]: topic for each in metadata for topic in each["repartition_source_topics"]}
    return related(
        DescribedTopology(
            name=f"group:{name}",
            application_id=name,
            subtopologies=tuple(
                _subtopology(number, nodes, _changelogs(name, nodes, changelogs))
                for number, nodes in zip(numbers, parts, strict=True)
            ),
            global_stores=tuple(
                _global_store(number, nodes) for number, nodes in enumerate(filled, start=max(numbers, default=-1) + 1)
            ),
            internal_topics=tuple(sorted(internal)),
            partitions={topic: found["partitions"] for topic, found in sorted(internal.items()) if found["partitions"]},
        )
    )


def _number(subtopology: Mapping[str, Any]) -> int:
    try:
        return int(subtopology["subtopology_id"])
    except ValueError:
        raise TopologyError(f"{subtopology['subtopology_id']!r} is not the number of a subtopology") from None


def _nodes(listed: Sequence[Mapping[str, Any]]) -> tuple[DescribedNode, ...]:
    parents: dict[str, list[str]] = {}
    for each in listed:
        for child in each["successors"]:
            parents.setdefault(child, []).append(each["name"])
    return tuple(_node(each, tuple(parents.get(each["name"], ()))) for each in listed)


def _node(fields: Mapping[str, Any], parents: tuple[str, ...]) -> DescribedNode:
    kind = _KINDS.get(fields["node_type"])
    if kind is None:
        raise TopologyError(f"node {fields['name']!r} is of a kind that is not known here: {fields['node_type']}")
    name, sink = fields["name"], fields["sink_topic"]
    if kind == "source":
        return DescribedNode(
            name=name,
            kind=kind,
            operation="source",
            topics=tuple(fields["source_topics"]),
            children=tuple(fields["successors"]),
        )
    if kind == "sink":
        topics = () if sink is None else (sink,)
        return DescribedNode(name=name, kind=kind, operation="sink", topics=topics, parents=parents)
    return DescribedNode(
        name=name,
        kind=kind,
        operation=operation_of(name),
        stores=tuple(fields["stores"]),
        parents=parents,
        children=tuple(fields["successors"]),
    )


def _outline(group: str, subtopology: Mapping[str, Any]) -> tuple[DescribedNode, ...]:
    """A subtopology of which only the topics are known: what it reads, does, and passes on to others."""
    number = subtopology["subtopology_id"]
    read = [*subtopology["source_topics"], *(each["name"] for each in subtopology["repartition_source_topics"])]
    source, work, sink = (f"{what} of subtopology {number}" for what in ("input", "processors", "repartition"))
    passed = tuple(subtopology["repartition_sink_topics"])
    stores = tuple(
        topic["name"].removeprefix(f"{group}-").removesuffix("-changelog")
        for topic in subtopology["state_changelog_topics"]
    )
    sinks = [f"{sink}: {topic}" if len(passed) > 1 else sink for topic in passed]
    return (
        DescribedNode(name=source, kind="source", operation="source", topics=tuple(read), children=(work,)),
        DescribedNode(name=work, kind="processor", stores=stores, parents=(source,), children=tuple(sinks)),
        *(
            DescribedNode(name=name, kind="sink", operation="sink", topics=(topic,), parents=(work,))
            for name, topic in zip(sinks, passed, strict=True)
        ),
    )


def _changelogs(
    group: str, nodes: Iterable[DescribedNode], changelogs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any] | None]:
    """Store -> its changelog topic, where it has one."""
    names = dict.fromkeys(store for node in nodes for store in node.stores)
    return {store: changelogs.get(f"{group}-{store}-changelog") for store in names}


def _subtopology(
    number: int, nodes: tuple[DescribedNode, ...], stores: Mapping[str, Mapping[str, Any] | None]
) -> DescribedSubtopology:
    topics = dict.fromkeys(topic for node in nodes if node.kind == "source" for topic in node.topics)
    return DescribedSubtopology(
        id=number,
        source_topics=tuple(topics),
        nodes=nodes,
        stores=tuple(_store(store, changelog) for store, changelog in stores.items()),
    )


def _store(name: str, changelog: Mapping[str, Any] | None) -> DescribedStore:
    if changelog is None:
        return DescribedStore(name=name)
    settings = {each["key"]: each["value"] for each in changelog["topic_configs"]}
    return DescribedStore(name=name, changelog=changelog["name"], changelog_config=settings)


def _global_store(number: int, nodes: tuple[DescribedNode, ...]) -> DescribedGlobalStore:
    source, processor = nodes
    if source.kind != "source" or processor.kind != "processor" or len(processor.stores) != 1:
        raise TopologyError(f"{processor.name!r} does not fill one global store from one source")
    return DescribedGlobalStore(
        id=number, source=source, processor=processor, store=DescribedStore(name=processor.stores[0])
    )
