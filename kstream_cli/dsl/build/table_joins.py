"""Joining two tables on the same key: the two sides, where they meet, and the view of the joined rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.build.parts import TablePart, stored_table
from kstream_cli.dsl.graph import GraphNode, TableRole
from kstream_cli.dsl.operators.join_merge import JoinMerge
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.operators.table_table_join import JoinedGetter, TableJoinKind, TableTableJoin
from kstream_cli.dsl.options import StoreOption, materialize
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import ProcessorNode


@dataclass(frozen=True, slots=True, kw_only=True)
class TableJoinOptions:
    """What may be said about the result of a table-table join."""

    name: str | None = None
    store: StoreOption = None
    value: Serde[Any] | None = None
    headers: ResultHeaders | None = None


def join_tables(
    this: TablePart,
    other: TablePart,
    joiner: Joiner,
    options: TableJoinOptions,
    kind: TableJoinKind,
) -> TablePart:
    """The joined table; a view of both tables' rows unless `store` is given."""
    graph, names = this.graph, this.names
    kept = None
    if options.store is not None:
        kept = materialize(options.store, names, "KTABLE-MERGE-", key=this.key_serde, value=options.value)
    merged = names.processor("KTABLE-MERGE-", options.name)
    if kind is not TableJoinKind.INNER:
        this.send_old_values()
    if kind is TableJoinKind.OUTER:
        other.send_old_values()
    this_rows, other_rows = this.getter(), other.getter()
    join_this = names.processor("KTABLE-JOINTHIS-", options.name, suffix="-join-this")
    join_other = names.processor("KTABLE-JOINOTHER-", options.name, suffix="-join-other")

    def side(node: str, table: TablePart, *, is_left: bool) -> ProcessorNode:
        rows = other_rows if is_left else this_rows
        operator = TableTableJoin(kind=kind, is_left=is_left, other=rows, joiner=joiner, headers=options.headers)
        return ProcessorNode(node, operator, (table.name,), rows.stores)

    merge = JoinMerge(None if kept is None else kept.store)
    node = GraphNode(
        name=merged,
        parents=(this.node, other.node),
        nodes=(
            side(join_this, this, is_left=True),
            side(join_other, other, is_left=False),
            ProcessorNode(merged, merge, (join_this, join_other), () if kept is None else (kept.store,)),
        ),
        stores=() if kept is None else (kept.key_value_store(),),
        copartitioned=True,
        table=TableRole.JOIN,
        output_versioned=kept is not None and kept.versioned,
    )
    if kept is not None:
        return stored_table(graph, node, kept)
    rows = JoinedGetter(kind=kind, left=this_rows, right=other_rows, joiner=joiner, headers=options.headers)
    return TablePart(graph, graph.add(node), merged, this.key_serde, options.value, getter=lambda: rows)
