"""Whether what a task filters out can be told from what goes in and comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode


def is_sent_once_or_dropped(nodes: Iterable[Node]) -> bool:
    """Whether each record comes to the one sink once, unless a filter or an error drops it."""
    found = list(nodes)
    sinks = [node for node in found if isinstance(node, SinkNode)]
    children = Counter(parent for node in found if not isinstance(node, SourceNode) for parent in node.parents)
    processors = [node.operator for node in found if isinstance(node, ProcessorNode)]
    return (
        len(sinks) == 1
        and sinks[0].partitioner is None
        and all(children[node.name] == 1 for node in found if not isinstance(node, SinkNode))
        and all(getattr(operator, "forwards_at_most_once", False) for operator in processors)
    )
