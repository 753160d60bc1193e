"""What follows from how nodes stand to one another: the two sides of joins, and why there are repartition topics."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from kstream_cli.described.facts import Side
from kstream_cli.described.model import DescribedNode, DescribedTopology, Join, Repartition
from kstream_cli.described.operations import GENERATED, KEY_CHANGING

_JOINS = frozenset({"join", "left_join"})
_BY_SUFFIX: dict[str, Side] = {
    "-outer-this-join": "keeps_unmatched",
    "-outer-other-join": "keeps_unmatched",
    "-this-join": "drops_unmatched",
    "-other-join": "drops_unmatched",
}
_OF_TABLES = ("-join-this", "-join-other")
_BY_STEM: dict[str, Side] = {
    "KSTREAM-JOIN": "inner",
    "KSTREAM-LEFTJOIN": "left",
    "KSTREAM-JOINTHIS": "drops_unmatched",
    "KSTREAM-JOINOTHER": "drops_unmatched",
    "KSTREAM-OUTERTHIS": "keeps_unmatched",
    "KSTREAM-OUTEROTHER": "keeps_unmatched",
}


def related(topology: DescribedTopology, sides: Mapping[str, Side | None] | None = None) -> DescribedTopology:
    """The topology with joins and reasons for repartition filled in. `sides`: what the joins' operators say."""
    nodes = {node.name: node for node in topology.nodes()}
    fillers: dict[str, str] = {}
    for node in nodes.values():
        for store in node.stores if node.operation not in _JOINS else ():
            fillers.setdefault(store, node.name)
    internal = frozenset(topology.internal_topics)
    writers = _writers(nodes.values(), internal)
    reasons = {topic: reason for topic, sinks in writers.items() if (reason := _reason(sinks[-1], nodes)) is not None}

    def filled(node: DescribedNode) -> DescribedNode:
        if node.operation in _JOINS:
            join = _join(node, nodes, fillers, sides or {})
            return msgspec.structs.replace(node, join=_with_topics(join, nodes), operation="join")
        if node.operation == "foreign_key_resolve":
            join = _foreign_key_join(node, nodes, fillers, writers, sides or {})
            return msgspec.structs.replace(node, join=_with_topics(join, nodes))
        if not node.drops_null_keys and _is_before_repartition(node, nodes, writers):
            return _null_key_filter(node, nodes, fillers, writers)
        if node.operation is None and _is_merge_of_joins(node, nodes):
            return msgspec.structs.replace(node, operation="merge")
        reason = next((reasons[topic] for topic in node.topics if topic in reasons), None)
        return msgspec.structs.replace(node, repartition=reason) if reason else node

    return msgspec.structs.replace(
        topology,
        subtopologies=tuple(
            msgspec.structs.replace(part, nodes=tuple(map(filled, part.nodes))) for part in topology.subtopologies
        ),
    )


def _null_key_filter(
    node: DescribedNode,
    nodes: Mapping[str, DescribedNode],
    fillers: Mapping[str, str],
    writers: Mapping[str, Sequence[DescribedNode]],
) -> DescribedNode:
    """The filter before a repartition topic, of which only a name is known: a left or outer join below keeps it open.

    Where a node below has no operation that is known, it may be such a join.
    """
    readers: dict[str, list[str]] = {}
    for each in nodes.values():
        if each.kind == "source":
            for topic in each.topics:
                readers.setdefault(topic, []).append(each.name)
    seen, waiting = {node.name}, deque(node.children)
    while waiting:
        below = nodes[waiting.popleft()]
        if below.kind == "processor" and _may_take_null_keys(below, nodes, fillers):
            return msgspec.structs.replace(node, operation="repartition_filter")
        topics = below.topics if below.kind == "sink" else ()
        read = [name for topic in topics if topic in writers for name in readers.get(topic, ())]
        fresh = [name for name in (*below.children, *read) if name not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return msgspec.structs.replace(node, operation="drop_null_keys", drops_null_keys=True)


def _is_before_repartition(
    node: DescribedNode, nodes: Mapping[str, DescribedNode], writers: Mapping[str, Sequence[DescribedNode]]
) -> bool:
    """Whether it is Kafka Streams' own filter: nothing else stands right before a repartition topic's sink."""
    if node.operation not in ("filter", "drop_null_keys"):
        return False
    return any(topic in writers for child in node.children for topic in nodes[child].topics)


def _may_take_null_keys(node: DescribedNode, nodes: Mapping[str, DescribedNode], fillers: Mapping[str, str]) -> bool:
    """Whether it is a left or outer join of a stream, as far as its name tells."""
    if node.operation is None:
        return not _is_merge_of_joins(node, nodes)
    if node.operation not in _JOINS or node.name.startswith("KTABLE-") or node.name.endswith(_OF_TABLES):
        return False
    join = _join(node, nodes, fillers, {})
    return join is None or join.kind != "inner"


def _join(
    node: DescribedNode,
    nodes: Mapping[str, DescribedNode],
    fillers: Mapping[str, str],
    sides: Mapping[str, Side | None],
) -> Join | None:
    if not node.parents:
        return None
    partner = _partner(node, nodes)
    stores = (*node.global_stores, *node.stores)
    if partner is not None:
        other, store = partner.parents[0], None
    elif stores:
        # Beside the table's store there may be the buffer of a join with grace, which nobody else uses.
        store = next((each for each in stores if each in fillers), stores[0])
        other = fillers.get(store, store)
    else:
        return None
    kind = _kind(_side(node, sides), None if partner is None else _side(partner, sides))
    return Join(kind=kind, this=node.parents[0], other=other, other_store=store)


def _foreign_key_join(
    node: DescribedNode,
    nodes: Mapping[str, DescribedNode],
    fillers: Mapping[str, str],
    writers: Mapping[str, list[DescribedNode]],
    sides: Mapping[str, Side | None],
) -> Join | None:
    """The join whose answers the node resolves: the other side's rows are where answers to subscriptions come from."""
    topics = [topic for name in node.parents for topic in nodes[name].topics]
    answering = [nodes[name] for topic in topics for sink in writers.get(topic, ()) for name in sink.parents]
    stores = [
        store
        for each in answering
        if each.operation == "foreign_key_lookup"
        for store in each.stores
        if nodes[fillers.get(store, each.name)].operation != "foreign_key_store"
    ]
    this = next((fillers[store] for store in node.stores if store in fillers), None)
    other = next((fillers[store] for store in stores if store in fillers), None)
    if this is None or other is None or nodes[other].operation == "foreign_key_lookup":
        return None
    return Join(kind=_kind(_side(node, sides), None), this=this, other=other)


def _writers(nodes: Iterable[DescribedNode], internal: Collection[str]) -> dict[str, list[DescribedNode]]:
    """Internal topic -> the sinks that write it."""
    found: dict[str, list[DescribedNode]] = {}
    for node in nodes:
        for topic in node.topics if node.kind == "sink" else ():
            if topic in internal:
                found.setdefault(topic, []).append(node)
    return found


def _with_topics(join: Join | None, nodes: Mapping[str, DescribedNode]) -> Join | None:
    if join is None:
        return None
    this, other = (_topic_of(nodes.get(name), nodes) for name in (join.this, join.other))
    return msgspec.structs.replace(join, this_topic=this, other_topic=other)


def _topic_of(node: DescribedNode | None, nodes: Mapping[str, DescribedNode]) -> str | None:
    """The only topic that a node is, or is a table of, as it is read."""
    while node is not None and node.operation in ("table", "join_window") and len(node.parents) == 1:
        node = nodes[node.parents[0]]
    return node.topics[0] if node is not None and node.kind == "source" and len(node.topics) == 1 else None


def _is_merge_of_joins(node: DescribedNode, nodes: Mapping[str, DescribedNode]) -> bool:
    """Whether a node, whose name does not tell, passes on what the two sides of a join of streams give."""
    parents = [nodes[name] for name in node.parents]
    return len(parents) == 2 and not node.stores and all(each.operation == "join" for each in parents)


def _partner(node: DescribedNode, nodes: Mapping[str, DescribedNode]) -> DescribedNode | None:
    """The node of the join's other side: a join too, whose results are merged with this one's."""
    for child in node.children:
        parents = nodes[child].parents if child in nodes else ()
        if len(parents) != 2:
            continue
        other = nodes[parents[0] if parents[1] == node.name else parents[1]]
        if other.name != node.name and other.operation in _JOINS and other.parents and (other.stores and node.stores):
            return other
    return None


def _side(node: DescribedNode, sides: Mapping[str, Side | None]) -> Side | None:
    if (side := sides.get(node.name)) is not None:
        return side
    generated = GENERATED.fullmatch(node.name)
    if generated:
        return _BY_STEM.get(generated["stem"])
    return next((side for suffix, side in _BY_SUFFIX.items() if node.name.endswith(suffix)), None)


def _kind(this: Side | None, other: Side | None) -> Literal["inner", "left", "outer"] | None:
    if this is None or this == "inner" or this == "left" or this == "outer":
        return this
    kept = [side for side in (this, other) if side == "keeps_unmatched"]
    kinds: Sequence[Literal["inner", "left", "outer"]] = ("inner", "left", "outer")
    return kinds[len(kept)]


def _reason(sink: DescribedNode, nodes: Mapping[str, DescribedNode]) -> Repartition | None:
    """The nearest node above that may change the key; without one, the repartition was asked for.

    None where a node above might, and nothing tells what it does: one that is named by the user, in Java's text.
    """
    seen, waiting = {sink.name}, deque(sink.parents)
    is_known = True
    while waiting:
        node = nodes[waiting.popleft()]
        if node.operation in KEY_CHANGING:
            return Repartition(because=node.name, operation=node.operation, position=node.position)
        is_known = is_known and (node.operation is not None or len(node.parents) > 1)
        fresh = [name for name in node.parents if name not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return Repartition(because=sink.name, operation="repartition", position=sink.position) if is_known else None
