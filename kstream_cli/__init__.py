"""kstream: Kafka Streams for Python, with a first-class command line.

Every public name is imported on first use, so that `import kstream_cli` is instant and a command that needs no
broker never loads the Kafka client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kstream_cli.config.config import Config
    from kstream_cli.processor.context import FixedKeyProcessorContext, ProcessorContext
    from kstream_cli.processor.error_context import ErrorHandlerContext, OutgoingRecord
    from kstream_cli.processor.exception_handlers import (
        DefaultProductionExceptionHandler,
        DeserializationExceptionHandler,
        LogAndContinueExceptionHandler,
        LogAndContinueProcessingExceptionHandler,
        LogAndFailExceptionHandler,
        LogAndFailProcessingExceptionHandler,
        ProcessingExceptionHandler,
        ProductionExceptionHandler,
        Response,
    )
    from kstream_cli.processor.extractors import (
        FailOnInvalidTimestamp,
        LogAndSkipOnInvalidTimestamp,
        RecordContext,
        UsePartitionTimeOnInvalidTimestamp,
        WallclockTimestampExtractor,
    )
    from kstream_cli.processor.operator import PunctuationType
    from kstream_cli.processor.processor import FixedKeyProcessor, Processor
    from kstream_cli.processor.wrapper import ProcessorWrapper
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
    from kstream_cli.testing.mock_context import MockFixedKeyProcessorContext, MockProcessorContext
    from kstream_cli.testing.test_topics import TestInputTopic, TestOutputTopic, TestRecord
    from kstream_cli.testing.topology_test_driver import TopologyTestDriver
    from kstream_cli.topology.topology import Topology

_HOMES = {
    "AvroSerde": "serde.schema_registry",
    "BooleanSerde": "serde.built_in",
    "BytesSerde": "serde.built_in",
    "Config": "config.config",
    "DefaultProductionExceptionHandler": "processor.exception_handlers",
    "DeserializationExceptionHandler": "processor.exception_handlers",
    "DoubleSerde": "serde.built_in",
    "ErrorHandlerContext": "processor.error_context",
    "FailOnInvalidTimestamp": "processor.extractors",
    "FixedKeyProcessor": "processor.processor",
    "FixedKeyProcessorContext": "processor.context",
    "FloatSerde": "serde.built_in",
    "IntegerSerde": "serde.built_in",
    "JsonSchemaSerde": "serde.schema_registry",
    "JsonSerde": "serde.json",
    "ListSerde": "serde.list",
    "LogAndContinueExceptionHandler": "processor.exception_handlers",
    "LogAndContinueProcessingExceptionHandler": "processor.exception_handlers",
    "LogAndFailExceptionHandler": "processor.exception_handlers",
    "LogAndFailProcessingExceptionHandler": "processor.exception_handlers",
    "LogAndSkipOnInvalidTimestamp": "processor.extractors",
    "LongSerde": "serde.built_in",
    "MockFixedKeyProcessorContext": "testing.mock_context",
    "MockProcessorContext": "testing.mock_context",
    "OutgoingRecord": "processor.error_context",
    "ProcessingExceptionHandler": "processor.exception_handlers",
    "Processor": "processor.processor",
    "ProcessorContext": "processor.context",
    "ProcessorWrapper": "processor.wrapper",
    "ProductionExceptionHandler": "processor.exception_handlers",
    "ProtobufSerde": "serde.schema_registry",
    "PunctuationType": "processor.operator",
    "Record": "record",
    "RecordContext": "processor.extractors",
    "RecordMetadata": "record",
    "Response": "processor.exception_handlers",
    "Serde": "serde.serde",
    "SessionWindowedSerde": "serde.windowed",
    "ShortSerde": "serde.built_in",
    "StringSerde": "serde.built_in",
    "TestInputTopic": "testing.test_topics",
    "TestOutputTopic": "testing.test_topics",
    "TestRecord": "testing.test_topics",
    "TimeWindowedSerde": "serde.windowed",
    "Topology": "topology.topology",
    "TopologyTestDriver": "testing.topology_test_driver",
    "UUIDSerde": "serde.built_in",
    "UsePartitionTimeOnInvalidTimestamp": "processor.extractors",
    "VoidSerde": "serde.built_in",
    "WallclockTimestampExtractor": "processor.extractors",
    "Window": "serde.windowed",
    "Windowed": "serde.windowed",
    "serde_for": "serde.types",
}

__all__ = [
    "AvroSerde",
    "BooleanSerde",
    "BytesSerde",
    "Config",
    "DefaultProductionExceptionHandler",
    "DeserializationExceptionHandler",
    "DoubleSerde",
    "ErrorHandlerContext",
    "FailOnInvalidTimestamp",
    "FixedKeyProcessor",
    "FixedKeyProcessorContext",
    "FloatSerde",
    "IntegerSerde",
    "JsonSchemaSerde",
    "JsonSerde",
    "ListSerde",
    "LogAndContinueExceptionHandler",
    "LogAndContinueProcessingExceptionHandler",
    "LogAndFailExceptionHandler",
    "LogAndFailProcessingExceptionHandler",
    "LogAndSkipOnInvalidTimestamp",
    "LongSerde",
    "MockFixedKeyProcessorContext",
    "MockProcessorContext",
    "OutgoingRecord",
    "ProcessingExceptionHandler",
    "Processor",
    "ProcessorContext",
    "ProcessorWrapper",
    "ProductionExceptionHandler",
    "ProtobufSerde",
    "PunctuationType",
    "Record",
    "RecordContext",
    "RecordMetadata",
    "Response",
    "Serde",
    "SessionWindowedSerde",
    "ShortSerde",
    "StringSerde",
    "TestInputTopic",
    "TestOutputTopic",
    "TestRecord",
    "TimeWindowedSerde",
    "Topology",
    "TopologyTestDriver",
    "UUIDSerde",
    "UsePartitionTimeOnInvalidTimestamp",
    "VoidSerde",
    "WallclockTimestampExtractor",
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
