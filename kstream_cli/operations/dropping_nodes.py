"""Which nodes can drop all records of a subtopology, where that can be told from what goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.described.model import DescribedNode, DescribedTopology
from kstream_cli.topology.topology import Topology

MAY_DROP = frozenset({"filter", "filter_not", "flat_map", "flat_map_values", "split"})
_NULL_KEYS = "drop_null_keys"
_KEEPS = frozenset(
    {"source", "sink", "map", "map_values", "select_key", "peek", "merge", "branch", "for_each", "print"}
)


@dataclass(frozen=True, slots=True)
class DroppingNodes:
    """Nodes of a subtopology whose records either reach a sink or are dropped by one of these."""

    nodes: tuple[str, ...]
    """Their operation and where the user's code adds them: `filter at app.py:12`."""
    null_keys: bool
    """Whether records without a key are dropped, too, as a repartition topic needs one."""


def dropping_nodes(topology: Topology, described: DescribedTopology) -> dict[int, DroppingNodes]:
    """Subtopology -> its dropping nodes. Those with stores, processors of the user's or without a sink are left out."""
    found = {}
    for part in described.subtopologies:
        operations = {node.name: _operation(node) for node in part.nodes}
        is_known = all(each in MAY_DROP | _KEEPS | {_NULL_KEYS} for each in operations.values())
        has_sink = any(node.kind == "sink" for node in part.nodes)
        if not is_known or not has_sink or part.stores:
            continue
        nodes = tuple(_text(node) for node in part.nodes if operations[node.name] in MAY_DROP)
        null_keys = _NULL_KEYS in operations.values()
        if nodes or null_keys:
            found[part.id] = DroppingNodes(nodes, null_keys)
    return found


def _operation(node: DescribedNode) -> str:
    return node.kind if node.kind != "processor" else node.operation or ""


def _text(node: DescribedNode) -> str:
    return node.name if node.position is None else f"{node.operation} at {node.position}"
