"""Putting a user's processor, with the stores it uses, into a stream."""

from __future__ import annotations

from collections.abc import Collection

from kstream_cli.dsl.graph import GraphNode
from kstream_cli.dsl.naming import checked_name
from kstream_cli.dsl.stream_node import StreamNode
from kstream_cli.processor.processor import ProcessorOperator
from kstream_cli.topology.nodes import ProcessorNode


def add_user_processor(
    stream: StreamNode,
    prefix: str,
    name: str | None,
    operator: ProcessorOperator,
    stores: str | Collection[str],
    *,
    changes: bool,
) -> tuple[str, int]:
    """(name, number) of the added node. `changes`: repartition topics below must not be merged to above it."""
    added = stream.names.processor(prefix) if name is None else checked_name(name)
    brought = operator.stores
    connected = (stores,) if isinstance(stores, str) else tuple(stores)
    connected += tuple(builder.name for builder in brought)
    node = GraphNode(
        name=added,
        parents=(stream.node,),
        nodes=(ProcessorNode(added, operator, parents=(), stores=connected),),
        stores=brought,
        # Java does not count process() as a change of key when it merges repartition topics, and so sends records to
        # the wrong partitions; as a change of value it keeps topics from being merged across it.
        value_changing=changes,
    )
    return added, stream.graph.add(node)
