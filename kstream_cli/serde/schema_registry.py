"""Avro, JSON Schema and Protobuf with a schema registry, through confluent-kafka's own serialisers.

This is the one file outside runtime/ that imports confluent_kafka; it does so when a task is built, so that a topology
with such serdes is described and checked without the Kafka client.
"""

from __future__ import annotations

import datetime
import uuid
from abc import abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, cached_property
from importlib import import_module
from typing import Any, TypeAlias, TypeVar

import msgspec

from kstream_cli.errors import ConfigError
from kstream_cli.serde.serde import Deserializer, Serde, Serializer

T = TypeVar("T")

Registry: TypeAlias = str | Mapping[str, Any] | Any
"""A registry's URL, the settings of a SchemaRegistryClient, or such a client. Serdes of one URL share a client."""

_AVRO_NATIVE = (bytes, datetime.datetime, datetime.date, datetime.time, datetime.timedelta, Decimal, uuid.UUID)


class _RegistrySerde(Serde[T]):
    """A serde whose schemas are in a registry."""

    def __init__(self, registry: Registry, settings: Mapping[str, Any] | None) -> None:
        self.registry = registry
        self.settings = dict(settings or {})

    @cached_property
    def client(self) -> Any:
        """The SchemaRegistryClient of `registry`."""
        if isinstance(self.registry, str):
            return _client_of(self.registry)
        if isinstance(self.registry, Mapping):
            return _new_client(dict(self.registry))
        return self.registry

    @abstractmethod
    def make_serializer(self) -> Callable[[T, Any], bytes | None]:
        """confluent-kafka's serialiser: called with a value and where it goes to."""

    @abstractmethod
    def make_deserializer(self) -> Callable[[bytes, Any], T | None]:
        """confluent-kafka's deserialiser: called with bytes and where they come from."""

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        write, place = self.make_serializer(), _place(topic, is_key)
        return lambda value: write(value, place)  # type: ignore[return-value]

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        read, place = self.make_deserializer(), _place(topic, is_key)
        return lambda data: read(data, place)  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.registry if isinstance(self.registry, str) else '…'!r})"


class AvroSerde(_RegistrySerde[Any]):
    """Avro with a schema registry, as Confluent's KafkaAvroSerializer writes it.

    `registry` is its URL, or settings of a SchemaRegistryClient. Values are dicts, or objects of `type` (a dataclass,
    Struct or TypedDict) if it is given. `schema` is needed to write. To read without one gives values as the schema of
    their writer has them. `settings` are those of confluent-kafka's AvroSerializer and AvroDeserializer, such as
    `auto.register.schemas`. Without the extra `schema-registry`, ConfigError is raised when a task is built.

    Example::

        builder.stream("orders", key=str, value=AvroSerde("http://registry:8081", schema, type=Order))
    """

    def __init__(
        self,
        registry: Registry,
        schema: str | None = None,
        *,
        type: Any = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(registry, settings)
        self.schema = schema
        self.type = type

    def make_serializer(self) -> Callable[[Any, Any], bytes | None]:
        return _confluent("avro").AvroSerializer(  # type: ignore[no-any-return]
            self.client, self.schema, _to_builtins if self.type else None, _to_write(self.settings)
        )

    def make_deserializer(self) -> Callable[[bytes, Any], Any]:
        return _confluent("avro").AvroDeserializer(  # type: ignore[no-any-return]
            self.client, self.schema, _from_builtins(self.type), conf=_to_read(self.settings)
        )


class JsonSchemaSerde(_RegistrySerde[Any]):
    """JSON that is checked against a schema in a registry, as Confluent's KafkaJsonSchemaSerializer writes it.

    Values are dicts, or objects of `type` if it is given. If there is a `type`, `schema` may be left out: it is made
    from the type.
    """

    def __init__(
        self,
        registry: Registry,
        schema: str | None = None,
        *,
        type: Any = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(registry, settings)
        if schema is None:
            if type is None:
                raise ConfigError("JsonSchemaSerde needs a schema, or a type= to make one from")
            schema = msgspec.json.encode(_titled(msgspec.json.schema(type))).decode()
        self.schema = schema
        self.type = type

    def make_serializer(self) -> Callable[[Any, Any], bytes | None]:
        return _confluent("json_schema").JSONSerializer(  # type: ignore[no-any-return]
            self.schema, self.client, _to_json_builtins if self.type else None, _to_write(self.settings)
        )

    def make_deserializer(self) -> Callable[[bytes, Any], Any]:
        return _confluent("json_schema").JSONDeserializer(  # type: ignore[no-any-return]
            self.schema, _from_builtins(self.type), self.client, _to_read(self.settings)
        )


class ProtobufSerde(_RegistrySerde[T]):
    """Protobuf with a schema registry, as Confluent's KafkaProtobufSerializer writes it.

    Values are messages of `message_type`, a class that protoc made.
    """

    def __init__(self, registry: Registry, message_type: type[T], *, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(registry, settings)
        self.message_type = message_type

    def make_serializer(self) -> Callable[[T, Any], bytes | None]:
        return _confluent("protobuf").ProtobufSerializer(  # type: ignore[no-any-return]
            self.message_type, self.client, _to_write(self.settings)
        )

    def make_deserializer(self) -> Callable[[bytes, Any], T | None]:
        return _confluent("protobuf").ProtobufDeserializer(  # type: ignore[no-any-return]
            self.message_type, _to_read(self.settings), self.client
        )


_ONLY_TO_READ = frozenset({"schema.id.deserializer"})
_ALSO_TO_READ = frozenset(
    {
        "subject.name.strategy",
        "subject.name.strategy.conf",
        "subject.name.strategy.type",
        "use.deprecated.format",
        "use.latest.version",
        "use.latest.with.metadata",
        "validate",
    }
)


def _to_write(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in _ONLY_TO_READ}


def _to_read(settings: Mapping[str, Any]) -> dict[str, Any]:
    # The library refuses, when reading, the settings that concern only writing.
    return {name: value for name, value in settings.items() if name in _ALSO_TO_READ | _ONLY_TO_READ}


def _to_builtins(value: Any, place: Any) -> Any:
    return msgspec.to_builtins(value, builtin_types=_AVRO_NATIVE)


def _to_json_builtins(value: Any, place: Any) -> Any:
    return msgspec.to_builtins(value)


def _from_builtins(type: Any) -> Callable[[Any, Any], Any] | None:
    return None if type is None else lambda data, place: msgspec.convert(data, type)


def _titled(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the object's own schema on top: the registry's clients want a title there."""
    reference = schema.pop("$ref", None)
    if reference is None:
        return {"title": "value", **schema}
    name = reference.rpartition("/")[2]
    return {**schema["$defs"][name], **schema}


def _place(topic: str, is_key: bool) -> Any:
    serialization = _confluent_module("serialization")
    field = serialization.MessageField
    return serialization.SerializationContext(topic, field.KEY if is_key else field.VALUE)


@cache
def _client_of(url: str) -> Any:
    return _new_client({"url": url})


def _new_client(settings: dict[str, Any]) -> Any:
    return _confluent_module("schema_registry").SchemaRegistryClient.new_client(settings)


def _confluent(format: str) -> Any:
    return _confluent_module(f"schema_registry.{format}")


def _confluent_module(name: str) -> Any:
    try:
        return import_module(f"confluent_kafka.{name}")
    except ImportError as error:
        raise ConfigError(
            f"schema registry serdes need packages that are not installed ({error.name or error}): "
            "pip install 'kstream-cli[schema-registry]'"
        ) from error
