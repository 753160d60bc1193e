"""KTable.suppress: the node and the buffer it adds, and how long a window waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.graph import Graph, GraphNode, TableRole
from kstream_cli.dsl.operators.suppress import Suppress, SuppressedGetter
from kstream_cli.dsl.suppressed import Suppressed
from kstream_cli.errors import TopologyError
from kstream_cli.state.builders import SuppressBufferBuilder
from kstream_cli.topology.nodes import ProcessorNode

if TYPE_CHECKING:
    from kstream_cli.dsl.ktable import KTable


def suppressed_table(table: KTable[Any, Any], suppressed: Suppressed) -> KTable[Any, Any]:
    """The table whose updates are held back as `suppressed` says."""
    from kstream_cli.dsl.ktable import KTable

    check_kind(suppressed, "suppress", Suppressed, remedy=": Suppressed.until_window_closes(…) or until_time_limit(…)")
    graph, names, given = table.graph, table.names, suppressed.name
    # A name given here burns no index, unlike everywhere else.
    name = names.processor("KTABLE-SUPPRESS-") if given is None else given
    wait_ms = window_grace(graph, table.node, table.name) if suppressed.limit_ms is None else suppressed.limit_ms
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
        final=suppressed.limit_ms is None,
        record_limit=limits.record_limit,
        byte_limit=limits.byte_limit,
        emits_early=limits.emits_early,
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
    return KTable(
        graph,
        graph.add(node),
        name,
        table.key_serde,
        table.value_serde,
        getter=lambda: SuppressedGetter(table.getter(), store),
    )


def window_grace(graph: Graph, start: int, name: str) -> int:
    """How long (ms) after its end a window of this table may still change: the longest grace of those above it."""
    node = graph.nodes[start]
    if node.grace_ms is not None:
        return node.grace_ms
    if not node.parents:
        raise TopologyError(
            f"table {name!r} is not windowed: suppress until the window closes needs a windowed aggregation above it; "
            "use Suppressed.until_time_limit for other tables"
        )
    return max(window_grace(graph, parent, name) for parent in node.parents)
