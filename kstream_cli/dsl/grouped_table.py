"""KGroupedTable: a table grouped anew, ready to be aggregated (Java: KGroupedTable)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from kstream_cli.callables import check_function
from kstream_cli.dsl.build.parts import stored_table
from kstream_cli.dsl.graph import Graph, GraphNode, TableRole
from kstream_cli.dsl.ktable import KTable
from kstream_cli.dsl.naming import REPARTITION_SUFFIX
from kstream_cli.dsl.operators.aggregators import Reducing, nothing, one_more, zero
from kstream_cli.dsl.operators.result_headers import HeadersOption, ResultHeaders
from kstream_cli.dsl.operators.table_aggregate import TableAggregate, one_less
from kstream_cli.dsl.options import Materialization, StoreOption, materialize
from kstream_cli.dsl.stream_node import StreamNode
from kstream_cli.processor.extractors import fail_on_invalid_timestamp
from kstream_cli.serde.built_in import LongSerde
from kstream_cli.serde.change import ChangeSerde
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.topology.nodes import InternalTopic, ProcessorNode, SinkNode, SourceNode

K = TypeVar("K")
V = TypeVar("V")
V2 = TypeVar("V2")


class KGroupedTable(StreamNode, Generic[K, V]):
    """A table grouped by a new key (Java: KGroupedTable). Its changes always pass through a repartition topic.

    `grouping`, or else the store, names that topic. A row that changes is subtracted with its old value and added with
    its new one. A wrong argument raises TopologyError.

    Example:
        >>> grouped = people.group_by(lambda name, age: (age, name), key=int, value=str)
        >>> by_age = grouped.count(store="people-by-age")
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
    ) -> None:
        super().__init__(graph, node, name, key_serde, value_serde)
        self.grouping = grouping
        self._repartition: int | None = None

    def count(
        self, *, name: str | None = None, store: StoreOption = None, headers: HeadersOption = None
    ) -> KTable[K, int]:
        """The number of rows in each group: `.count(store="people-by-age")`."""
        kept = self._kept(store, LongSerde())
        operator = TableAggregate(zero, one_more, one_less, kept.store, ResultHeaders.of(headers))
        return self._add("KTABLE-AGGREGATE-", name, operator, kept)

    def reduce(
        self,
        adder: Callable[[V, V], V],
        subtractor: Callable[[V, V], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        headers: HeadersOption = None,
    ) -> KTable[K, V]:
        """One value for each group: `adder(aggregate, new)`, `subtractor(aggregate, old)`; begins with the first."""
        check_function(subtractor, "subtractor", "aggregate", "value")
        kept = self._kept(store, self.value_serde)

        def subtract(key: K, value: V, aggregate: V) -> V:
            return subtractor(aggregate, value)

        operator = TableAggregate(nothing, Reducing(adder), subtract, kept.store, ResultHeaders.of(headers))
        return self._add("KTABLE-REDUCE-", name, operator, kept)

    def aggregate(
        self,
        initializer: Callable[[], V2],
        adder: Callable[[K, V, V2], V2],
        subtractor: Callable[[K, V, V2], V2],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[K, V2]:
        """An aggregate of each group; `adder` and `subtractor` take (key, value, aggregate).

        Under at-least-once, a change that is processed again after a crash is subtracted and added again, as in Java.
        """
        kept = self._kept(store, serde_for(value))
        operator = TableAggregate(initializer, adder, subtractor, kept.store, ResultHeaders.of(headers))
        return self._add("KTABLE-AGGREGATE-", name, operator, kept)

    def _kept(self, store: StoreOption, value: Serde[Any] | None) -> Materialization:
        return materialize(store, self.names, "KTABLE-AGGREGATE-", key=self.key_serde, value=value)

    def _add(self, prefix: str, name: str | None, operator: TableAggregate, kept: Materialization) -> KTable[K, Any]:
        sink = self.names.processor("KSTREAM-SINK-", name, suffix="-sink")
        source = self.names.processor("KSTREAM-SOURCE-", name, suffix="-source")
        added = self.names.processor(prefix, name)
        node = GraphNode(
            name=added,
            parents=(self._repartitioned(sink, source, kept.store),),
            nodes=(ProcessorNode(added, operator, parents=(), stores=(kept.store,)),),
            stores=(kept.key_value_store(),),
            table=TableRole.STORED,
            output_versioned=kept.versioned,
        )
        return KTable.of(stored_table(self.graph, node, kept))

    def _repartitioned(self, sink: str, source: str, store: str) -> int:
        """The repartition's node; a named grouping has one for all its aggregations."""
        if self._repartition is not None and self.grouping is not None:
            return self.graph.use_again(self._repartition)
        topic = (self.grouping or store) + REPARTITION_SUFFIX
        key, value = self.key_serde, ChangeSerde(self.value_serde)
        self._repartition = self.graph.add(
            GraphNode(
                name=source,
                parents=(self.node,),
                nodes=(
                    SinkNode(sink, (), topic, key=key, value=value),
                    SourceNode(source, (topic,), key=key, value=value, timestamp_extractor=fail_on_invalid_timestamp),
                ),
                internal_topics=(InternalTopic(topic),),
            )
        )
        return self._repartition
