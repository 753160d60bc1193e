"""KStream: a stream of records, each an event of its own (Java: KStream)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeVar, overload

from kstream_cli.clusters import in_cluster
from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.branched import BranchedKStream
from kstream_cli.dsl.build.parts import StreamPart, source_table
from kstream_cli.dsl.build.repartition import repartition_node
from kstream_cli.dsl.graph import GraphNode, StreamSource, TableRole
from kstream_cli.dsl.joinable_stream import JoinableStream
from kstream_cli.dsl.naming import checked_name
from kstream_cli.dsl.operators.filter import Filter
from kstream_cli.dsl.operators.flat_map import FlatMap, FlatMapValues
from kstream_cli.dsl.operators.map import Map, MapValues, SelectKey
from kstream_cli.dsl.operators.pass_through import PassThrough
from kstream_cli.dsl.operators.peek import ForEach, Peek, Print
from kstream_cli.dsl.operators.table_source import TableFromRecords
from kstream_cli.dsl.options import StoreOption, materialize
from kstream_cli.dsl.user_processor import add_user_processor
from kstream_cli.processor.extractors import TopicNameExtractor
from kstream_cli.processor.operator import Operator
from kstream_cli.processor.partitioners import StreamPartitioner
from kstream_cli.processor.processor import ProcessorOperator, ProcessorSupplier
from kstream_cli.serde.carried import carried
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.topology.nodes import ProcessorNode, SinkNode, SourceNode

if TYPE_CHECKING:
    from kstream_cli.dsl.grouped import KGroupedStream
    from kstream_cli.dsl.ktable import KTable

K = TypeVar("K")
V = TypeVar("V")
K2 = TypeVar("K2")
V2 = TypeVar("V2")


class KStream(JoinableStream[K, V]):
    """A stream of records (Java: KStream). Every operation gives a new one; `name=` names its processor (Java: Named).

    A wrong argument raises TopologyError where the topology is written, and names it.
    """

    @classmethod
    def of(cls, part: StreamPart) -> KStream[Any, Any]:
        """The stream with its operations."""
        return KStream(
            part.graph,
            part.node,
            part.name,
            part.key_serde,
            part.value_serde,
            repartition_required=part.repartition_required,
        )

    # Records kept or dropped

    def filter(self, predicate: Callable[[K, V], Any], *, name: str | None = None) -> KStream[K, V]:
        """Keep the records for which `predicate(key, value)` is true: `.filter(lambda key, amount: amount >= 100)`."""
        return self._with_same_types("KSTREAM-FILTER-", name, Filter(predicate))

    def filter_not(self, predicate: Callable[[K, V], Any], *, name: str | None = None) -> KStream[K, V]:
        """Drop the records for which `predicate(key, value)` is true: `.filter_not(lambda key, amount: amount < 0)`."""
        return self._with_same_types("KSTREAM-FILTER-", name, Filter(predicate, negate=True))

    # Records changed

    def map(
        self,
        mapper: Callable[[K, V], tuple[K2, V2]],
        *,
        key: SerdeLike[K2] | None = None,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K2, V2]:
        """Change key and value: `mapper(key, value)` returns a pair, as in `.map(lambda user, page: (page, user))`."""
        return self._with_new_key("KSTREAM-MAP-", name, Map(mapper), serde_for(key), serde_for(value))

    @overload
    def map_values(
        self,
        mapper: Callable[[V], V2],
        *,
        with_key: Literal[False] = False,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K, V2]: ...
    @overload
    def map_values(
        self,
        mapper: Callable[[K, V], V2],
        *,
        with_key: Literal[True],
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K, V2]: ...
    def map_values(
        self,
        mapper: Callable[..., V2],
        *,
        with_key: bool = False,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K, V2]:
        """Change the value: `mapper(value)`, or `mapper(key, value)` with `with_key=True`: `.map_values(str.upper)`."""
        return self._with_new_value("KSTREAM-MAPVALUES-", name, MapValues(mapper, with_key), serde_for(value))

    def flat_map(
        self,
        mapper: Callable[[K, V], Iterable[tuple[K2, V2]]],
        *,
        key: SerdeLike[K2] | None = None,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K2, V2]:
        """Make any number of records of each: `mapper(key, value)` returns an iterable of (key, value) pairs."""
        return self._with_new_key("KSTREAM-FLATMAP-", name, FlatMap(mapper), serde_for(key), serde_for(value))

    @overload
    def flat_map_values(
        self,
        mapper: Callable[[V], Iterable[V2]],
        *,
        with_key: Literal[False] = False,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K, V2]: ...
    @overload
    def flat_map_values(
        self,
        mapper: Callable[[K, V], Iterable[V2]],
        *,
        with_key: Literal[True],
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K, V2]: ...
    def flat_map_values(
        self,
        mapper: Callable[..., Iterable[V2]],
        *,
        with_key: bool = False,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KStream[K, V2]:
        """Make any number of values of each: `mapper(value)` returns an iterable: `.flat_map_values(str.split)`."""
        return self._with_new_value("KSTREAM-FLATMAPVALUES-", name, FlatMapValues(mapper, with_key), serde_for(value))

    def select_key(
        self, selector: Callable[[K, V], K2], *, key: SerdeLike[K2] | None = None, name: str | None = None
    ) -> KStream[K2, V]:
        """Give each record the key `selector(key, value)`: `.select_key(lambda key, order: order.customer)`."""
        return self._with_new_key("KSTREAM-KEY-SELECT-", name, SelectKey(selector), serde_for(key), self.value_serde)

    # Records looked at

    def peek(self, action: Callable[[K, V], object], *, name: str | None = None) -> KStream[K, V]:
        """Call `action(key, value)` for each record, and pass the record on unchanged: `.peek(print)`."""
        return self._with_same_types("KSTREAM-PEEK-", name, Peek(action))

    def foreach(self, action: Callable[[K, V], object], *, name: str | None = None) -> None:
        """Call `action(key, value)` for each record, and end the stream: `.foreach(print)`."""
        self.add_processor(self.names.processor("KSTREAM-FOREACH-", name), ForEach(action))

    def print(
        self,
        label: str | None = None,
        *,
        mapper: Callable[[K, V], object] | None = None,
        file: str | Path | TextIO | None = None,
        name: str | None = None,
    ) -> None:
        """Write each record as `[label]: key, value` to standard output or `file`; ends the stream (Java: Printed)."""
        operator = Print(self.name if label is None else label, mapper, file)
        self.add_processor(self.names.processor("KSTREAM-PRINTER-", name), operator)

    # Streams split and joined together

    def split(self, name: str | None = None) -> BranchedKStream[K, V]:
        """Send each record to the first branch that takes it: `.split().branch(predicate).default_branch()`."""
        return BranchedKStream(self, self.names.processor("KSTREAM-BRANCH-", name))

    def merge(self, other: KStream[K, V], *, name: str | None = None) -> KStream[K, V]:
        """The records of both streams, in no order between them: `a.merge(b).to("clicks", key=str, value=str)`."""
        check_kind(other, "merge", KStream, remedy=": of a table, merge its to_stream()")
        self.require_same_builder(other)
        merged = self.names.processor("KSTREAM-MERGE-", name)
        node = GraphNode(
            name=merged,
            parents=(self.node, other.node),
            nodes=(ProcessorNode(merged, PassThrough(), parents=()),),
            merge=True,
        )
        repartition = self.repartition_required or other.repartition_required
        return KStream(self.graph, self.graph.add(node), merged, None, None, repartition_required=repartition)

    # Topics

    def to(
        self,
        topic: str | TopicNameExtractor,
        *,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        partitioner: StreamPartitioner | None = None,
        name: str | None = None,
        cluster: str | None = None,
    ) -> None:
        """Write to a topic, or to the one that `topic(key, value, context)` names for each record; ends the stream.

        The topic is in the home cluster, or in `cluster`, which gets each record at least once.
        """
        sink_name = self.names.processor("KSTREAM-SINK-", name)
        sink = SinkNode(
            sink_name,
            (),
            topic=in_cluster(topic, cluster) if isinstance(topic, str) else None,
            extractor=None if isinstance(topic, str) else topic,
            key=serde_for(key) or self.key_serde,
            value=serde_for(value) or self.value_serde,
            partitioner=partitioner,
            cluster=cluster,
        )
        self.graph.add(GraphNode(name=sink_name, parents=(self.node,), nodes=(sink,)))

    def through(
        self,
        topic: str,
        *,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        partitioner: StreamPartitioner | None = None,
        name: str | None = None,
    ) -> KStream[K, V]:
        """Write to a topic of your own, and read it again: short for `to(topic)` and `builder.stream(topic)`."""
        self.to(topic, key=key, value=value, partitioner=partitioner, name=name)
        key_serde, value_serde = serde_for(key) or self.key_serde, serde_for(value) or self.value_serde
        source = self.names.processor("KSTREAM-SOURCE-", name, suffix="-source")
        node = StreamSource(name=source, nodes=(SourceNode(source, (topic,), key=key_serde, value=value_serde),))
        return KStream(self.graph, self.graph.add(node), source, key_serde, value_serde)

    def repartition(
        self,
        *,
        name: str | None = None,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        partitions: int | None = None,
        partitioner: StreamPartitioner | None = None,
    ) -> KStream[K, V]:
        """Pass the records through an internal topic: `.repartition(name="spread", partitions=12)` (KIP-221)."""
        if name is None:
            prefix = self.names.processor("KSTREAM-REPARTITION-")
            self.names.unnamed.add_repartition(prefix)
        else:
            prefix = checked_name(name)
        key_serde, value_serde = serde_for(key) or self.key_serde, serde_for(value) or self.value_serde
        node = repartition_node(
            self.graph,
            (self.node,),
            prefix,
            key=key_serde,
            value=value_serde,
            partitions=partitions,
            partitioner=partitioner,
            mergeable=False,
        )
        return KStream(self.graph, self.graph.add(node), node.name, key_serde, value_serde)

    # Tables and groups

    def to_table(
        self,
        *,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        name: str | None = None,
        store: StoreOption = None,
    ) -> KTable[K, V]:
        """The last value of each key as a table; null deletes the row: `.to_table(store="cities")` (KIP-523)."""
        from kstream_cli.dsl.ktable import KTable

        table = self.names.processor("KSTREAM-TOTABLE-", name)
        kept = materialize(
            store,
            self.names,
            "KSTREAM-TOTABLE-",
            key=serde_for(key) or self.key_serde,
            value=serde_for(value) or self.value_serde,
        )
        parent = self.node
        if self.repartition_required:
            if name is None:
                self.names.unnamed.add_repartition(table)
            parent = self.graph.add(repartition_node(self.graph, (self.node,), table, key=kept.key, value=kept.value))
        node = GraphNode(
            name=table,
            parents=(parent,),
            nodes=(ProcessorNode(table, TableFromRecords(kept.store), parents=(), stores=(kept.store,)),),
            stores=(kept.key_value_store(),),
            table=TableRole.SOURCE,
            output_versioned=kept.versioned,
        )
        return KTable.of(source_table(self.graph, node, kept))

    def group_by_key(
        self, *, key: SerdeLike[K] | None = None, value: SerdeLike[V] | None = None, name: str | None = None
    ) -> KGroupedStream[K, V]:
        """Group by the records' key; `name` names the repartition topic, if one is needed (Java: Grouped)."""
        from kstream_cli.dsl.grouped import KGroupedStream

        return KGroupedStream(
            self.graph,
            self.node,
            self.name,
            serde_for(key) or self.key_serde,
            serde_for(value) or self.value_serde,
            grouping=name if name is None else checked_name(name),
            repartition_required=self.repartition_required,
        )

    def group_by(
        self,
        selector: Callable[[K, V], K2],
        *,
        key: SerdeLike[K2] | None = None,
        value: SerdeLike[V] | None = None,
        name: str | None = None,
    ) -> KGroupedStream[K2, V]:
        """Group by a new key, `selector(key, value)`; `name` names the step and its topic (Java: Grouped)."""
        keyed = self._with_new_key(
            "KSTREAM-KEY-SELECT-", name, SelectKey(selector), serde_for(key), serde_for(value) or self.value_serde
        )
        return keyed.group_by_key(name=name)

    # The Processor API

    def process(
        self,
        supplier: ProcessorSupplier,
        *,
        stores: str | Collection[str] = (),
        name: str | None = None,
        key: SerdeLike[Any] | None = None,
        value: SerdeLike[Any] | None = None,
    ) -> KStream[Any, Any]:
        """Run a Processor, which may forward any records; `stores` names the state stores that it uses (KIP-820)."""
        operator = ProcessorOperator(supplier)
        added, node = add_user_processor(self, "KSTREAM-PROCESSOR-", name, operator, stores, changes=True)
        return KStream(self.graph, node, added, serde_for(key), serde_for(value), repartition_required=True)

    def process_values(
        self,
        supplier: ProcessorSupplier,
        *,
        stores: str | Collection[str] = (),
        name: str | None = None,
        value: SerdeLike[Any] | None = None,
    ) -> KStream[K, Any]:
        """Run a FixedKeyProcessor. It keeps the key, so no repartition topic is needed (KIP-820)."""
        operator, changes = ProcessorOperator(supplier, fixed_key=True), value is not None
        added, node = add_user_processor(self, "KSTREAM-PROCESSVALUES-", name, operator, stores, changes=changes)
        required = self.repartition_required
        return KStream(self.graph, node, added, self.key_serde, serde_for(value), repartition_required=required)

    # How an operation is added

    def _with_same_types(self, prefix: str, name: str | None, operator: Operator) -> KStream[K, V]:
        added = self.names.processor(prefix, name)
        node = self.add_processor(added, operator)
        return KStream(
            self.graph,
            node,
            added,
            self.key_serde,
            self.value_serde,
            repartition_required=self.repartition_required,
        )

    def _with_new_value(
        self, prefix: str, name: str | None, operator: Operator, value: Serde[V2] | None
    ) -> KStream[K, V2]:
        added = self.names.processor(prefix, name)
        node = self.add_processor(added, operator, value_changing=True)
        value = value or carried(self.value_serde, is_key=False)
        return KStream(self.graph, node, added, self.key_serde, value, repartition_required=self.repartition_required)

    def _with_new_key(
        self, prefix: str, name: str | None, operator: Operator, key: Serde[K2] | None, value: Serde[V2] | None
    ) -> KStream[K2, V2]:
        added = self.names.processor(prefix, name)
        node = self.add_processor(added, operator, key_changing=True)
        key, value = key or carried(self.key_serde, is_key=True), value or carried(self.value_serde, is_key=False)
        return KStream(self.graph, node, added, key, value, repartition_required=True)
