"""A topology as the streams protocol has it: what a joining member shows its group, and what the broker may keep.

Both are, to the byte, what Kafka Streams 4.4 sends of the same topology: a group takes members of one topology only, so
instances in Java and Python can share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import ConfigError
from kstream_cli.topology.description import NodeDescription, ProcessorDescription, SinkDescription, SourceDescription
from kstream_cli.topology.internal_topics import TopicSpec, changelog_topics, repartition_topics
from kstream_cli.topology.java_order import hash_order
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology

EPOCH = 0
"""Of every topology: brokers of Kafka 4.4 do not take another one for a group that has members."""
SOURCE, PROCESSOR, SINK = 1, 2, 3

Fields = dict[str, Any]


def require_sendable(topology: Topology) -> None:
    """Raise ConfigError for a topology that the streams protocol has no words for."""
    for node in topology.nodes.values():
        if isinstance(node, SourceNode) and node.cluster is not None:
            raise ConfigError(
                f"source {node.name} reads topics of cluster {node.cluster}, which group.protocol=streams cannot do: "
                "use group.protocol=classic"
            )
        if isinstance(node, SourceNode) and node.pattern is not None:
            raise ConfigError(
                f"source {node.name} reads a pattern of topics, which group.protocol=streams cannot do (nor in Java): "
                "name the topics, or use group.protocol=classic"
            )


def wire_topology(topology: Topology, config: Config) -> Fields:
    """The topology of a joining member."""
    return {"epoch": EPOCH, "subtopologies": _Wire(topology, config).subtopologies()}


def wire_description(topology: Topology, application_id: str) -> Fields:
    """The description that a broker may ask for (KIP-1331). Topics are named as on the broker."""
    description = topology.describe()

    def named(topic: str) -> str:
        return topology.topic_name(topic, application_id)

    return {
        "subtopologies": [
            {
                "subtopology_id": str(part.id),
                "nodes": [_node(node, named) for node in sorted(part.nodes, key=lambda node: node.name)],
            }
            for part in sorted(description.subtopologies, key=lambda part: part.id)
        ],
        "global_stores": [
            {"source": _node(block.source, named), "processor": _node(block.processor, named)}
            for block in sorted(description.global_stores, key=lambda block: block.id)
        ],
    }


class _Wire:
    def __init__(self, topology: Topology, config: Config) -> None:
        self._topology = topology
        self._config = config
        self._repartition = {spec.name: spec for spec in self._repartition_topics()}

    def subtopologies(self) -> list[Fields]:
        parts = self._topology.subtopologies()
        changelogs = self._changelogs(parts)
        found = []
        for number in sorted(parts, key=str):
            sources = list(map(self._name, parts[number].source_topics))
            plain = sorted(topic for topic in sources if topic not in self._repartition)
            made = sorted(topic for topic in sources if topic in self._repartition)
            found.append(
                {
                    "subtopology_id": str(number),
                    "source_topics": plain,
                    "source_topic_regex": [],
                    "state_changelog_topics": [self._topic(spec) for spec in changelogs[number]],
                    "repartition_sink_topics": sorted(
                        topic for topic in map(self._name, parts[number].sink_topics) if topic in self._repartition
                    ),
                    "repartition_source_topics": [self._topic(self._repartition[topic]) for topic in made],
                    "copartition_groups": self._copartition_groups(plain, made),
                }
            )
        return found

    def _name(self, topic: str) -> str:
        return self._topology.topic_name(topic, self._config.application_id)

    def _repartition_topics(self) -> Iterable[TopicSpec]:
        """With the partition counts that the topology asks for; 0 leaves them to the broker."""
        counts = {name: topic.partitions or 0 for name, topic in self._topology.internal_topics.items()}
        return repartition_topics(self._topology, self._config, counts)

    def _changelogs(self, parts: Iterable[int]) -> dict[int, list[TopicSpec]]:
        """By subtopology, in the order of their names. The broker counts their partitions."""
        specs = {spec.name: spec for spec in changelog_topics(self._topology, self._config, dict.fromkeys(parts, 0))}
        prefix = self._config.application_id
        return {
            number: [
                specs[name] for name in sorted(f"{prefix}-{store}-changelog" for store in part.stores) if name in specs
            ]
            for number, part in self._topology.subtopologies().items()
        }

    def _topic(self, spec: TopicSpec) -> Fields:
        return {
            "name": spec.name,
            "partitions": spec.partitions,
            "replication_factor": self._config.replication_factor,
            "topic_configs": [{"key": key, "value": value} for key, value in sorted(spec.settings.items())],
        }

    def _copartition_groups(self, plain: list[str], made: list[str]) -> list[Fields]:
        """Groups of topics that are all read here, by their place in the lists."""
        groups: list[set[str]] = []
        for group in self._topology.copartition_groups:
            joined = {self._name(topic) for topic in group}
            for other in [each for each in groups if each & joined]:
                groups.remove(other)
                joined |= other
            groups.append(joined)
        here = {*plain, *made}
        return [
            {
                "source_topics": [plain.index(topic) for topic in hash_order(sorted(group)) if topic in plain],
                "source_topic_regex": [],
                "repartition_source_topics": [
                    made.index(topic) for topic in hash_order(sorted(group)) if topic in made
                ],
            }
            for group in groups
            if group <= here
        ]


def _node(node: NodeDescription, named: Callable[[str], str]) -> Fields:
    found: Fields = {
        "name": node.name,
        "node_type": PROCESSOR,
        "source_topics": [],
        "sink_topic": None,
        "stores": [],
        "successors": [],
    }
    match node:
        case SourceDescription():
            found |= {"node_type": SOURCE, "source_topics": sorted(map(named, node.topics))}
            found["successors"] = sorted(node.successors)
        case ProcessorDescription():
            found |= {"stores": sorted(node.stores), "successors": sorted(node.successors)}
        case SinkDescription():
            found |= {"node_type": SINK, "sink_topic": None if node.topic is None else named(node.topic)}
    return found


__all__ = ["require_sendable", "wire_description", "wire_topology"]
