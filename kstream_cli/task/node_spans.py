"""Spans of OpenTelemetry around a task's nodes: only where `opentelemetry.spans` asks for them (extra `opentelemetry`).

A record's headers say which span it comes from: each span is a child of that one, and takes its place there. So a trace
follows the record wherever its headers go: over repartition topics, through the record cache, and in state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kstream_cli.config import Config
from kstream_cli.processor.operator import Process
from kstream_cli.processor.tracing import Spans, position
from kstream_cli.record import Headers
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode


class NodeSpans:
    """Wraps the callables of a task's nodes while they are fused."""

    def __init__(self, config: Config, task: TaskContext, topic_name: Callable[[str], str]) -> None:
        self._spans = Spans(config.opentelemetry_tracer_provider)
        self._task = task
        self._topic_name = topic_name
        self._of_processors = config.opentelemetry_spans == "PROCESSORS"
        self._attributes = {"messaging.system": "kafka", "kstream.task": task.task}
        self._group = {"messaging.consumer.group.name": config.application_id}

    @classmethod
    def of(cls, config: Config, task: TaskContext, topic_name: Callable[[str], str]) -> NodeSpans | None:
        """What the configuration asks for; None for nothing, which costs nothing."""
        return None if config.opentelemetry_spans == "NONE" else cls(config, task, topic_name)

    def process(self, node: Node, process: Process) -> Process | None:
        """What takes the records of a node, in a span; None where the node has none."""
        match node:
            case SourceNode():
                return self._source(node, process)
            case SinkNode():
                return self._in_span(self._spans.producer, node, self._sent(node), process)
            case ProcessorNode() if self._of_processors:
                return self._in_span(self._spans.internal, node, node.name, process)
        return None

    def _source(self, node: SourceNode, process: Process) -> Process:
        task, span_of, kind = self._task, self._spans.around, self._spans.consumer
        given = self._attributes | self._group | _operation("process") | {"kstream.processor": node.name}

        def process_in_span(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            record = task.current
            topic = "" if record is None else record.topic() or ""
            with span_of(f"process {topic}", kind, headers) as (span, passed):
                if record is not None and span.is_recording():
                    span.set_attributes(given | position(topic, record.partition(), record.offset()))
                process(key, value, timestamp, passed)

        return process_in_span

    def _in_span(self, kind: Any, node: Node, name: str, process: Process) -> Process:
        span_of = self._spans.around
        given = self._attributes | {"kstream.processor": node.name}
        if isinstance(node, SinkNode):
            given |= _operation("send")
            if node.topic is not None:
                given["messaging.destination.name"] = self._topic_name(node.topic)

        def process_in_span(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            with span_of(name, kind, headers) as (span, passed):
                if span.is_recording():
                    span.set_attributes(given)
                process(key, value, timestamp, passed)

        return process_in_span

    def _sent(self, node: SinkNode) -> str:
        return "send" if node.topic is None else f"send {self._topic_name(node.topic)}"


def _operation(name: str) -> dict[str, str]:
    return {"messaging.operation.name": name, "messaging.operation.type": name}
