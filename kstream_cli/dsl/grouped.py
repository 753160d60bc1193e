"""KGroupedStream: a stream grouped by key, ready to be aggregated (Java: KGroupedStream)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.build.parts import stored_table
from kstream_cli.dsl.build.repartition import repartition_node
from kstream_cli.dsl.custom_windows import Windows, check_windows
from kstream_cli.dsl.graph import Graph, GraphNode, GraphStore, TableRole
from kstream_cli.dsl.ktable import KTable
from kstream_cli.dsl.operators.aggregate import Aggregate
from kstream_cli.dsl.operators.aggregators import Reducing, nothing, one_more, zero
from kstream_cli.dsl.operators.result_headers import HeadersOption, ResultHeaders
from kstream_cli.dsl.options import Materialization, StoreOption, given_name, materialize
from kstream_cli.dsl.stream_node import StreamNode
from kstream_cli.dsl.windows import SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows
from kstream_cli.processor.operator import Operator
from kstream_cli.serde.built_in import LongSerde
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.topology.nodes import ProcessorNode

if TYPE_CHECKING:
    from kstream_cli.dsl.cogrouped import CogroupedKStream
    from kstream_cli.dsl.windowed import SessionWindowedKStream, SlidingWindowedKStream, TimeWindowedKStream

K = TypeVar("K")
V = TypeVar("V")
V2 = TypeVar("V2")


class KGroupedStream(StreamNode, Generic[K, V]):
    """A stream grouped by key (Java: KGroupedStream).

    Each aggregation gives a KTable, kept in the store that `store=` names.

    `name=` names the processor, `value=` is the type of the results, and `headers=` says which headers they have.
    Records without a key or a value are dropped and counted. A wrong argument raises TopologyError.

    Example:
        >>> grouped = orders.group_by_key()
        >>> totals = grouped.aggregate(lambda: 0, lambda key, amount, total: total + amount, store="totals", value=int)
    """

    def __init__(
        self,
        graph: Graph,
        node: int,
        name: str,
        key_serde: Serde[K] | None,
        value_serde: Serde[V] | None,
        *,
        grouping: str | None,
        repartition_required: bool,
    ) -> None:
        super().__init__(graph, node, name, key_serde, value_serde)
        self.grouping = grouping
        self.repartition_required = repartition_required
        self._repartition: int | None = None

    def count(
        self, *, name: str | None = None, store: StoreOption = None, headers: HeadersOption = None
    ) -> KTable[K, int]:
        """The number of records of each key: `.count(store="counts")`."""
        self.burn_for_count(store)
        kept = self.kept("KSTREAM-AGGREGATE-", store, LongSerde())
        operator = Aggregate(zero, one_more, kept.store, ResultHeaders.of(headers))
        return self._add("KSTREAM-AGGREGATE-", name, operator, kept)

    def reduce(
        self,
        reducer: Callable[[V, V], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        headers: HeadersOption = None,
    ) -> KTable[K, V]:
        """One value for each key, `reducer(aggregate, value)`; it begins with the first value: `.reduce(max)`."""
        kept = self.kept("KSTREAM-REDUCE-", store, self.value_serde)
        operator = Aggregate(nothing, Reducing(reducer), kept.store, ResultHeaders.of(headers))
        return self._add("KSTREAM-REDUCE-", name, operator, kept)

    def aggregate(
        self,
        initializer: Callable[[], V2],
        aggregator: Callable[[K, V, V2], V2],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[K, V2]:
        """An aggregate for each key, `aggregator(key, value, aggregate)`, which begins with `initializer()`."""
        kept = self.kept("KSTREAM-AGGREGATE-", store, serde_for(value))
        operator = Aggregate(initializer, aggregator, kept.store, ResultHeaders.of(headers))
        return self._add("KSTREAM-AGGREGATE-", name, operator, kept)

    @overload
    def windowed_by(self, windows: TimeWindows | UnlimitedWindows | Windows) -> TimeWindowedKStream[K, V]: ...
    @overload
    def windowed_by(self, windows: SlidingWindows) -> SlidingWindowedKStream[K, V]: ...
    @overload
    def windowed_by(self, windows: SessionWindows) -> SessionWindowedKStream[K, V]: ...
    def windowed_by(self, windows: Any) -> Any:
        """Aggregate in windows of time, in sessions or in your own Windows: `TimeWindows.of_size(minutes=10)`."""
        from kstream_cli.dsl.windowed import SessionWindowedKStream, SlidingWindowedKStream, TimeWindowedKStream

        if isinstance(windows, SessionWindows):
            return SessionWindowedKStream(self, windows)
        if isinstance(windows, SlidingWindows):
            return SlidingWindowedKStream(self, windows)
        check_kind(windows, "windowed_by", TimeWindows, UnlimitedWindows, SlidingWindows, SessionWindows, Windows)
        if isinstance(windows, Windows):
            check_windows(windows)
        return TimeWindowedKStream(self, windows)

    def cogroup(self, aggregator: Callable[[K, V, V2], V2]) -> CogroupedKStream[K, V2]:
        """Aggregate this stream together with others, each with its own aggregator, into one table (KIP-150)."""
        from kstream_cli.dsl.cogrouped import CogroupedKStream

        return CogroupedKStream[K, V2](self.graph).cogroup(self, aggregator)

    # For the windowed streams made of this one

    def kept(self, prefix: str, store: StoreOption, value: Serde[Any] | None) -> Materialization:
        """The store of an aggregation of this group."""
        return materialize(store, self.names, prefix, key=self.key_serde, value=value)

    def burn_for_count(self, store: StoreOption) -> None:
        """Use up the index that Java's count uses up when given an unnamed Materialized."""
        if store is not None and given_name(store) is None:
            self.names.burn()

    def repartitioned(self, kept: Materialization) -> int:
        """The node to aggregate below: this one, or the repartition that a changed key makes necessary.

        The topic takes the grouping's name, else the store's. A named grouping is repartitioned once for all.
        """
        if not self.repartition_required:
            return self.node
        prefix = self.grouping or kept.store
        if self.grouping is None and not kept.named:
            self.names.unnamed.add_repartition(prefix)
        node = repartition_node(self.graph, (self.node,), prefix, key=self.key_serde, value=self.value_serde)
        if self._repartition is None or self.grouping is None:
            self._repartition = self.graph.add(node)
            return self._repartition
        return self.graph.use_again(self._repartition)

    def aggregation(
        self,
        name: str,
        operator: Operator,
        kept: Materialization,
        store: GraphStore,
        *,
        grace_ms: int | None = None,
    ) -> GraphNode:
        """The node of an aggregation kept in `store`, below the repartition if one is needed."""
        return GraphNode(
            name=name,
            parents=(self.repartitioned(kept),),
            nodes=(ProcessorNode(name, operator, parents=(), stores=(kept.store,)),),
            stores=(store,),
            table=TableRole.STORED,
            output_versioned=kept.versioned,
            grace_ms=grace_ms,
        )

    def _add(self, prefix: str, name: str | None, operator: Operator, kept: Materialization) -> KTable[K, Any]:
        added = self.names.processor(prefix, name)
        node = self.aggregation(added, operator, kept, kept.key_value_store())
        return KTable.of(stored_table(self.graph, node, kept))
