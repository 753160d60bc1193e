"""Joining a stream with a table or a global table: the node, its repartition, and the buffer of a join with grace."""

from __future__ import annotations

from typing import Any

from kstream_cli.dsl.build.join_options import JoinOptions
from kstream_cli.dsl.build.parts import StreamPart, TablePart
from kstream_cli.dsl.build.repartition import repartitioned_for_join
from kstream_cli.dsl.durations import in_ms
from kstream_cli.dsl.graph import DslStore, Graph, GraphNode
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.stream_global_join import StreamGlobalJoin
from kstream_cli.dsl.operators.stream_table_grace_join import StreamTableGraceJoin
from kstream_cli.dsl.operators.stream_table_join import StreamTableJoin
from kstream_cli.dsl.value_getter import ValueGetter
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import Operator
from kstream_cli.state.builders import TimeOrderedBufferBuilder, VersionedStoreBuilder
from kstream_cli.topology.nodes import ProcessorNode


def join_table(stream: StreamPart, table: TablePart, joiner: Joiner, options: JoinOptions, *, left: bool) -> StreamPart:
    """The stream joined with the table's rows; a stream whose key has changed is repartitioned first."""
    graph, key, value = stream.graph, options.key or stream.key_serde, options.value or stream.value_serde
    parent = stream.node
    if stream.repartition_required:
        parent, _ = repartitioned_for_join(graph, parent, stream.name, name=options.name, key=key, value=value)
    name = graph.names.processor("KSTREAM-LEFTJOIN-" if left else "KSTREAM-JOIN-", options.name)
    getter = table.getter()
    join = StreamTableJoin(getter, joiner, left, options.headers)
    operator: Operator = join
    buffers: tuple[TimeOrderedBufferBuilder[Any, Any], ...] = ()
    if options.grace is not None:
        grace_ms = in_ms("grace of the stream-table join", options.grace)
        _require_history(graph, name, getter.stores, grace_ms)
        buffer = TimeOrderedBufferBuilder(name=f"{name}-Buffer", key=key, value=value, grace_ms=grace_ms)
        if options.name is None:
            graph.names.unnamed.add_store(buffer.name, logged=True)
        operator, buffers = StreamTableGraceJoin(join, buffer.name), (buffer,)
    stores = (*(buffer.name for buffer in buffers), *getter.stores)
    node = GraphNode(
        name=name,
        parents=(parent,),
        nodes=(ProcessorNode(name, operator, parents=(), stores=stores),),
        stores=buffers,
        null_keys_relaxed=left,
        copartitioned=True,
        copartitioned_with=(table.node,),
    )
    return StreamPart(graph, graph.add(node), name, key, None)


def join_global_table(
    stream: StreamPart,
    rows: ValueGetter,
    joiner: Joiner,
    options: JoinOptions,
    *,
    left: bool,
) -> StreamPart:
    """The stream joined with rows of a global table, which needs no repartitioning."""
    assert options.selector is not None
    # Java gives inner joins this prefix, too.
    joined = stream.names.processor("KSTREAM-LEFTJOIN-", options.name)
    operator = StreamGlobalJoin(rows, options.selector, joiner, left, options.headers)
    node = GraphNode(
        name=joined,
        parents=(stream.node,),
        nodes=(ProcessorNode(joined, operator, parents=()),),
        null_keys_relaxed=left,
    )
    return StreamPart(
        stream.graph,
        stream.graph.add(node),
        joined,
        stream.key_serde,
        None,
        repartition_required=stream.repartition_required,
    )


def _require_history(graph: Graph, join: str, stores: tuple[str, ...], grace_ms: int) -> None:
    """A record that waits out its grace is joined with the row of its own time, which the table must still have."""
    builders = [
        store.builder if isinstance(store, DslStore) else store for node in graph.nodes for store in node.stores
    ]
    for builder in builders:
        if builder.name not in stores:
            continue
        if not isinstance(builder, VersionedStoreBuilder):
            raise TopologyError(
                f"join {join!r} has a grace period, but its table's store {builder.name!r} keeps no history: "
                "give the table Materialized(supplier=Stores.versioned(...))"
            )
        if builder.history_retention_ms < grace_ms:
            raise TopologyError(
                f"join {join!r} has a grace period of {grace_ms} ms, but its table's store {builder.name!r} keeps "
                f"only {builder.history_retention_ms} ms of history: keep at least as much"
            )
