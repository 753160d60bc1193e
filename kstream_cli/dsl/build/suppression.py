"""KTable.suppress: the node and the buffer it adds, and how long a window waits."""

from __future__ import annotations

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.build.parts import TablePart
from kstream_cli.dsl.graph import Graph, GraphNode, TableRole, store_name
from kstream_cli.dsl.operators.suppress import Suppress, SuppressedGetter
from kstream_cli.dsl.suppressed import Suppressed
from kstream_cli.errors import TopologyError
from kstream_cli.state.builders import SuppressBufferBuilder
from kstream_cli.topology.nodes import ProcessorNode


def suppressed_table(table: TablePart, suppressed: Suppressed) -> TablePart:
    """The table whose updates are held back as `suppressed` says."""
    check_kind(suppressed, "suppress", Suppressed, remedy=": Suppressed.until_window_closes(…) or until_time_limit(…)")
    graph, names, given = table.graph, table.names, suppressed.name
    # A name given here burns no index, unlike everywhere else.
    name = names.processor("KTABLE-SUPPRESS-") if given is None else given
    is_final = suppressed.limit_ms is None
    above = windowed_above(graph, table.node, table.name) if is_final else []
    wait_ms = max(grace for node in above if (grace := node.grace_ms) is not None) if is_final else suppressed.limit_ms
    assert wait_ms is not None
    store = names.store("KTABLE-SUPPRESS-") if given is None else f"{given}-store"
    limits = suppressed.buffer
    if given is None and limits.logging:
        names.unnamed.add_changelog(store)
    buffer = SuppressBufferBuilder(
        name=store,
        key=table.key_serde,
        value=table.value_serde,
        persistent=False,
        logging=limits.logging,
        changelog_config=limits.changelog_config or {},
    )
    table.send_old_values()
    operator = Suppress(
        store=store,
        wait_ms=wait_ms,
        final=is_final,
        record_limit=limits.record_limit,
        byte_limit=limits.byte_limit,
        emits_early=limits.emits_early,
        emit_on_idle_ms=suppressed.emit_on_idle_ms,
        closes=tuple(dict.fromkeys(store_name(each) for node in above for each in node.stores)),
    )
    node = GraphNode(
        name=name,
        parents=(table.node,),
        nodes=(ProcessorNode(name, operator, parents=(), stores=(store,)),),
        stores=(buffer,),
        table=TableRole.VIEW,
        output_versioned=False,
        not_versioned="suppress",
    )
    return TablePart(
        graph,
        graph.add(node),
        name,
        table.key_serde,
        table.value_serde,
        getter=lambda: SuppressedGetter(table.getter(), store),
    )


def windowed_above(graph: Graph, start: int, name: str) -> list[GraphNode]:
    """The windowed aggregations that a table comes from, the nearest of each branch: their graces say how long after
    its end a window may still change."""
    node = graph.nodes[start]
    if node.grace_ms is not None:
        return [node]
    if not node.parents:
        raise TopologyError(
            f"table {name!r} is not windowed: suppress until the window closes needs a windowed aggregation above it; "
            "use Suppressed.until_time_limit for other tables"
        )
    return [found for parent in node.parents for found in windowed_above(graph, parent, name)]
