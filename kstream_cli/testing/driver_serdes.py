"""With which serdes the test driver writes and reads topics: those of the sources and sinks that use them."""

from __future__ import annotations

from typing import Any, TypeAlias

from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.serde.built_in import BytesSerde
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import serde_for
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology

SerdeArgument: TypeAlias = Any
"""A Serde, a Python type that stands for one, or None."""


class DriverSerdes:
    """Finds the serdes of a topic: those given, else its source's or sink's, else the configured defaults."""

    def __init__(self, topology: Topology, config: Config) -> None:
        self._topology = topology
        self._config = config

    def for_input(self, topic: str, key: SerdeArgument, value: SerdeArgument) -> tuple[Serde[Any], Serde[Any]]:
        return self._choose(topic, self._source(topic), key, value, "input")

    def for_output(self, topic: str, key: SerdeArgument, value: SerdeArgument) -> tuple[Serde[Any], Serde[Any]]:
        """Dead letters are bytes unless something else is given: they come from any source, and may be unreadable."""
        node = self._sink(topic) or self._source(topic)
        if node is None and topic == self._config.errors_dead_letter_queue_topic_name:
            key, value = (BytesSerde() if given is None else given for given in (key, value))
        return self._choose(topic, node, key, value, "output")

    def _choose(
        self,
        topic: str,
        node: SourceNode | SinkNode | None,
        key: SerdeArgument,
        value: SerdeArgument,
        method: str,
    ) -> tuple[Serde[Any], Serde[Any]]:
        default_key, default_value = self._config.default_key_serde, self._config.default_value_serde

        def chosen(given: SerdeArgument, of_node: Serde[Any] | None, default: Serde[Any] | None, origin: str) -> Any:
            serde = serde_for(given) if given is not None else of_node
            serde = default if serde is None else serde.with_defaults(default_key, default_value)
            if serde is None:
                raise TopologyError(
                    f"the {origin} serde of topic {topic!r} is not known: give it with {method}({topic!r}, {origin}=…)"
                )
            return serde

        return (
            chosen(key, None if node is None else node.key, default_key, "key"),
            chosen(value, None if node is None else node.value, default_value, "value"),
        )

    def _source(self, topic: str) -> SourceNode | None:
        nodes = [node for node in self._topology.nodes.values() if isinstance(node, SourceNode)]
        nodes += [given.source for given in self._topology.global_stores.values()]
        for node in nodes:
            if any(self._name(read) == topic for read in node.topics):
                return node
        return next((node for node in nodes if node.reads(topic)), None)

    def _sink(self, topic: str) -> SinkNode | None:
        """The sink that writes the topic; for one that no sink names, a sink that chooses its topics."""
        sinks = [node for node in self._topology.nodes.values() if isinstance(node, SinkNode)]
        for node in sinks:
            if node.topic is not None and self._name(node.topic) == topic:
                return node
        return next((node for node in sinks if node.extractor is not None), None)

    def _name(self, topic: str) -> str:
        return self._topology.topic_name(topic, self._config.application_id)
