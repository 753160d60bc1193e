"""What each node of a task does, counted record by record: only where `metrics.recording.level` is DEBUG or TRACE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kstream_cli.processor.metrics import Meter, Metrics
from kstream_cli.processor.operator import Process
from kstream_cli.record import Headers, RawRecord
from kstream_cli.task.error_handling import readable_headers
from kstream_cli.task.record_producer import DeliveryReport, RecordProducer, Send
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import Node, SourceNode

NODE_GROUP = "stream-processor-node-metrics"
TOPIC_GROUP = "stream-topic-metrics"

_TIMESTAMP_OFFSET_PARTITION = 8 + 8 + 4


class Count:
    """A number that goes up."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def now(self) -> int:
        return self.value


class Bytes(Count):
    """The bytes of records of one topic, as they come in batches."""

    __slots__ = ("_topic",)

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic

    def __call__(self, records: Sequence[RawRecord]) -> None:
        topic = self._topic
        self.value += sum(size_of(topic, record.key(), record.value(), readable_headers(record)) for record in records)


class NodeMetrics:
    """Wraps the callables of a task's nodes while they are fused."""

    def __init__(self, registry: Metrics, task: TaskContext, clock: Callable[[], int]) -> None:
        self.lateness = registry.meter()
        self._registry = registry
        self._task = task
        self._clock = clock

    def process(self, node: Node, process: Process, *, is_terminal: bool) -> Process:
        """Count what a node takes; of a terminal one also how long its records were on their way."""
        count = Count()
        self._registry.add_total("process", NODE_GROUP, "records", count.now, processor_node_id=node.name)
        if isinstance(node, SourceNode):
            return self._source(process, count)
        if is_terminal:
            return self._terminal(node, process, count)

        def process_counted(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            count.value += 1
            process(key, value, timestamp, headers)

        return process_counted

    def forward(self, node: Node, forward: Process) -> Process:
        """Count what an operator sends on that holds records back, under the name that it gives."""
        operation = getattr(getattr(node, "operator", None), "emit_metric", None)
        if operation is None:
            return forward
        count = Count()
        self._registry.add_total(operation, NODE_GROUP, "emitted records", count.now, processor_node_id=node.name)

        def forward_counted(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            count.value += 1
            forward(key, value, timestamp, headers)

        return forward_counted

    def producer(self, node: str, topic: str, producer: RecordProducer) -> RecordProducer:
        """The producer through which a sink writes to a topic, with records and bytes counted."""
        records, size = Count(), Count()
        tags = {"processor_node_id": node, "topic": topic}
        text = "The total number of {} produced to this topic"
        self._registry.add("records-produced-total", TOPIC_GROUP, text.format("records"), records.now, **tags)
        self._registry.add("bytes-produced-total", TOPIC_GROUP, text.format("bytes"), size.now, **tags)
        return _CountingProducer(producer, records, size)

    def _source(self, process: Process, count: Count) -> Process:
        task, lateness = self._task, self.lateness

        def process_counted(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            count.value += 1
            lateness.record(max(0, task.stream_time - timestamp))
            process(key, value, timestamp, headers)

        return process_counted

    def _terminal(self, node: Node, process: Process, count: Count) -> Process:
        clock, latency = self._clock, self._registry.meter()
        add_end_to_end(self._registry, node.name, latency)

        def process_counted(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            count.value += 1
            process(key, value, timestamp, headers)
            latency.record(clock() - timestamp)

        return process_counted


class _CountingProducer:
    """A producer as a task knows it; only what one sink writes goes through it."""

    def __init__(self, producer: RecordProducer, records: Count, size: Count) -> None:
        self.takes_text = False  # It has to see the bytes that it counts.
        self.partition_counts = producer.partition_counts
        self.has_partition = producer.has_partition
        self.make_room = producer.make_room
        self._producer, self._records, self._size = producer, records, size

    def sender(self, topic: str, report: DeliveryReport, text: int = 0) -> Send:
        records, size, send = self._records, self._size, self._producer.sender(topic, report)

        def send_counted(
            value: bytes | None, key: bytes | None, partition: int, timestamp: int | None, headers: Headers
        ) -> None:
            records.value += 1
            size.value += size_of(topic, key, value, headers)
            send(value, key, partition, timestamp, headers)

        send_counted.counted = send  # type: ignore[attr-defined]
        return send_counted


def size_of(topic: str, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> int:
    """A record's bytes as Kafka Streams counts them: with timestamp, offset, partition and topic."""
    return (
        len(key or b"")
        + len(value or b"")
        + len(topic)
        + _TIMESTAMP_OFFSET_PARTITION
        + sum(len(name) + len(content or b"") for name, content in headers)
    )


def add_end_to_end(registry: Metrics, node: str, meter: Meter) -> None:
    """Add the latencies of records from their own timestamp until a node has processed them."""
    name, what = "record-e2e-latency", "time from a record's timestamp until it was processed, in ms"
    registry.add_sizes(name, NODE_GROUP, what, meter, processor_node_id=node)
    registry.add(f"{name}-min", NODE_GROUP, f"The minimum {what}", meter.minimum, processor_node_id=node)
