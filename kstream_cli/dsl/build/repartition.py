"""Sending a stream through an internal topic, so that records of one key meet in one partition."""

from __future__ import annotations

from typing import Any

from kstream_cli.dsl.graph import Graph, Repartition
from kstream_cli.dsl.naming import repartition_nodes, repartition_topic
from kstream_cli.dsl.operators.pass_through import PassThrough
from kstream_cli.errors import TopologyError
from kstream_cli.processor.extractors import fail_on_invalid_timestamp
from kstream_cli.processor.partitioners import StreamPartitioner
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import InternalTopic, ProcessorNode, SinkNode, SourceNode


def repartition_node(
    graph: Graph,
    parents: tuple[int, ...],
    prefix: str,
    *,
    key: Serde[Any] | None = None,
    value: Serde[Any] | None = None,
    partitions: int | None = None,
    partitioner: StreamPartitioner | None = None,
    mergeable: bool = True,
) -> Repartition:
    """The filter, sink and source of one repartition topic. Always burns the three indices that Java burns.

    The filter lets everything pass here; when the topology is built it is made to drop null keys, where allowed.
    """
    if partitions is not None and (not isinstance(partitions, int) or partitions < 1):
        raise TopologyError(f"repartition: partitions must be a whole number above 0, not {partitions!r}")
    topic = repartition_topic(prefix)
    sink, null_filter, source = repartition_nodes(graph.names, prefix)
    return Repartition(
        name=source,
        parents=parents,
        nodes=(
            ProcessorNode(null_filter, PassThrough(), parents=()),
            SinkNode(sink, (null_filter,), topic, key=key, value=value, partitioner=partitioner),
            SourceNode(source, (topic,), key=key, value=value, timestamp_extractor=fail_on_invalid_timestamp),
        ),
        internal_topics=(InternalTopic(topic, partitions),),
        topic=topic,
        key=key,
        value=value,
        mergeable=mergeable,
    )


def repartitioned_for_join(
    graph: Graph,
    stream: int,
    stream_name: str,
    *,
    name: str | None,
    key: Serde[Any] | None,
    value: Serde[Any] | None,
) -> tuple[int, str]:
    """(number, source name) of the repartition that a join needs; unnamed joins of one stream share theirs."""
    prefix = stream_name if name is None else name
    if name is None:
        graph.names.unnamed.add_repartition(prefix)
    node = repartition_node(graph, (stream,), prefix, key=key, value=value)
    shared = graph.join_repartitions.get(stream)
    if shared is None or prefix != stream_name:
        shared = graph.join_repartitions[stream] = graph.add(node)
    return shared, node.name
