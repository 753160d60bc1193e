"""How a topology under test is divided into tasks: all of it in one, or as the runtime divides it, by partitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kstream_cli.clusters import in_cluster
from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.processor.partitioners import partition_for_key
from kstream_cli.task.partition import Partition
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.internal_topics import repartition_partitions
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Topology

PartitionCounts: TypeAlias = int | Mapping[str, int]
"""How many partitions each topic has that is not the application's own; by topic, one where nothing is said."""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task, and what it reads: (input, partition), where a pattern is one input."""

    id: TaskId
    subtopology: Subtopology
    inputs: tuple[Partition, ...]


class TopicPartitions(dict[str, int]):
    """Topic, named as on the broker -> how many partitions it has."""

    def __init__(self, topology: Topology, config: Config, asked: PartitionCounts) -> None:
        super().__init__()
        self.is_divided = asked != 1
        self._asked = asked
        self._topology = topology
        self._application_id = config.application_id
        self._without_key = 0
        self._check()

    def __missing__(self, topic: str) -> int:
        return self.setdefault(topic, self._external(topic))

    def place(self, topic: str, key: bytes | None) -> int:
        """The partition where the producer puts a record: by its key's hash, those without keys in turn."""
        if key is not None:
            return partition_for_key(key, self[topic])
        self._without_key += 1
        return (self._without_key - 1) % self[topic]

    def tasks(self) -> list[PlannedTask]:
        """The tasks. Raises CoPartitioningError where topics that are joined have different numbers of partitions."""
        if not self.is_divided:
            return self._one_task()
        topology, name = self._topology, self._topology.topic_name
        parts = topology.subtopologies()
        sources = {number: _inputs(part) for number, part in parts.items()}
        external = {topic: self[topic] for some in sources.values() for topic in some if self._is_external(topic)}
        for topic, count in repartition_partitions(topology, sources, external).items():
            self[name(topic, self._application_id)] = count
        planned = []
        for number, part in parts.items():
            inputs = [name(topic, self._application_id) for topic in sources[number]]
            count = max((self[topic] for topic in inputs), default=0)
            for store in part.stores:
                self[f"{self._application_id}-{store}-changelog"] = count
            for partition in range(count):
                read = tuple((topic, partition) for topic in inputs if self[topic] > partition)
                planned.append(PlannedTask(TaskId(number, partition), part, read))
        return planned

    def _one_task(self) -> list[PlannedTask]:
        nodes = tuple(self._topology.nodes.values())
        if not nodes:
            return []
        whole = Subtopology(0, nodes, stores=(), source_topics=(), sink_topics=())
        inputs = [self._topology.topic_name(topic, self._application_id) for topic in _inputs(whole)]
        return [PlannedTask(TaskId(0, 0), whole, tuple((topic, 0) for topic in inputs))]

    def _external(self, topic: str) -> int:
        if isinstance(self._asked, int):
            return self._asked
        patterns = [node for node in self._sources() if node.pattern is not None]
        matched = [count for name, count in self._asked.items() if any(each.reads(name) for each in patterns)]
        is_pattern = any(topic == pattern_input(each) for each in patterns)
        return max(matched, default=1) if is_pattern else self._asked.get(topic, 1)

    def _is_external(self, topic: str) -> bool:
        return topic not in self._topology.internal_topics

    def _sources(self) -> list[SourceNode]:
        return [node for node in self._topology.nodes.values() if isinstance(node, SourceNode)]

    def _check(self) -> None:
        counts = {"partitions": self._asked} if isinstance(self._asked, int) else self._asked
        for topic, count in counts.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise TopologyError(f"{topic}: a topic has one partition or more, not {count!r}")
        if isinstance(self._asked, int):
            return
        sinks = [node for node in self._topology.nodes.values() if isinstance(node, SinkNode)]
        known = {topic for node in self._sources() for topic in node.topics} | {node.topic for node in sinks}
        known |= {topic for each in self._topology.global_stores.values() for topic in each.source.topics}
        is_open = any(node.extractor is not None for node in sinks) or any(node.pattern for node in self._sources())
        unknown = sorted(self._asked.keys() - known)
        if unknown and not is_open:
            topics = ", ".join(sorted(topic for topic in known if topic is not None))
            raise TopologyError(f"the topology has no topic {unknown[0]!r} to give partitions; its topics: {topics}")


def _inputs(part: Subtopology) -> list[str]:
    """What a subtopology reads, internal topics without application id; a pattern stands for all that it matches."""
    sources = [node for node in part.nodes if isinstance(node, SourceNode)]
    topics = [topic for node in sources for topic in node.topics]
    return [*dict.fromkeys(topics), *(pattern_input(node) for node in sources if node.pattern is not None)]


def pattern_input(source: SourceNode) -> str:
    """What stands for all topics that the pattern of a source matches."""
    assert source.pattern is not None
    return in_cluster(source.pattern.pattern, source.cluster)
