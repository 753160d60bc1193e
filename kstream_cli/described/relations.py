"""What follows from how nodes stand to one another: the two sides of joins, and why there are repartition topics."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from kstream_cli.described.facts import Side
from kstream_cli.described.model import DescribedNode, DescribedTopology, Join, Repartition
from kstream_cli.described.operations import GENERATED, KEY_CHANGING

_JOINS = frozenset({"join", "left_join"})
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
    reasons = {
        topic: _reason(node, nodes)
        for node in nodes.values()
        if node.kind == "sink"
        for topic in node.topics
        if topic in internal
    }

    def filled(node: DescribedNode) -> DescribedNode:
        if node.operation in _JOINS:
            join = _join(node, nodes, fillers, sides or {})
            return msgspec.structs.replace(node, join=join, operation="join")
        reason = next((reasons[topic] for topic in node.topics if topic in reasons), None)
        return msgspec.structs.replace(node, repartition=reason) if reason else node

    return msgspec.structs.replace(
        topology,
        subtopologies=tuple(
            msgspec.structs.replace(part, nodes=tuple(map(filled, part.nodes))) for part in topology.subtopologies
        ),
    )


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
    return _BY_STEM.get(generated["stem"]) if generated else None


def _kind(this: Side | None, other: Side | None) -> Literal["inner", "left", "outer"] | None:
    if this is None or this == "inner" or this == "left" or this == "outer":
        return this
    kept = [side for side in (this, other) if side == "keeps_unmatched"]
    kinds: Sequence[Literal["inner", "left", "outer"]] = ("inner", "left", "outer")
    return kinds[len(kept)]


def _reason(sink: DescribedNode, nodes: Mapping[str, DescribedNode]) -> Repartition:
    """The nearest node above that may change the key; without one, the repartition was asked for."""
    seen, waiting = {sink.name}, deque(sink.parents)
    while waiting:
        node = nodes[waiting.popleft()]
        if node.operation in KEY_CHANGING:
            return Repartition(because=node.name, operation=node.operation, position=node.position)
        fresh = [name for name in node.parents if name not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return Repartition(because=sink.name, operation="repartition", position=sink.position)
