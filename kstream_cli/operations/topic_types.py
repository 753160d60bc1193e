"""What the topics of an application hold: which serdes read and write them, and how changelog rows are laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec

from kstream_cli.broker.samples import Sample
from kstream_cli.clusters import name_of
from kstream_cli.config import Config
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import SerializationError, StreamsError
from kstream_cli.operations.changelog_rows import row_reader
from kstream_cli.operations.record_lines import plain
from kstream_cli.record import Headers
from kstream_cli.serde.built_in import BytesSerde, StringSerde
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.refusal import refusal
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology

Role: TypeAlias = Literal["source", "sink", "repartition", "changelog", "dead letter", "other"]
"""What a topic is to the application; a topic that is read and written is a source."""

Read: TypeAlias = Callable[[bytes | None, bytes | None, Headers], tuple[Any, Any]]
"""Key and value of a record, as objects. Raises whatever its serde raises."""


MOST_SHOWN = 200
"""Characters of a value in an error."""


@dataclass(frozen=True, slots=True)
class TopicType:
    """One topic's role, and the serdes of its keys and values; None where nothing says which."""

    topic: str
    role: Role
    key: Serde[Any] | None
    value: Serde[Any] | None
    store: str | None = None
    """The store whose changes the topic keeps."""
    read: Read | None = None
    """How to read a record, where serdes alone do not tell: the changelog of a window store, say."""

    def decoded(self, key: bytes | None, value: bytes | None, headers: Headers = ()) -> tuple[Any, Any]:
        """Key and value as objects. What cannot be read stays bytes."""
        if self.read is not None:
            try:
                return self.read(key, value, headers)
            except Exception:
                return key, value
        return _object(self.key, self.topic, key, is_key=True), _object(self.value, self.topic, value, is_key=False)

    def encoded(self, key: Any, value: Any, *, is_text: bool = False) -> tuple[bytes | None, bytes | None]:
        """Key and value as bytes. With `is_text` both are text that stands for what the topic's types take.

        Raises SerializationError that names the topic, the part and the type it must have.
        """
        if is_text:
            key, value = _of_text(self.key, key), _of_text(self.value, value)
        return (
            _bytes(self.key, self.topic, key, is_key=True),
            _bytes(self.value, self.topic, value, is_key=False),
        )


class TopicTypes:
    """Topic, named as on the broker -> its type.

    Args:
        topology: Says what its topics hold; None where only the cluster is known.
        config: Gives the application id and the default serdes.
        key: The serde of all keys, instead of what the topology says.
        value: The serde of all values, instead of what the topology says.

    Example:
        >>> types = TopicTypes(builder.build(), config)
        >>> types.of("word-counts").decoded(b"kafka", bytes(8))
        ('kafka', 0)
    """

    def __init__(
        self,
        topology: Topology | None,
        config: Config,
        *,
        key: Serde[Any] | None = None,
        value: Serde[Any] | None = None,
    ) -> None:
        self._topology = topology
        self._config = config
        self._key, self._value = key, value
        nodes = [] if topology is None else list(topology.nodes.values())
        filled = [] if topology is None else [store.source for store in topology.global_stores.values()]
        self._sources = [node for node in (*nodes, *filled) if isinstance(node, SourceNode)]
        self._sinks = [node for node in nodes if isinstance(node, SinkNode)]

    @property
    def inputs(self) -> list[str]:
        """The topics that the topology reads and others write; those of global tables among them."""
        own = {} if self._topology is None else self._topology.internal_topics
        return list(dict.fromkeys(topic for node in self._sources for topic in node.topics if topic not in own))

    @property
    def outputs(self) -> list[str]:
        """The topics that the topology writes for others; those that its records choose are not known."""
        own = {} if self._topology is None else self._topology.internal_topics
        return list(dict.fromkeys(node.topic for node in self._sinks if node.topic and node.topic not in own))

    @property
    def repartition(self) -> list[str]:
        """The repartition topics."""
        return [] if self._topology is None else [self._named(topic) for topic in self._topology.internal_topics]

    @property
    def changelogs(self) -> dict[str, str]:
        """Store -> its changelog topic, for stores that have one of the application's own."""
        if self._topology is None:
            return {}
        return {
            name: self.changelog(name)
            for name, store in self._topology.stores.items()
            if store.logging and name not in self._topology.source_changelogs
        }

    def changelog(self, store: str) -> str:
        """The topic that keeps the changes of a store: its own, or the source topic that serves as one."""
        source = None if self._topology is None else self._topology.source_changelogs.get(store)
        return source or f"{self._config.application_id}-{store}-changelog"

    def encoded_input(self, sample: Sample) -> tuple[bytes | None, bytes | None]:
        """Key and value of a record that is fed in, as bytes.

        Raises StreamsError, with the file and line of the record, where no source reads its topic or it does not fit.
        """
        try:
            topic = self.known(sample.topic)
            if self._source(topic) is None:
                raise StreamsError(f"no source reads topic {sample.topic!r}: {self._hint(sample.topic)}")
            return self.of(topic).encoded(sample.key, sample.value)
        except StreamsError as error:
            if not sample.where:
                raise
            raise type(error)(f"{sample.where}: {error}") from error

    def known(self, topic: str) -> str:
        """A topic with its cluster in front, where its name alone tells it. Raises TopologyError where it does not."""
        return topic if self._topology is None else self._topology.known_topic(topic)

    def of(self, topic: str) -> TopicType:
        """The type of a topic; where nothing is known of it, the serdes that were given or are the default."""
        config = self._config
        store = next((name for name, changelog in self.changelogs.items() if changelog == topic), None)
        if store is not None:
            return self._changelog(topic, store)
        if topic == config.errors_dead_letter_queue_topic_name:
            raw = BytesSerde()
            return TopicType(topic, "dead letter", self._key or raw, self._value or raw)
        node: SourceNode | SinkNode | None = self._source(topic)
        role: Role = "source"
        if node is None:
            node, role = self._sink(topic), "sink"
        if topic in self.repartition:
            role = "repartition"
        if node is None:
            return TopicType(
                topic, "other", self._key or config.default_key_serde, self._value or config.default_value_serde
            )
        return TopicType(
            topic, role, self._key or self._filled(node.key, True), self._value or self._filled(node.value, False)
        )

    def _changelog(self, topic: str, store: str) -> TopicType:
        assert self._topology is not None
        builder = self._topology.stores[store]
        key, value = self._key or self._filled(builder.key, True), self._value or self._filled(builder.value, False)
        return TopicType(topic, "changelog", key, value, store, row_reader(builder, topic, key, value))

    def _source(self, topic: str) -> SourceNode | None:
        for node in self._sources:
            if any(self._named(read) == topic for read in node.topics):
                return node
        return next((node for node in self._sources if node.reads(topic)), None)

    def _sink(self, topic: str) -> SinkNode | None:
        """The sink that writes the topic; for one that no sink names, the only sink that chooses its topics."""
        named = next((node for node in self._sinks if node.topic and self._named(node.topic) == topic), None)
        choosing = [node for node in self._sinks if node.extractor is not None]
        return named or (choosing[0] if len(choosing) == 1 else None)

    def _hint(self, topic: str) -> str:
        near = nearest(topic, self.inputs)
        return f"did you mean {near}?" if near else f"the sources read {', '.join(self.inputs)}"

    def _named(self, topic: str) -> str:
        return topic if self._topology is None else self._topology.topic_name(topic, self._config.application_id)

    def _filled(self, serde: Serde[Any] | None, is_key: bool) -> Serde[Any] | None:
        key, value = self._config.default_key_serde, self._config.default_value_serde
        return (key if is_key else value) if serde is None else serde.with_defaults(key, value)


def _of_text(serde: Serde[Any] | None, text: Any) -> Any:
    return text if isinstance(serde, StringSerde) or not isinstance(text, str) else plain(text)


def _object(serde: Serde[Any] | None, topic: str, data: bytes | None, *, is_key: bool) -> Any:
    if data is None or serde is None:
        return data
    try:
        return serde.deserializer(name_of(topic), is_key=is_key)(data)
    except Exception:
        return data


def _bytes(serde: Serde[Any] | None, topic: str, given: Any, *, is_key: bool) -> bytes | None:
    if given is None or (serde is None and isinstance(given, bytes)):
        return given
    part = "key" if is_key else "value"
    if serde is None:
        raise SerializationError(
            f"topic {topic}: no serde for the {part}: give {part}= where the topic is read, or --{part}-serde"
        )
    try:
        return _written(serde, topic, given, is_key=is_key)
    except Exception as error:
        raise SerializationError(
            f"topic {topic}: the {part} {_shortened(given)} does not fit {serde!r}: {refusal(error, given)}"
        ) from error


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _written(serde: Serde[Any], topic: str, given: Any, *, is_key: bool) -> bytes:
    name = name_of(topic)
    write = serde.serializer(name, is_key=is_key)
    try:
        return write(given)
    except SerializationError:
        if not isinstance(serde, JsonSerde):
            raise
        # JSON from outside: read as the type that it must have, it gets the fields left out, and times become times.
        return write(serde.deserializer(name, is_key=is_key)(msgspec.json.encode(given)))
