"""Joining two tables on a foreign key: the subscription and response topics, and what stands between them.

The left table's side registers each primary key under its foreign key, over one internal topic; the right table's
side keeps these subscriptions and answers, over another, whenever either row changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_value_function
from kstream_cli.dsl.build.parts import TablePart, source_table
from kstream_cli.dsl.build.table_joins import TableJoinOptions
from kstream_cli.dsl.graph import DslStore, GraphNode, TableRole
from kstream_cli.dsl.operators.foreign_key_response import ForeignTableJoin, ResponseResolver, SubscriptionJoin
from kstream_cli.dsl.operators.foreign_key_schema import ForeignKeySchema
from kstream_cli.dsl.operators.foreign_key_subscription import SubscriptionReceive, SubscriptionSend
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.table_source import TableFromRecords
from kstream_cli.dsl.options import materialize
from kstream_cli.errors import StreamsError, TopologyError
from kstream_cli.processor.partitioners import StreamPartitioner, check_partitioner, placing
from kstream_cli.record import Headers
from kstream_cli.serde.built_in import BytesSerde
from kstream_cli.serde.subscription import SubscriptionResponseSerde, SubscriptionSerde
from kstream_cli.state.builders import KeyValueStoreBuilder
from kstream_cli.topology.nodes import InternalTopic, ProcessorNode, SinkNode, SourceNode


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """How a left row names its right row, and how both tables' topics are partitioned (Java: TableJoined).

    The partitioners, None for the default one, are called with a value of None.
    """

    extractor: Callable[[Any, Any], Any]
    partitioner: StreamPartitioner | None
    other_partitioner: StreamPartitioner | None

    @classmethod
    def of(
        cls,
        extractor: Callable[..., Any] | None,
        with_key: bool,
        partitioner: StreamPartitioner | None,
        other_partitioner: StreamPartitioner | None,
    ) -> ForeignKey | None:
        """None where no extractor is given. An extractor of (value) is made one of (key, value)."""
        if extractor is None:
            if partitioner is not None or other_partitioner is not None:
                raise TopologyError("only a foreign-key join takes partitioners: give it foreign_key=")
            return None
        check_value_function(extractor, "foreign_key", with_key=with_key)
        for role, given in (("partitioner", partitioner), ("other_partitioner", other_partitioner)):
            if given is not None:
                check_partitioner(given, role)
        keyed = extractor if with_key else lambda key, value: extractor(value)
        return cls(extractor=keyed, partitioner=partitioner, other_partitioner=other_partitioner)


def join_on_foreign_key(
    left: TablePart,
    right: TablePart,
    foreign_key: ForeignKey,
    joiner: Joiner,
    options: TableJoinOptions,
    *,
    is_left_join: bool,
) -> TablePart:
    """The joined table, keyed as the left one."""
    right.send_old_values()
    left.send_old_values()
    graph, names = left.graph, _ForeignKeyNames.taken(left, options.name)
    schema = ForeignKeySchema(
        topic=names.registration_topic,
        primary_key=left.key_serde,
        foreign_key=right.key_serde,
        value=left.value_serde,
    )

    send_subscription = SubscriptionSend(extractor=foreign_key.extractor, schema=schema, left=is_left_join)
    send = graph.add(_processor(names.registration, send_subscription, left.node))
    registered = graph.add(
        _topic(
            names.registration_topic,
            SinkNode(
                names.registration_sink,
                (names.registration,),
                names.registration_topic,
                key=right.key_serde,
                value=SubscriptionSerde(left.key_serde),
                partitioner=_single(foreign_key.other_partitioner),
            ),
            names.registration_source,
            (send,),
        )
    )
    store = KeyValueStoreBuilder(
        name=names.store,
        key=BytesSerde(),
        value=SubscriptionSerde(left.key_serde),
        timestamped=True,
        log_headers=True,
    )
    receive = graph.add(
        _processor(names.receive, SubscriptionReceive(names.store, schema), registered, names.store, store=store)
    )
    right_rows = right.getter()
    answered = graph.add(
        GraphNode(
            name=names.join_foreign,
            parents=(receive,),
            nodes=(
                ProcessorNode(names.join_foreign, SubscriptionJoin(right_rows, options.headers), (), right_rows.stores),
            ),
            copartitioned=True,
            copartitioned_with=(right.node,),
        )
    )
    changed = graph.add(
        _processor(
            names.foreign_join, ForeignTableJoin(names.store, schema, headers=options.headers), right.node, names.store
        )
    )
    responded = graph.add(
        _topic(
            names.response_topic,
            SinkNode(
                names.response_sink,
                (names.join_foreign, names.foreign_join),
                names.response_topic,
                key=left.key_serde,
                value=SubscriptionResponseSerde(right.value_serde),
                partitioner=_single(foreign_key.partitioner) or _to_primary_partition,
            ),
            names.response_source,
            (answered, changed),
        )
    )
    left_rows = left.getter()
    resolver = ResponseResolver(left_table=left_rows, schema=schema, joiner=joiner, left=is_left_join)
    resolved = graph.add(
        GraphNode(
            name=names.resolver,
            parents=(responded,),
            nodes=(ProcessorNode(names.resolver, resolver, (), left_rows.stores),),
            copartitioned=True,
            copartitioned_with=(left.node,),
        )
    )
    kept = materialize(options.store, left.names, "KTABLE-FK-JOIN-OUTPUT-", key=left.key_serde, value=options.value)
    result = GraphNode(
        name=names.result,
        parents=(resolved,),
        nodes=(ProcessorNode(names.result, TableFromRecords(kept.store), (), (kept.store,)),),
        stores=(kept.key_value_store(),),
        table=TableRole.SOURCE,
        output_versioned=kept.versioned,
    )
    return source_table(graph, result, kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForeignKeyNames:
    """The names of a foreign-key join's processors, topics and subscription store."""

    registration_topic: str
    registration: str
    registration_sink: str
    registration_source: str
    store: str
    receive: str
    join_foreign: str
    foreign_join: str
    response_topic: str
    response_sink: str
    response_source: str
    resolver: str
    result: str

    @classmethod
    def taken(cls, table: TablePart, given: str | None) -> _ForeignKeyNames:
        """Take the join's indices in Java's order, which is that of the fields."""

        def name(prefix: str, suffix: str) -> str:
            return table.names.processor(prefix, given, suffix=suffix)

        registration, processor = "KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-", "KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-"
        return cls(
            registration_topic=name(registration, "-subscription-registration") + "-topic",
            registration=name(registration, "-subscription-registration-processor"),
            registration_sink=name("KTABLE-SINK-", "-subscription-registration-sink"),
            registration_source=name("KTABLE-SOURCE-", "-subscription-registration-source"),
            store=name("KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-", "-subscription-store"),
            receive=name(processor, "-subscription-receive"),
            join_foreign=name(processor, "-subscription-join-foreign"),
            foreign_join=name(processor, "-foreign-join-subscription"),
            response_topic=name("KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-", "-subscription-response") + "-topic",
            response_sink=name("KTABLE-SINK-", "-subscription-response-sink"),
            response_source=name("KTABLE-SOURCE-", "-subscription-response-source"),
            resolver=name(
                "KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-", "-subscription-response-resolver"
            ),
            result=name("KTABLE-FK-JOIN-OUTPUT-", "-result"),
        )


def _processor(
    name: str, operator: Any, parent: int, *stores: str, store: KeyValueStoreBuilder[Any, Any] | None = None
) -> GraphNode:
    node = ProcessorNode(name, operator, (), stores)
    return GraphNode(name=name, parents=(parent,), nodes=(node,), stores=() if store is None else (DslStore(store),))


def _topic(topic: str, sink: SinkNode, source: str, parents: tuple[int, ...]) -> GraphNode:
    """An internal topic between the two sides of the join."""
    reader = SourceNode(source, (topic,), key=sink.key, value=sink.value)
    return GraphNode(name=source, parents=parents, nodes=(sink, reader), internal_topics=(InternalTopic(topic),))


def _to_primary_partition(topic: str, key: Any, response: Any, partitions: int) -> int | None:
    """A response goes where the left row came from."""
    partition: int | None = response.primary_partition
    return partition


def _single(partitioner: StreamPartitioner | None) -> StreamPartitioner | None:
    """The partitioner as a foreign-key join uses it: by the key alone, to exactly one partition."""
    if partitioner is None:
        return None

    place = placing(partitioner)

    def partition_of(topic: str, key: Any, value: Any, headers: Headers, partitions: int) -> int | None:
        chosen = place(topic, key, None, headers, partitions)
        if not isinstance(chosen, Collection):
            return chosen
        if len(chosen) != 1:
            raise StreamsError(
                f"the partitioner of a foreign-key join must give one partition, not {len(chosen)}, for topic {topic}"
            )
        return next(iter(chosen))

    return partition_of
