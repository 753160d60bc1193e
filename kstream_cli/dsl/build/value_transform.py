"""KTable.transform_values: the node it adds, and the rows of the table it gives."""

from __future__ import annotations

from collections.abc import Collection

from kstream_cli.dsl.build.parts import TablePart, stored_or_view
from kstream_cli.dsl.operators.table_transform_values import TableTransformValues, TransformedGetter
from kstream_cli.dsl.options import Materialization
from kstream_cli.processor.value_transformer import ValueTransformerSupplier


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
    return stored_or_view(
        table,
        added,
        TableTransformValues(supplier, kept.queryable),
        kept,
        lambda: TransformedGetter(table.getter(), supplier),
        uses=used,
    )
