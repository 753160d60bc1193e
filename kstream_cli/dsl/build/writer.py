"""Writing a planned graph as a Topology, parents before children, in the order of build priority."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

from kstream_cli.clusters import cluster_of
from kstream_cli.config import Config
from kstream_cli.dsl.build.carried_headers import CarriedHeaders
from kstream_cli.dsl.build.optimizer import Plan
from kstream_cli.dsl.graph import DslStore, GlobalStoreSource, GraphNode, GraphStore, TableRole, TableSource, store_name
from kstream_cli.errors import TopologyError
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import GlobalStore, Node, ProcessorNode, SourceNode
from kstream_cli.topology.topology import Topology


def write(plan: Plan, config: Config) -> Topology:
    """The topology of a plan. Raises TopologyError where it cannot be built."""
    topology = Topology()
    versioned = _versioned_tables(plan)
    carried = CarriedHeaders.of(plan, config, lambda store: _chosen(store, config))
    for number in _in_build_order(plan):
        _write_node(topology, plan, number, versioned, carried, config)
    for number, node in plan.nodes.items():
        if node.copartitioned:
            _add_copartition_group(topology, plan, number)
    topology.validate()
    return topology


def _in_build_order(plan: Plan) -> Iterable[int]:
    """Lowest priority first, but no node before all its parents."""
    children: dict[int, list[int]] = {number: [] for number in plan.nodes}
    waiting = {number: len(set(parents)) for number, parents in plan.parents.items()}
    for number, parents in plan.parents.items():
        for parent in dict.fromkeys(parents):
            children[parent].append(number)
    ready: list[tuple[int, int]] = []
    for number, parents_left in waiting.items():
        if parents_left == 0:
            heappush(ready, (plan.priority[number], number))
    while ready:
        _, number = heappop(ready)
        yield number
        for child in children[number]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heappush(ready, (plan.priority[child], child))


def _write_node(
    topology: Topology, plan: Plan, number: int, versioned: set[int], carried: CarriedHeaders, config: Config
) -> None:
    node = plan.nodes[number]
    if isinstance(node, GlobalStoreSource):
        resolved = _resolved(node.stores[0], carried, config)
        topology.add_global(
            GlobalStore(replace(resolved, logging=False), node.source, node.processor, node.reprocess_on_restore)
        )
        return
    kept = node.table is not TableRole.SOURCE or number in plan.materialized
    for topic in node.internal_topics:
        topology.add_internal_topic(topic)
    for store in node.stores if kept else ():
        topology.add_store(_store_of(node, store, plan, carried, config))
    for physical in node.nodes:
        topology.add_node(_physical(physical, plan, number, kept=kept, versioned=versioned, carried=carried))
    if isinstance(node, TableSource) and kept and _is_own_changelog(node, plan):
        topology.source_changelogs[node.store] = node.topic


def _store_of(
    node: GraphNode, store: GraphStore, plan: Plan, carried: CarriedHeaders, config: Config
) -> StoreBuilder[Any, Any]:
    resolved = _resolved(store, carried, config)
    reused = isinstance(node, TableSource) and _is_own_changelog(node, plan) and node.store == store_name(store)
    return replace(resolved, logging=False) if reused else resolved


def _is_own_changelog(node: TableSource, plan: Plan) -> bool:
    """Whether the topic that a table is read from serves as its changelog, which must be at home."""
    return plan.reuse_source_topics and cluster_of(node.topic) is None


def _resolved(store: GraphStore, carried: CarriedHeaders, config: Config) -> StoreBuilder[Any, Any]:
    return carried.of_store(_chosen(store, config))


def _chosen(store: GraphStore, config: Config) -> StoreBuilder[Any, Any]:
    return store.resolve(config) if isinstance(store, DslStore) else store


def _physical(node: Node, plan: Plan, number: int, *, kept: bool, versioned: set[int], carried: CarriedHeaders) -> Node:
    """The node with its parents named and its operator told what the whole graph needs of it."""
    if isinstance(node, SourceNode):
        return node
    parents = node.parents or tuple(plan.nodes[parent].name for parent in plan.parents[number])
    if not isinstance(node, ProcessorNode):
        return replace(node, parents=parents)
    operator: Any = carried.of_operator(node.operator)
    stores = node.stores
    if not kept:
        operator, stores = replace(operator, store=None), ()
    if number in plan.sending_old_values and hasattr(operator, "send_old_values"):
        operator = replace(operator, send_old_values=True)
    if hasattr(operator, "latest_only") and any(
        plan.nodes[parent].name in parents for parent in plan.parents[number] if parent in versioned
    ):
        operator = replace(operator, latest_only=True)
    return replace(node, parents=parents, operator=operator, stores=stores)


def _versioned_tables(plan: Plan) -> set[int]:
    """The nodes whose result is a versioned table: kept in a versioned store, or a view of only such ones."""
    versioned: set[int] = set()
    for number in _in_build_order(plan):
        node, parents = plan.nodes[number], plan.parents[number]
        inherited = bool(parents) and all(parent in versioned for parent in parents)
        if node.not_versioned is not None and inherited:
            raise TopologyError(
                f"{node.not_versioned} {node.name!r} cannot be used on a versioned table: "
                "keep the table in a store without history first"
            )
        if inherited if node.output_versioned is None else node.output_versioned:
            versioned.add(number)
    return versioned


def _add_copartition_group(topology: Topology, plan: Plan, number: int) -> None:
    """The topics that the node's parents are read from: the nearest sources above it."""
    topics: set[str] = set()
    seen: set[int] = set()
    stack = [*plan.parents[number], *plan.nodes[number].copartitioned_with]
    while stack:
        above = stack.pop()
        if above in seen:
            continue
        seen.add(above)
        sources = [node for node in plan.nodes[above].nodes if isinstance(node, SourceNode)]
        topics.update(topic for source in sources for topic in source.topics)
        if not sources:
            stack.extend(plan.parents[above])
    if topics:
        topology.copartition_groups.append(frozenset(topics))
