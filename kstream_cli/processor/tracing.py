"""OpenTelemetry: a span for each record, in the trace that its headers name (extra `opentelemetry`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from kstream_cli.errors import StreamsError
from kstream_cli.processor.context import FixedKeyProcessorContext
from kstream_cli.processor.processor import FixedKeyProcessor
from kstream_cli.record import Headers, Record


def traced(name: str, *, tracer: Any = None) -> Callable[[], FixedKeyProcessor[Any, Any, Any]]:
    """A processor that puts a span of that name around all that comes after it, for each record.

    The span continues the trace in the record's headers (W3C `traceparent`, or the format that OpenTelemetry's
    propagator is set to). The headers then name this span. So a trace continues through repartition topics, counts and
    joins to the reader of the output. A span ends once the record has come as far as it gets in its task: to sinks, or
    into the record cache.

    Example::

        lines = builder.stream("lines", key=str, value=str).process_values(traced("count words"))

    The setting `opentelemetry.spans` makes spans of all sources, processors and sinks by itself.

    `tracer` is OpenTelemetry's, by default that of the global provider; its sampler decides on spans. Raises
    StreamsError if OpenTelemetry is not installed.
    """
    try:
        import_module("opentelemetry.trace")
    except ImportError as error:
        raise StreamsError("traced() needs OpenTelemetry: pip install 'kstream-cli[opentelemetry]'") from error
    return lambda: _Traced(name, tracer)


class Spans:
    """Makes spans around records, by `tracer`; without one, by that of the provider (None: the global one)."""

    def __init__(self, provider: Any = None, tracer: Any = None) -> None:
        trace = import_module("opentelemetry.trace")
        self._propagate: Any = import_module("opentelemetry.propagate")
        self._start = (tracer or trace.get_tracer("kstream_cli", tracer_provider=provider)).start_as_current_span
        self.consumer, self.producer = trace.SpanKind.CONSUMER, trace.SpanKind.PRODUCER
        self.internal = trace.SpanKind.INTERNAL

    @contextmanager
    def around(self, name: str, kind: Any, headers: Headers) -> Iterator[tuple[Any, Headers]]:
        """A span below the one that the headers name: it, and the headers to pass on, which name it.

        It is the current span meanwhile, for what the user's code traces itself.
        """
        parent = self._propagate.extract(_texts(headers))
        with self._start(name, context=parent, kind=kind) as span:
            carried: dict[str, str] = {}
            self._propagate.inject(carried)
            kept = [header for header in headers if header[0] not in carried]
            yield span, (*kept, *((name, text.encode()) for name, text in carried.items()))


class _Traced(FixedKeyProcessor[Any, Any, Any]):
    def __init__(self, name: str, tracer: Any) -> None:
        self._spans = Spans(tracer=tracer)
        self._name = name

    def init(self, context: FixedKeyProcessorContext[Any, Any]) -> None:
        super().init(context)
        self._attributes = {"messaging.system": "kafka", "kstream.task": context.task_id}

    def process(self, record: Record[Any, Any]) -> None:
        with self._spans.around(self._name, self._spans.consumer, record.headers) as (span, headers):
            if span.is_recording():
                span.set_attributes(self._attributes | self._position())
            self.context.forward(record.with_headers(headers))

    def _position(self) -> dict[str, Any]:
        found = self.context.record_metadata()
        return {} if found is None else position(*found)


def position(topic: str, partition: int | None, offset: int | None) -> dict[str, Any]:
    """Where a record was read, by OpenTelemetry's names."""
    return {
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": -1 if offset is None else offset,
    }


def _texts(headers: Headers) -> dict[str, str]:
    return {name: value.decode("utf-8", "replace") for name, value in headers if value is not None}
