"""kstream: Kafka Streams for Python, with a first-class command line.

Every public name is imported on first use, so that `import kstream_cli` is instant and a command that needs no
broker never loads the Kafka client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kstream_cli.record import Record, RecordMetadata
    from kstream_cli.serde.built_in import (
        BooleanSerde,
        BytesSerde,
        DoubleSerde,
        FloatSerde,
        IntegerSerde,
        LongSerde,
        ShortSerde,
        StringSerde,
        UUIDSerde,
        VoidSerde,
    )
    from kstream_cli.serde.json import JsonSerde
    from kstream_cli.serde.list import ListSerde
    from kstream_cli.serde.schema_registry import AvroSerde, JsonSchemaSerde, ProtobufSerde
    from kstream_cli.serde.serde import Serde
    from kstream_cli.serde.types import serde_for
    from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde, Window, Windowed
    from kstream_cli.topology.topology import Topology

_HOMES = {
    "AvroSerde": "serde.schema_registry",
    "BooleanSerde": "serde.built_in",
    "BytesSerde": "serde.built_in",
    "DoubleSerde": "serde.built_in",
    "FloatSerde": "serde.built_in",
    "IntegerSerde": "serde.built_in",
    "JsonSchemaSerde": "serde.schema_registry",
    "JsonSerde": "serde.json",
    "ListSerde": "serde.list",
    "LongSerde": "serde.built_in",
    "ProtobufSerde": "serde.schema_registry",
    "Record": "record",
    "RecordMetadata": "record",
    "Serde": "serde.serde",
    "SessionWindowedSerde": "serde.windowed",
    "ShortSerde": "serde.built_in",
    "StringSerde": "serde.built_in",
    "TimeWindowedSerde": "serde.windowed",
    "Topology": "topology.topology",
    "UUIDSerde": "serde.built_in",
    "VoidSerde": "serde.built_in",
    "Window": "serde.windowed",
    "Windowed": "serde.windowed",
    "serde_for": "serde.types",
}

__all__ = [
    "AvroSerde",
    "BooleanSerde",
    "BytesSerde",
    "DoubleSerde",
    "FloatSerde",
    "IntegerSerde",
    "JsonSchemaSerde",
    "JsonSerde",
    "ListSerde",
    "LongSerde",
    "ProtobufSerde",
    "Record",
    "RecordMetadata",
    "Serde",
    "SessionWindowedSerde",
    "ShortSerde",
    "StringSerde",
    "TimeWindowedSerde",
    "Topology",
    "UUIDSerde",
    "VoidSerde",
    "Window",
    "Windowed",
    "serde_for",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
