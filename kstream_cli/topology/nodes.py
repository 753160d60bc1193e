"""The nodes of a topology, as frozen data: sources read topics, processors transform, sinks write topics."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.clusters import cluster_of, name_of
from kstream_cli.processor.extractors import TimestampExtractor, TopicNameExtractor
from kstream_cli.processor.operator import Operator
from kstream_cli.processor.partitioners import StreamPartitioner
from kstream_cli.serde.serde import Serde
from kstream_cli.state.store import StoreBuilder


@dataclass(frozen=True, slots=True)
class SourceNode:
    """Reads topics. A serde of None means the configured default. Internal topics are named without application id.

    `cluster` None is the home cluster; the names of topics of another have it in front, see kstream_cli.clusters.
    """

    name: str
    topics: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    key: Serde[Any] | None = None
    value: Serde[Any] | None = None
    timestamp_extractor: TimestampExtractor | None = None
    offset_reset: str | None = None
    cluster: str | None = None

    def reads(self, topic: str) -> bool:
        """Whether the pattern of this source matches a topic of its cluster."""
        return (
            self.pattern is not None
            and cluster_of(topic) == self.cluster
            and self.pattern.fullmatch(name_of(topic)) is not None
        )


@dataclass(frozen=True, slots=True)
class ProcessorNode:
    """Transforms records; `stores` are the names of the state stores it may use."""

    name: str
    operator: Operator
    parents: tuple[str, ...]
    stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SinkNode:
    """Writes to `topic`, or to the topic of `cluster` that `extractor` names for each record."""

    name: str
    parents: tuple[str, ...]
    topic: str | None = None
    extractor: TopicNameExtractor | None = None
    key: Serde[Any] | None = None
    value: Serde[Any] | None = None
    partitioner: StreamPartitioner | None = None
    cluster: str | None = None


Node: TypeAlias = SourceNode | ProcessorNode | SinkNode


@dataclass(frozen=True, slots=True)
class GlobalStore:
    """A store that every instance fills from all partitions of one topic, through its own processor."""

    store: StoreBuilder[Any, Any]
    source: SourceNode
    processor: ProcessorNode
    reprocess_on_restore: bool = False


@dataclass(frozen=True, slots=True)
class InternalTopic:
    """A repartition (or foreign-key) topic; `name` is without the application id. None partitions: derived."""

    name: str
    partitions: int | None = None


StoreFactory: TypeAlias = Callable[[], StoreBuilder[Any, Any]]
