"""What a topology under test reads: topics by name, and patterns, each of which is one input for all it matches."""

from __future__ import annotations

from kstream_cli.testing.partitions import pattern_input
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology


class Inputs:
    """The inputs of the tasks, named as on the broker; those of global stores are not among them."""

    def __init__(self, topology: Topology, application_id: str) -> None:
        sources = [node for node in topology.nodes.values() if isinstance(node, SourceNode)]
        self._topics = [topology.topic_name(topic, application_id) for node in sources for topic in node.topics]
        self._patterns = [node for node in sources if node.pattern is not None]

    @property
    def names(self) -> list[str]:
        return [*self._topics, *map(pattern_input, self._patterns)]

    def of(self, topic: str) -> str | None:
        """The input that a topic's records belong to: the topic itself, or a pattern."""
        if topic in self._topics:
            return topic
        return next((pattern_input(source) for source in self._patterns if source.reads(topic)), None)
