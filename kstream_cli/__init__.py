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
    from kstream_cli.dsl.branched import BranchedKStream
    from kstream_cli.dsl.builder import StreamsBuilder
    from kstream_cli.dsl.cogrouped import CogroupedKStream
    from kstream_cli.dsl.global_ktable import GlobalKTable
    from kstream_cli.dsl.grouped import KGroupedStream
    from kstream_cli.dsl.grouped_table import KGroupedTable
    from kstream_cli.dsl.kstream import KStream
    from kstream_cli.dsl.ktable import KTable
    from kstream_cli.dsl.options import Materialized
    from kstream_cli.dsl.store_suppliers import DslStoreSuppliers, InMemoryDslStoreSuppliers, RocksDBDslStoreSuppliers
    from kstream_cli.dsl.suppressed import BufferConfig, Suppressed
    from kstream_cli.dsl.windowed import SessionWindowedKStream, SlidingWindowedKStream, TimeWindowedKStream
    from kstream_cli.dsl.windows import (
        EmitStrategy,
        JoinWindows,
        SessionWindows,
        SlidingWindows,
        TimeWindows,
        UnlimitedWindows,
    )
    from kstream_cli.endpoint.http_endpoint import HttpEndpoint
    from kstream_cli.errors import (
        ApplicationShutdownError,
        ConfigError,
        ProcessingError,
        SerializationError,
        StoreClosedError,
        StoreNotAvailableError,
        StreamsError,
        TopologyError,
        UnknownStoreError,
    )
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
    from kstream_cli.processor.metrics import MetricName
    from kstream_cli.processor.operator import PunctuationType
    from kstream_cli.processor.processor import FixedKeyProcessor, Processor
    from kstream_cli.processor.tracing import traced
    from kstream_cli.processor.value_transformer import ValueTransformer
    from kstream_cli.processor.wrapper import ProcessorWrapper
    from kstream_cli.record import Record, RecordMetadata
    from kstream_cli.runtime.kafka_streams import KafkaStreams
    from kstream_cli.runtime.prometheus import MetricsCollector, MetricsServer
    from kstream_cli.runtime.restore.restore_listener import StateRestoreListener
    from kstream_cli.runtime.restore.standby_listener import StandbyUpdateListener, SuspendReason
    from kstream_cli.runtime.streams_metadata import KeyQueryMetadata, StreamsMetadata
    from kstream_cli.runtime.threads.log_context import LogContext
    from kstream_cli.runtime.threads.states import State
    from kstream_cli.runtime.uncaught_exceptions import StreamThreadExceptionResponse
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
    from kstream_cli.state.store import (
        KeyValueStore,
        SessionStore,
        StateStore,
        StoreBuilder,
        StoreIterator,
        VersionedKeyValueStore,
        VersionedRecord,
        WindowStore,
    )
    from kstream_cli.state.stored_headers import AggregationWithHeaders, ValueTimestampHeaders
    from kstream_cli.state.stores import Stores
    from kstream_cli.testing.mock_context import MockFixedKeyProcessorContext, MockProcessorContext
    from kstream_cli.testing.test_topics import TestInputTopic, TestOutputTopic, TestRecord
    from kstream_cli.testing.topology_test_driver import TopologyTestDriver
    from kstream_cli.topology.description import TopologyDescription
    from kstream_cli.topology.subtopologies import Subtopology
    from kstream_cli.topology.topology import Topology

_HOMES = {
    "AggregationWithHeaders": "state.stored_headers",
    "ApplicationShutdownError": "errors",
    "AvroSerde": "serde.schema_registry",
    "BooleanSerde": "serde.built_in",
    "BranchedKStream": "dsl.branched",
    "BufferConfig": "dsl.suppressed",
    "BytesSerde": "serde.built_in",
    "CogroupedKStream": "dsl.cogrouped",
    "Config": "config.config",
    "ConfigError": "errors",
    "DayWindows": "dsl.day_windows",
    "DefaultProductionExceptionHandler": "processor.exception_handlers",
    "DeserializationExceptionHandler": "processor.exception_handlers",
    "DoubleSerde": "serde.built_in",
    "DslStoreSuppliers": "dsl.store_suppliers",
    "EmitStrategy": "dsl.windows",
    "ErrorHandlerContext": "processor.error_context",
    "FailOnInvalidTimestamp": "processor.extractors",
    "FixedKeyProcessor": "processor.processor",
    "FixedKeyProcessorContext": "processor.context",
    "FloatSerde": "serde.built_in",
    "GlobalKTable": "dsl.global_ktable",
    "HttpEndpoint": "endpoint.http_endpoint",
    "InMemoryDslStoreSuppliers": "dsl.store_suppliers",
    "IntegerSerde": "serde.built_in",
    "JoinWindows": "dsl.windows",
    "JsonSchemaSerde": "serde.schema_registry",
    "JsonSerde": "serde.json",
    "KGroupedStream": "dsl.grouped",
    "KGroupedTable": "dsl.grouped_table",
    "KStream": "dsl.kstream",
    "KTable": "dsl.ktable",
    "KafkaStreams": "runtime.kafka_streams",
    "KeyQueryMetadata": "runtime.streams_metadata",
    "KeyValueStore": "state.store",
    "ListSerde": "serde.list",
    "LogAndContinueExceptionHandler": "processor.exception_handlers",
    "LogAndContinueProcessingExceptionHandler": "processor.exception_handlers",
    "LogAndFailExceptionHandler": "processor.exception_handlers",
    "LogAndFailProcessingExceptionHandler": "processor.exception_handlers",
    "LogAndSkipOnInvalidTimestamp": "processor.extractors",
    "LogContext": "runtime.threads.log_context",
    "LongSerde": "serde.built_in",
    "Materialized": "dsl.options",
    "MetricName": "processor.metrics",
    "MetricsCollector": "runtime.prometheus",
    "MetricsServer": "runtime.prometheus",
    "MockFixedKeyProcessorContext": "testing.mock_context",
    "MockProcessorContext": "testing.mock_context",
    "OutgoingRecord": "processor.error_context",
    "ProcessingError": "errors",
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
    "RocksDBDslStoreSuppliers": "dsl.store_suppliers",
    "Serde": "serde.serde",
    "SerializationError": "errors",
    "SessionStore": "state.store",
    "SessionWindowedKStream": "dsl.windowed",
    "SessionWindowedSerde": "serde.windowed",
    "SessionWindows": "dsl.windows",
    "ShortSerde": "serde.built_in",
    "SlidingWindowedKStream": "dsl.windowed",
    "SlidingWindows": "dsl.windows",
    "StandbyUpdateListener": "runtime.restore.standby_listener",
    "State": "runtime.threads.states",
    "StateRestoreListener": "runtime.restore.restore_listener",
    "StateStore": "state.store",
    "StoreBuilder": "state.store",
    "StoreClosedError": "errors",
    "StoreIterator": "state.store",
    "StoreNotAvailableError": "errors",
    "Stores": "state.stores",
    "StreamThreadExceptionResponse": "runtime.uncaught_exceptions",
    "StreamsBuilder": "dsl.builder",
    "StreamsError": "errors",
    "StreamsMetadata": "runtime.streams_metadata",
    "StringSerde": "serde.built_in",
    "Subtopology": "topology.subtopologies",
    "Suppressed": "dsl.suppressed",
    "SuspendReason": "runtime.restore.standby_listener",
    "TestInputTopic": "testing.test_topics",
    "TestOutputTopic": "testing.test_topics",
    "TestRecord": "testing.test_topics",
    "TimeWindowedKStream": "dsl.windowed",
    "TimeWindowedSerde": "serde.windowed",
    "TimeWindows": "dsl.windows",
    "Topology": "topology.topology",
    "TopologyDescription": "topology.description",
    "TopologyError": "errors",
    "TopologyTestDriver": "testing.topology_test_driver",
    "UUIDSerde": "serde.built_in",
    "UnknownStoreError": "errors",
    "UnlimitedWindows": "dsl.windows",
    "UsePartitionTimeOnInvalidTimestamp": "processor.extractors",
    "ValueTimestampHeaders": "state.stored_headers",
    "ValueTransformer": "processor.value_transformer",
    "VersionedKeyValueStore": "state.store",
    "VersionedRecord": "state.store",
    "VoidSerde": "serde.built_in",
    "WallclockTimestampExtractor": "processor.extractors",
    "Window": "serde.windowed",
    "WindowStore": "state.store",
    "Windowed": "serde.windowed",
    "Windows": "dsl.custom_windows",
    "serde_for": "serde.types",
    "traced": "processor.tracing",
}

__all__ = [
    "AggregationWithHeaders",
    "ApplicationShutdownError",
    "AvroSerde",
    "BooleanSerde",
    "BranchedKStream",
    "BufferConfig",
    "BytesSerde",
    "CogroupedKStream",
    "Config",
    "ConfigError",
    "DayWindows",
    "DefaultProductionExceptionHandler",
    "DeserializationExceptionHandler",
    "DoubleSerde",
    "DslStoreSuppliers",
    "EmitStrategy",
    "ErrorHandlerContext",
    "FailOnInvalidTimestamp",
    "FixedKeyProcessor",
    "FixedKeyProcessorContext",
    "FloatSerde",
    "GlobalKTable",
    "HttpEndpoint",
    "InMemoryDslStoreSuppliers",
    "IntegerSerde",
    "JoinWindows",
    "JsonSchemaSerde",
    "JsonSerde",
    "KGroupedStream",
    "KGroupedTable",
    "KStream",
    "KTable",
    "KafkaStreams",
    "KeyQueryMetadata",
    "KeyValueStore",
    "ListSerde",
    "LogAndContinueExceptionHandler",
    "LogAndContinueProcessingExceptionHandler",
    "LogAndFailExceptionHandler",
    "LogAndFailProcessingExceptionHandler",
    "LogAndSkipOnInvalidTimestamp",
    "LogContext",
    "LongSerde",
    "Materialized",
    "MetricName",
    "MetricsCollector",
    "MetricsServer",
    "MockFixedKeyProcessorContext",
    "MockProcessorContext",
    "OutgoingRecord",
    "ProcessingError",
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
    "RocksDBDslStoreSuppliers",
    "Serde",
    "SerializationError",
    "SessionStore",
    "SessionWindowedKStream",
    "SessionWindowedSerde",
    "SessionWindows",
    "ShortSerde",
    "SlidingWindowedKStream",
    "SlidingWindows",
    "StandbyUpdateListener",
    "State",
    "StateRestoreListener",
    "StateStore",
    "StoreBuilder",
    "StoreClosedError",
    "StoreIterator",
    "StoreNotAvailableError",
    "Stores",
    "StreamThreadExceptionResponse",
    "StreamsBuilder",
    "StreamsError",
    "StreamsMetadata",
    "StringSerde",
    "Subtopology",
    "Suppressed",
    "SuspendReason",
    "TestInputTopic",
    "TestOutputTopic",
    "TestRecord",
    "TimeWindowedKStream",
    "TimeWindowedSerde",
    "TimeWindows",
    "Topology",
    "TopologyDescription",
    "TopologyError",
    "TopologyTestDriver",
    "UUIDSerde",
    "UnknownStoreError",
    "UnlimitedWindows",
    "UsePartitionTimeOnInvalidTimestamp",
    "ValueTimestampHeaders",
    "ValueTransformer",
    "VersionedKeyValueStore",
    "VersionedRecord",
    "VoidSerde",
    "WallclockTimestampExtractor",
    "Window",
    "WindowStore",
    "Windowed",
    "Windows",
    "serde_for",
    "traced",
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
