"""KTable.transform_values: the node it adds, and the rows of the table it gives."""

from __future__ import annotations

from collections.abc import Collection

from kstream_cli.dsl.build.parts import TablePart, stored_table
from kstream_cli.dsl.graph import GraphNode, TableRole
from kstream_cli.dsl.operators.table_transform_values import TableTransformValues, TransformedGetter
from kstream_cli.dsl.options import Materialization
from kstream_cli.processor.value_transformer import ValueTransformerSupplier
from kstream_cli.topology.nodes import ProcessorNode


def transformed_table(
    table: TablePart,
    supplier: ValueTransformerSupplier,
    stores: str | Collection[str],
    name: str | None,
    kept: Materialization,
) -> TablePart:
    """The table of transformed values, kept in a store of its own if that is named; `stores` are the transformer's."""
    added = table.names.processor("KTABLE-TRANSFORMVALUES-", name)
    used = (stores,) if isinstance(stores, str) else tuple(stores)
    own = () if kept.queryable is None else (kept.queryable,)
    operator = TableTransformValues(supplier, kept.queryable)
    node = GraphNode(
        name=added,
        parents=(table.node,),
        nodes=(ProcessorNode(added, operator, parents=(), stores=(*own, *used)),),
        stores=(kept.key_value_store(),) if own else (),
        table=TableRole.STORED if own else TableRole.VIEW,
        output_versioned=kept.versioned if kept.asked else None,
    )
    if own:
        return stored_table(table.graph, node, kept)
    return TablePart(
        table.graph,
        table.graph.add(node),
        added,
        kept.key,
        kept.value,
        getter=lambda: TransformedGetter(table.getter(), supplier),
    )
