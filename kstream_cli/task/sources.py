"""The input side of a task: a record queue for each input partition, bound to the source that reads its topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from kstream_cli.clusters import in_cluster, name_of
from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.processor.code import Written
from kstream_cli.processor.extractors import TimestampExtractor, fail_on_invalid_timestamp
from kstream_cli.serde.serde import Deserializer, Serde, reader_of
from kstream_cli.task.error_handling import ErrorHandling
from kstream_cli.task.partition import Partition
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import Node, SourceNode
from kstream_cli.topology.topology import Topology


def record_queues(
    inputs: Iterable[Partition],
    nodes: Iterable[Node],
    written: Mapping[str, Written],
    *,
    topology: Topology,
    task: TaskContext,
    errors: ErrorHandling,
) -> list[RecordQueue]:
    """The queue of each input partition; topics are named as on the broker."""
    config = task.config
    sources = {node.name: node for node in nodes if isinstance(node, SourceNode)}

    def negative(record: object) -> None:
        task.dropped("its timestamp is negative")

    queues = []
    for topic, partition in inputs:
        source = source_of(topic, sources, topology, config.application_id)
        queues.append(
            RecordQueue(
                topic,
                partition,
                source=source.name,
                written=written[source.name],
                read_key=reader(source, "key", topic, config),
                read_value=reader(source, "value", topic, config),
                extractor=extractor_of(source, config),
                on_decode_failed=partial(errors.decoding_failed, serdes=_serdes_text(source, config)),
                on_negative_timestamp=negative,
            )
        )
    return queues


def source_of(topic: str, sources: Mapping[str, SourceNode], topology: Topology, application_id: str) -> SourceNode:
    """The one of the named source nodes that reads a topic, by its name or by its pattern."""
    by_name = sources.get(topology.read_by.get(topology.own_name(topic, application_id), ""))
    if by_name is not None:
        return by_name
    by_pattern: SourceNode | None = None
    for source in sources.values():
        stands_for_all = source.pattern is not None and in_cluster(source.pattern.pattern, source.cluster) == topic
        if stands_for_all or source.reads(topic):
            by_pattern = by_pattern or source
    if by_pattern is None:
        raise TopologyError(f"no source of this subtopology reads topic {topic!r}")
    return by_pattern


def reader(source: SourceNode, origin: str, topic: str, config: Config) -> Deserializer[Any]:
    """The deserializer of a source's keys or values."""
    serde = _serde(source, origin, config)
    if serde is None:
        raise TopologyError(
            f"source {source.name!r} has no serde for its {origin}s: give one with {origin}=, "
            f"or set default.{origin}.serde"
        )
    return reader_of(serde, name_of(topic), is_key=origin == "key")


def _serde(source: SourceNode, origin: str, config: Config) -> Serde[Any] | None:
    key, value = config.default_key_serde, config.default_value_serde
    serde = source.key if origin == "key" else source.value
    return (key if origin == "key" else value) if serde is None else serde.with_defaults(key, value)


def _serdes_text(source: SourceNode, config: Config) -> str:
    """What a message says of the serdes that could not read a record."""
    return " and ".join(f"{_serde(source, origin, config)!r} for its {origin}" for origin in ("key", "value"))


def extractor_of(source: SourceNode, config: Config) -> TimestampExtractor:
    """The source's timestamp extractor, the configured one, or the record's own timestamp."""
    extractor = source.timestamp_extractor or config.default_timestamp_extractor or fail_on_invalid_timestamp
    made: TimestampExtractor = extractor() if isinstance(extractor, type) else extractor
    return made
