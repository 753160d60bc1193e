"""What is done to the logical graph before it is written: duplicate sources merged, and `topology.optimization`.

Works on a copy; the builder's graph stays as it was described, so that it can be built again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kstream_cli.dsl.build.repartition import repartition_node
from kstream_cli.dsl.graph import Graph, GraphNode, Repartition, StreamJoin, StreamSource
from kstream_cli.dsl.operators.filter import NullKeyFilter
from kstream_cli.errors import TopologyError
from kstream_cli.topology.nodes import ProcessorNode, SourceNode

REUSE_SOURCE_TOPICS = "reuse.ktable.source.topics"
MERGE_REPARTITIONS = "merge.repartition.topics"
SINGLE_STORE_SELF_JOIN = "single.store.self.join"


@dataclass(slots=True)
class Plan:
    """The graph as it will be written. `priority` decides the order; `parents` may differ from the nodes' own."""

    nodes: dict[int, GraphNode]
    parents: dict[int, list[int]]
    priority: dict[int, int]
    materialized: set[int]
    sending_old_values: set[int]
    reuse_source_topics: bool = False

    def children(self, number: int) -> list[int]:
        return [child for child, parents in self.parents.items() if number in parents]

    def ancestors(self, start: int) -> Iterator[int]:
        """The node itself, then everything above it, each once, depth first."""
        seen: set[int] = set()
        stack = [start]
        while stack:
            number = stack.pop()
            if number not in seen:
                seen.add(number)
                yield number
                stack.extend(reversed(self.parents[number]))

    def find_above(self, start: int, found: Callable[[int], bool]) -> int | None:
        """The first node at or above `start` for which `found` holds."""
        return next((number for number in self.ancestors(start) if found(number)), None)

    def move(self, child: int, parent: int, *others: int) -> None:
        """Hang a child below others instead of one of its parents; they come last, and each once, as in Java."""
        remaining = [above for above in self.parents[child] if above != parent]
        self.parents[child] = list(dict.fromkeys([*remaining, *others]))

    def remove(self, number: int) -> None:
        del self.nodes[number], self.parents[number], self.priority[number]


def optimize(graph: Graph, optimizations: frozenset[str]) -> Plan:
    """The plan of a graph, with the optimisations asked for and those that are always made."""
    plan = Plan(
        nodes=dict(enumerate(graph.nodes)),
        parents={number: list(dict.fromkeys(node.parents)) for number, node in enumerate(graph.nodes)},
        priority=dict(enumerate(graph.priorities)),
        materialized=set(graph.materialized),
        sending_old_values=set(graph.sending_old_values),
        reuse_source_topics=REUSE_SOURCE_TOPICS in optimizations,
    )
    _merge_sources(plan)
    if MERGE_REPARTITIONS in optimizations:
        _merge_repartitions(plan, graph)
    if SINGLE_STORE_SELF_JOIN in optimizations:
        _single_store_self_joins(plan)
    _drop_null_keys(plan)
    return plan


def _merge_sources(plan: Plan) -> None:
    """Streams of the same topics, or the same pattern, read them once; topics that only overlap are refused."""
    by_topic: dict[str | tuple[str, int, str | None], int] = {}
    for number, node in list(plan.nodes.items()):
        if not isinstance(node, StreamSource):
            continue
        source = _source(node)
        keys = list(source.topics) if source.pattern is None else [_pattern_key(source.pattern, source.cluster)]
        first = next((by_topic[key] for key in keys if key in by_topic), None)
        if first is None:
            by_topic.update(dict.fromkeys(keys, number))
            continue
        kept = _source(plan.nodes[first])
        if set(kept.topics) != set(source.topics):
            raise TopologyError(
                f"streams {kept.name!r} and {source.name!r} read topics that overlap but differ, "
                f"{sorted(kept.topics)} and {sorted(source.topics)}: read the same topics in both, or split them up"
            )
        if kept.offset_reset != source.offset_reset:
            raise TopologyError(
                f"streams {kept.name!r} and {source.name!r} read the same topics with different offset_reset, "
                f"{kept.offset_reset!r} and {source.offset_reset!r}: give both the same"
            )
        for child in plan.children(number):
            plan.move(child, number, first)
        plan.remove(number)


def _source(node: GraphNode) -> SourceNode:
    source = node.nodes[0]
    assert isinstance(source, SourceNode)
    return source


def _pattern_key(pattern: re.Pattern[str], cluster: str | None) -> tuple[str, int, str | None]:
    return pattern.pattern, pattern.flags, cluster


def _merge_repartitions(plan: Plan, graph: Graph) -> None:
    """One repartition topic after a key change, instead of one for each operation that needs it."""
    for changer, repartitions in _repartitions_by_key_changer(plan).items():
        if repartitions:
            _merge_into_one(plan, graph, changer, repartitions)


def _repartitions_by_key_changer(plan: Plan) -> dict[int, list[int]]:
    """Key changer (or the merge of several) -> the repartitions that only it makes necessary."""
    found: dict[int, list[int]] = {number: [] for number, node in plan.nodes.items() if node.key_changing}
    for number, node in plan.nodes.items():
        if isinstance(node, Repartition) and node.mergeable:
            changer = plan.find_above(number, lambda above: plan.nodes[above].key_changing)
            nearest = plan.find_above(
                number, lambda above: plan.nodes[above].key_changing or plan.nodes[above].value_changing
            )
            if changer is not None and changer == nearest:
                found[changer].append(number)
    merged_away: set[int] = set()
    for number, node in plan.nodes.items():
        if not node.merge:
            continue
        changers = [
            changer
            for changer, repartitions in found.items()
            if all(_child_towards(plan, repartition, number) is not None for repartition in repartitions)
            and _child_towards(plan, number, changer) is not None
        ]
        merged_away.update(changers)
        found[number] = list(dict.fromkeys(repartition for changer in changers for repartition in found[changer]))
    return {changer: repartitions for changer, repartitions in found.items() if changer not in merged_away}


def _child_towards(plan: Plan, start: int, ancestor: int) -> int | None:
    """The child of `ancestor` through which `start` hangs below it."""
    return plan.find_above(start, lambda above: ancestor in plan.parents[above])


def _merge_into_one(plan: Plan, graph: Graph, changer: int, repartitions: list[int]) -> None:
    replaced = [node for number in repartitions if isinstance(node := plan.nodes[number], Repartition)]
    merged = repartition_node(
        graph,
        (changer,),
        replaced[0].topic,
        key=next((node.key for node in replaced if node.key is not None), None),
        value=next((node.value for node in replaced if node.value is not None), None),
    )
    new = max(plan.nodes) + 1
    plan.nodes[new], plan.parents[new] = merged, [changer]
    # Written right after the key changer, before everything that now hangs below it.
    plan.priority[new] = plan.priority[changer]
    for number in repartitions:
        child = _child_towards(plan, number, changer)
        if child is not None and child != new:
            plan.move(child, changer, new)
        for below in plan.children(number):
            plan.move(below, number, *plan.parents[number])
        plan.remove(number)


def _single_store_self_joins(plan: Plan) -> None:
    """A stream joined with itself keeps its records in one store instead of two."""
    for number, node in list(plan.nodes.items()):
        if not isinstance(node, StreamJoin) or node.self_join is None:
            continue
        windowed = {plan.nodes[parent].name: parent for parent in plan.parents[number]}
        this, other = windowed[node.this_windowed], windowed[node.other_windowed]
        if plan.parents[this] == plan.parents[other]:
            plan.remove(other)
            plan.parents[number] = [this]
            plan.nodes[number] = replace(node, nodes=(node.self_join,), stores=())


def _drop_null_keys(plan: Plan) -> None:
    """Records without a key stop before a repartition topic, unless a left or outer join below takes them."""
    wanted = {
        above
        for number, node in plan.nodes.items()
        if node.null_keys_relaxed
        for above in plan.ancestors(number)
        if above != number
    }
    for number, node in plan.nodes.items():
        if isinstance(node, Repartition) and number not in wanted:
            null_filter, *others = node.nodes
            assert isinstance(null_filter, ProcessorNode)
            plan.nodes[number] = replace(node, nodes=(replace(null_filter, operator=NullKeyFilter()), *others))
