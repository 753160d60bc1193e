"""CogroupedKStream: several grouped streams aggregated into one table (Java: CogroupedKStream)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar, overload

from kstream_cli.callables import check_function
from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.build.parts import stored_table
from kstream_cli.dsl.custom_windows import Windows, check_windows
from kstream_cli.dsl.graph import Graph, GraphNode, GraphStore, TableRole
from kstream_cli.dsl.grouped import KGroupedStream
from kstream_cli.dsl.ktable import KTable
from kstream_cli.dsl.operators.aggregate import Aggregate
from kstream_cli.dsl.operators.pass_through import PassThrough
from kstream_cli.dsl.operators.result_headers import HeadersOption, ResultHeaders
from kstream_cli.dsl.operators.session_aggregate import SessionAggregate
from kstream_cli.dsl.operators.sliding_aggregate import SlidingAggregate
from kstream_cli.dsl.operators.window_aggregate import WindowAggregate
from kstream_cli.dsl.options import Materialization, StoreOption, materialize
from kstream_cli.dsl.windowed import AnyWindows, result_grace_ms, session_store, window_store, windowed_key
from kstream_cli.dsl.windows import SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import Operator
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.serde.windowed import Windowed
from kstream_cli.topology.nodes import ProcessorNode

K = TypeVar("K")
V = TypeVar("V")
V2 = TypeVar("V2")

Inputs = dict[KGroupedStream[Any, Any], Callable[[Any, Any, Any], Any]]


class CogroupedKStream(Generic[K, V]):
    """Grouped streams with an aggregator each, which share one store (Java: CogroupedKStream, KIP-150).

    A wrong argument raises TopologyError.

    Example:
        >>> paid = orders.group_by_key().cogroup(lambda key, amount, total: total + amount)
        >>> totals = paid.aggregate(lambda: 0, store="paid", value=int)
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._inputs: Inputs = {}

    def cogroup(self, grouped: KGroupedStream[K, V2], aggregator: Callable[[K, V2, V], V]) -> CogroupedKStream[K, V]:
        """Add a grouped stream; `aggregator(key, value, aggregate)` adds its records to the shared aggregate."""
        check_kind(grouped, "cogroup", KGroupedStream, remedy=": group_by or group_by_key makes one")
        check_function(aggregator, "aggregator", "key", "value", "aggregate")
        for other in self._inputs:
            other.require_same_builder(grouped)
        self._inputs[grouped] = aggregator
        return self

    @overload
    def windowed_by(
        self, windows: TimeWindows | UnlimitedWindows | SlidingWindows | Windows
    ) -> WindowedCogroupedKStream[K, V]: ...
    @overload
    def windowed_by(self, windows: SessionWindows) -> SessionWindowedCogroupedKStream[K, V]: ...
    def windowed_by(self, windows: Any) -> Any:
        """Aggregate in windows of time, in sessions, or in your own windows (a subclass of Windows)."""
        if isinstance(windows, SessionWindows):
            return SessionWindowedCogroupedKStream(self._graph, self._inputs, windows)
        check_kind(windows, "windowed_by", TimeWindows, UnlimitedWindows, SlidingWindows, SessionWindows, Windows)
        if isinstance(windows, Windows):
            check_windows(windows)
        return WindowedCogroupedKStream(self._graph, self._inputs, windows)

    def aggregate(
        self,
        initializer: Callable[[], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[K, V]:
        """A table of the aggregates of all streams; the aggregate of a key begins with `initializer()`."""
        kept, rule = _kept(self._graph, self._inputs, store, serde_for(value)), ResultHeaders.of(headers)

        def operator(aggregator: Callable[[Any, Any, Any], Any]) -> Operator:
            return Aggregate(initializer, aggregator, kept.store, rule)

        return _cogrouped(self._graph, self._inputs, name, kept, kept.key_value_store(), operator)


class WindowedCogroupedKStream(Generic[K, V]):
    """Cogrouped streams in tumbling, hopping, sliding, unlimited or custom windows."""

    def __init__(
        self, graph: Graph, inputs: Inputs, windows: TimeWindows | UnlimitedWindows | SlidingWindows | Windows
    ) -> None:
        self._graph = graph
        self._inputs = inputs
        self._windows = windows

    def aggregate(
        self,
        initializer: Callable[[], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[Windowed[K], V]:
        """The table of all inputs' aggregates by key and window."""
        windows, rule = self._windows, ResultHeaders.of(headers)
        kept = _kept(self._graph, self._inputs, store, serde_for(value))

        def operator(aggregator: Callable[[Any, Any, Any], Any]) -> Operator:
            if isinstance(windows, SlidingWindows):
                return SlidingAggregate(windows, initializer, aggregator, kept.store, headers=rule)
            return WindowAggregate(windows, initializer, aggregator, kept.store, headers=rule)

        return _cogrouped(self._graph, self._inputs, name, kept, window_store(kept, windows), operator, windows)


class SessionWindowedCogroupedKStream(Generic[K, V]):
    """Cogrouped streams in sessions."""

    def __init__(self, graph: Graph, inputs: Inputs, windows: SessionWindows) -> None:
        self._graph = graph
        self._inputs = inputs
        self._windows = windows

    def aggregate(
        self,
        initializer: Callable[[], V],
        merger: Callable[[K, V, V], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[Windowed[K], V]:
        """The table of all inputs' aggregates by key and session; `merger(key, one, other)` joins two sessions'."""
        windows, rule = self._windows, ResultHeaders.of(headers)
        kept = _kept(self._graph, self._inputs, store, serde_for(value))

        def operator(aggregator: Callable[[Any, Any, Any], Any]) -> Operator:
            return SessionAggregate(windows, initializer, aggregator, merger, kept.store, headers=rule)

        return _cogrouped(self._graph, self._inputs, name, kept, session_store(kept, windows), operator, windows)


def _kept(graph: Graph, inputs: Inputs, store: StoreOption, value: Serde[Any] | None) -> Materialization:
    key = next((grouped.key_serde for grouped in inputs if grouped.key_serde is not None), None)
    return materialize(store, graph.names, "COGROUPKSTREAM-AGGREGATE-", key=key, value=value)


def _cogrouped(
    graph: Graph,
    inputs: Inputs,
    name: str | None,
    kept: Materialization,
    store: GraphStore,
    operator: Callable[[Callable[[Any, Any, Any], Any]], Operator],
    windows: AnyWindows | None = None,
) -> KTable[Any, Any]:
    """One aggregation an input, all on the same store, and a node that passes on what they all change."""
    _check_repartitions(inputs)
    parents = [grouped.repartitioned(kept) for grouped in inputs]
    grace_ms = None if windows is None else result_grace_ms(windows)
    added: list[int] = []
    for number, (parent, aggregator) in enumerate(zip(parents, inputs.values(), strict=True)):
        aggregation = graph.names.processor("COGROUPKSTREAM-AGGREGATE-", name, suffix=f"-cogroup-agg-{number}")
        node = GraphNode(
            name=aggregation,
            parents=(parent,),
            nodes=(ProcessorNode(aggregation, operator(aggregator), parents=(), stores=(kept.store,)),),
            stores=(store,),
            table=TableRole.STORED,
            output_versioned=kept.versioned,
            grace_ms=grace_ms,
        )
        added.append(graph.add(node))
    merge = graph.names.processor("COGROUPKSTREAM-MERGE-", name, suffix="-cogroup-merge")
    merged = GraphNode(
        name=merge,
        parents=tuple(added),
        nodes=(ProcessorNode(merge, PassThrough(), parents=()),),
        copartitioned=True,
        table=TableRole.VIEW,
    )
    key = kept.key if windows is None else windowed_key(kept.key, windows)
    return KTable.of(stored_table(graph, merged, replace(kept, key=key)))


def _check_repartitions(inputs: Inputs) -> None:
    """Inputs that need a repartition topic each need a name each, or they would share the store's."""
    unnamed = [grouped for grouped in inputs if grouped.repartition_required and grouped.grouping is None]
    if len(unnamed) > 1:
        names = ", ".join(repr(grouped.name) for grouped in unnamed)
        raise TopologyError(
            f"the cogrouped streams {names} are all to be repartitioned, into topics that would have the same name: "
            "give each grouping a name, group_by(…, name=…)"
        )
