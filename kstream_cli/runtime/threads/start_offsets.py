"""Where an input partition starts when the group has no offset for it: as the source or the configuration says."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END

from kstream_cli.config import Config
from kstream_cli.errors import ConfigError, LostOffsetsError
from kstream_cli.task.sources import source_of
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology

POLICIES: Mapping[str, int] = {"earliest": OFFSET_BEGINNING, "latest": OFFSET_END}


class StartOffsets:
    """Looked up once per topic."""

    def __init__(self, topology: Topology, config: Config) -> None:
        self._config = config
        self._topology = topology
        self._sources = {node.name: node for node in topology.nodes.values() if isinstance(node, SourceNode)}
        self._by_topic: dict[str, int] = {}

    def of(self, topic: str, partition: int) -> int:
        """The offset, real or librdkafka's word for an end. Raises LostOffsetsError where the policy is none."""
        offset = self._by_topic.get(topic)
        if offset is None:
            offset = self._by_topic[topic] = self._offset(topic, partition)
        return offset

    def _offset(self, topic: str, partition: int) -> int:
        internal = {
            self._topology.topic_name(name, self._config.application_id) for name in self._topology.internal_topics
        }
        source = source_of(topic, self._sources, self._topology, self._config.application_id)
        policy = "earliest" if topic in internal else source.offset_reset or self._config.auto_offset_reset
        if policy in ("none", "error"):
            raise LostOffsetsError(
                f"group {self._config.application_id!r} has no offset for {topic}-{partition}, and "
                "auto.offset.reset is none: set it to earliest or latest"
            )
        if policy not in POLICIES:
            raise ConfigError(f"auto.offset.reset must be earliest, latest or none, not {policy!r}")
        return POLICIES[policy]
