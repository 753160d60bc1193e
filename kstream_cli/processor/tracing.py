"""OpenTelemetry: a span for each record, in the trace that its headers name (extra `opentelemetry`)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from kstream_cli.errors import StreamsError
from kstream_cli.processor.context import FixedKeyProcessorContext
from kstream_cli.processor.processor import FixedKeyProcessor
from kstream_cli.record import Headers, Record


def traced(name: str, *, tracer: Any = None) -> Callable[[], FixedKeyProcessor[Any, Any, Any]]:
    """A processor that puts what comes after it, for each record, in a span of that name.

    The span goes on with the trace in the record's headers (W3C `traceparent`, or what OpenTelemetry's propagator is
    set to), and its own context takes its place there. So a trace goes on through repartition topics, counts and joins
    to whoever reads the output. A span ends once the record has come as far as it gets in its task: to sinks, or into
    the record cache. Put one behind each source that is to be traced:

        lines = builder.stream("lines", key=str, value=str).process_values(traced("count words"))

    `tracer` is OpenTelemetry's, by default the global provider's; its sampler decides on spans. Raises StreamsError
    where OpenTelemetry is not installed.
    """
    try:
        import_module("opentelemetry.trace")
    except ImportError as error:
        raise StreamsError("traced() needs OpenTelemetry: pip install 'kstream-cli[opentelemetry]'") from error
    return lambda: _Traced(name, tracer)


class _Traced(FixedKeyProcessor[Any, Any, Any]):
    def __init__(self, name: str, tracer: Any) -> None:
        trace = import_module("opentelemetry.trace")
        self._propagate: Any = import_module("opentelemetry.propagate")
        self._tracer = tracer or trace.get_tracer("kstream_cli")
        self._kind = trace.SpanKind.CONSUMER
        self._name = name

    def init(self, context: FixedKeyProcessorContext[Any, Any]) -> None:
        super().init(context)
        self._attributes = {"messaging.system": "kafka", "kstream.task": context.task_id}

    def process(self, record: Record[Any, Any]) -> None:
        parent = self._propagate.extract(_texts(record.headers))
        with self._tracer.start_as_current_span(self._name, context=parent, kind=self._kind) as span:
            if span.is_recording():
                span.set_attributes(self._attributes | self._position())
            carried: dict[str, str] = {}
            self._propagate.inject(carried)
            kept = [header for header in record.headers if header[0] not in carried]
            added = [(name, text.encode()) for name, text in carried.items()]
            self.context.forward(record.with_headers((*kept, *added)))

    def _position(self) -> dict[str, Any]:
        """Where the record was read, by OpenTelemetry's names."""
        found = self.context.record_metadata()
        if found is None:
            return {}
        return {
            "messaging.destination.name": found.topic,
            "messaging.destination.partition.id": str(found.partition),
            "messaging.kafka.offset": found.offset,
        }


def _texts(headers: Headers) -> dict[str, str]:
    return {name: value.decode("utf-8", "replace") for name, value in headers if value is not None}
