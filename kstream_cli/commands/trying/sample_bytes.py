"""Samples as the bytes a topic holds, and a topic's bytes as keys and values again, by the topology's own serdes."""

from __future__ import annotations

from typing import Any

from kstream_cli.broker.samples import Sample
from kstream_cli.commands.output.failure import nearest
from kstream_cli.config import Config
from kstream_cli.errors import SerializationError, StreamsError
from kstream_cli.serde.refusal import refusal
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology

MOST_SHOWN = 200
"""Characters of a value in an error."""


class TopicSerdes:
    """Topic -> the serdes of the source or sink that reads or writes it."""

    def __init__(self, topology: Topology, config: Config) -> None:
        self._config = config
        filled = [store.source for store in topology.global_stores.values()]
        nodes = [*topology.nodes.values(), *filled]
        self._sources = [node for node in nodes if isinstance(node, SourceNode)]
        self._sinks = [node for node in nodes if isinstance(node, SinkNode)]

    @property
    def source_topics(self) -> list[str]:
        return [topic for node in self._sources for topic in node.topics]

    def encoded(self, sample: Sample) -> tuple[bytes | None, bytes | None]:
        """Key and value as bytes. Raises StreamsError for a topic that no source reads, or what does not fit it."""
        try:
            node = self._source(sample.topic)
            return (
                _bytes(sample.key, node.key or self._config.default_key_serde, sample.topic, is_key=True),
                _bytes(sample.value, node.value or self._config.default_value_serde, sample.topic, is_key=False),
            )
        except StreamsError as error:
            if not sample.where:
                raise
            raise type(error)(f"{sample.where}: {error}") from error

    def decoded(self, topic: str, key: bytes | None, value: bytes | None) -> tuple[Any, Any]:
        """A sink topic's bytes as key and value; left as bytes where no sink says how to read them."""
        node = next((sink for sink in self._sinks if sink.topic == topic), None)
        node = node or next((sink for sink in self._sinks if sink.extractor is not None), None)
        if node is None:
            return key, value
        return (
            _object(key, node.key or self._config.default_key_serde, topic, is_key=True),
            _object(value, node.value or self._config.default_value_serde, topic, is_key=False),
        )

    def _source(self, topic: str) -> SourceNode:
        for node in self._sources:
            if topic in node.topics or (node.pattern is not None and node.pattern.fullmatch(topic)):
                return node
        near = nearest(topic, self.source_topics)
        hint = f"did you mean {near}?" if near else f"the sources read {', '.join(self.source_topics)}"
        raise StreamsError(f"no source reads topic {topic!r}: {hint}")


def _bytes(value: Any, serde: Serde[Any] | None, topic: str, *, is_key: bool) -> bytes | None:
    if value is None:
        return None
    part = "key" if is_key else "value"
    if serde is None:
        raise SerializationError(f"topic {topic}: no serde for the {part}; give {part}= where the topic is read")
    try:
        return serde.serializer(topic, is_key=is_key)(value)
    except Exception as error:
        raise SerializationError(
            f"topic {topic}: the {part} {_shortened(value)} does not fit {serde!r}: {refusal(error, value)}"
        ) from error


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _object(data: bytes | None, serde: Serde[Any] | None, topic: str, *, is_key: bool) -> Any:
    if data is None or serde is None:
        return data
    try:
        return serde.deserializer(topic, is_key=is_key)(data)
    except Exception:
        return data
