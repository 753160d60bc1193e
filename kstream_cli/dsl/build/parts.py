"""A stream and a table without their operations: what the steps of building take and give.

The fluent classes add the operations; `KStream.of` and `KTable.of` make one of a part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kstream_cli.dsl.graph import Graph, GraphNode, TableRole
from kstream_cli.dsl.options import Materialization
from kstream_cli.dsl.stream_node import StreamNode
from kstream_cli.dsl.value_getter import StoreGetter, ValueGetter
from kstream_cli.processor.operator import Operator
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import ProcessorNode


class StreamPart(StreamNode):
    """A stream of records."""

    def __init__(
        self,
        graph: Graph,
        node: int,
        name: str,
        key_serde: Serde[Any] | None,
        value_serde: Serde[Any] | None,
        *,
        repartition_required: bool = False,
    ) -> None:
        super().__init__(graph, node, name, key_serde, value_serde)
        self.repartition_required = repartition_required
        """The key has changed: operations by key must first send the stream through a repartition topic."""


class TablePart(StreamNode):
    """A table. `queryable_store_name` is its store's name if it was given one, else None."""

    def __init__(
        self,
        graph: Graph,
        node: int,
        name: str,
        key_serde: Serde[Any] | None,
        value_serde: Serde[Any] | None,
        *,
        getter: Callable[[], ValueGetter],
        queryable_store_name: str | None = None,
    ) -> None:
        super().__init__(graph, node, name, key_serde, value_serde)
        self._getter = getter
        self.queryable_store_name = queryable_store_name

    def getter(self) -> ValueGetter:
        """How to read this table's rows; has a source table keep them."""
        return self._getter()

    def send_old_values(self) -> None:
        """Have this table's changes carry the old values."""
        self.graph.send_old_values(self.node)


def source_table(graph: Graph, node: GraphNode, kept: Materialization) -> TablePart:
    """The table of a node that turns records into changes; its rows are kept only where somebody needs them."""
    number = graph.add(node)
    if kept.named:
        graph.materialize(number)

    def getter() -> ValueGetter:
        graph.materialize(number)
        return StoreGetter(kept.store)

    return TablePart(graph, number, node.name, kept.key, kept.value, getter=getter, queryable_store_name=kept.queryable)


def stored_table(graph: Graph, node: GraphNode, kept: Materialization) -> TablePart:
    """The table of a node that always keeps its rows in `kept`'s store."""
    return TablePart(
        graph,
        graph.add(node),
        node.name,
        kept.key,
        kept.value,
        getter=lambda: StoreGetter(kept.store),
        queryable_store_name=kept.queryable,
    )


def stored_or_view(
    table: TablePart,
    name: str,
    operator: Operator,
    kept: Materialization,
    getter: Callable[[], ValueGetter],
    *,
    uses: Sequence[str] = (),
) -> TablePart:
    """The table that `operator` computes row by row from another: kept in its own store, if that is named, or a view.

    `getter` reads a row of the view; `uses` names the stores that the user's function works with.
    """
    own = () if kept.queryable is None else (kept.queryable,)
    node = GraphNode(
        name=name,
        parents=(table.node,),
        nodes=(ProcessorNode(name, operator, parents=(), stores=(*own, *uses)),),
        stores=(kept.key_value_store(),) if own else (),
        table=TableRole.STORED if own else TableRole.VIEW,
        output_versioned=kept.versioned if kept.asked else None,
    )
    if own:
        return stored_table(table.graph, node, kept)
    return TablePart(table.graph, table.graph.add(node), name, kept.key, kept.value, getter=getter)
