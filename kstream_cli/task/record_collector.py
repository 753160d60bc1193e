"""The way out of a task: serialise, choose the partition, produce. Everything but that is decided when it is built."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from kstream_cli.clusters import cluster_of, in_cluster, name_of
from kstream_cli.config import Config
from kstream_cli.errors import ProducerError, ProducerFencedError, StreamsError, TaskCorruptedError, TopologyError
from kstream_cli.processor.code import Code, Names, Step, calling, function_of, written_at
from kstream_cli.processor.error_context import OutgoingRecord
from kstream_cli.processor.extractors import RecordContext
from kstream_cli.processor.operator import Process
from kstream_cli.processor.partitioners import KEY_HASHES, StreamPartitioner, placing
from kstream_cli.record import Headers, checked_headers
from kstream_cli.serde.json import JSON_WRITERS
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde
from kstream_cli.state.store_context import ChangelogAppend
from kstream_cli.task.error_handling import ErrorHandling
from kstream_cli.task.fencing import fenced_by, is_fenced
from kstream_cli.task.node_metrics import NodeMetrics
from kstream_cli.task.origin import Origin
from kstream_cli.task.partition import Partition
from kstream_cli.task.record_producer import (
    KEY_IS_TEXT,
    PRODUCER_CHOOSES,
    VALUE_IS_TEXT,
    DeliveryReport,
    RecordProducer,
    Send,
)
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import SinkNode
from kstream_cli.topology.validation import TOPIC_NAME
from kstream_cli.user_objects import repr_of, text_of

PURGED = frozenset({"_PURGE_QUEUE", "_PURGE_INFLIGHT"})
"""Reports on records that were given up with their transaction: what went wrong was reported before."""

SendTo = Callable[[str, Any, Any, int, int, Headers], None]
"""(topic, key, value, partition, timestamp, headers)."""


class RecordCollector:
    """Makes the callables through which a task's sinks and stores write.

    Sends are asynchronous: an error that the production handler does not pass over is kept, and `check` raises it.
    """

    def __init__(
        self,
        task: TaskContext,
        producer: RecordProducer,
        topic_name: Callable[[str], str],
        inputs: Iterable[Partition] = (),
    ) -> None:
        self._task = task
        self._config: Config = task.config
        self._producer = producer
        self._topic_name = topic_name
        self.metrics: NodeMetrics | None = None
        """Counts what sinks send, where that was asked for."""
        self._senders: dict[str, Send] = {}
        self._of_sinks: list[Send] = []
        self._error: StreamsError | None = None
        self.errors = ErrorHandling(self._config, task, self.send_as_is)
        self._origin = Origin(task, inputs) if self._config.foreign_sinks_origin_headers else None

    @property
    def sent(self) -> int | None:
        """How many records the sinks have sent; None where their client does not count."""
        if not all(hasattr(send, "sent") for send in self._of_sinks):
            return None
        return sum(getattr(send, "sent", 0) for send in self._of_sinks)

    def sink(self, node: SinkNode) -> Step:
        """What a sink node does with a record."""
        if node.extractor is not None:
            return calling(self._dynamic_sink(node))
        if node.topic is None:
            raise TopologyError(f"sink {node.name!r} has neither a topic nor an extractor that names one")
        return self._sink(node, self._topic_name(node.topic))

    def changelog(self, store: str, topic: str, partition: int) -> ChangelogAppend:
        """What a store does with each of its changes."""
        send = self._producer.sender(topic, self._report(store, topic))

        def append(key: bytes, value: bytes | None, timestamp: int | None, headers: Headers) -> None:
            try:
                send(value, key, partition, timestamp, headers)
            except Exception as error:
                record = OutgoingRecord(topic, key, value, timestamp, headers, partition)
                self._send_again(store, record, send, error)

        return append

    def send_as_is(self, record: OutgoingRecord) -> None:
        """Send a record whose key and value are bytes already, such as a dead letter."""
        timestamp = self._task.now() if record.timestamp is None else record.timestamp
        send = self._sender(record.topic)
        while True:
            try:
                send(record.value, record.key, _partition(record), timestamp, checked_headers(record.headers))
                return
            except BufferError:
                self._producer.make_room()
            except Exception as error:
                if fenced := fenced_by(error, self._cannot_send(record.topic)):
                    raise fenced from error
                raise ProducerError(f"a record cannot be sent to topic {record.topic!r}: {text_of(error)}") from error

    def _sender(self, topic: str) -> Send:
        """What sends records that name their topic themselves."""
        if topic not in self._senders:
            self._senders[topic] = self._producer.sender(topic, self._report(topic, topic))
        return self._senders[topic]

    def check(self) -> None:
        """Raise what went wrong with a record sent earlier."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _sink(self, node: SinkNode, topic: str) -> Step:
        key_serde = self._serde(node.key, node, "key")
        name = name_of(topic)
        write_key = key_serde.serializer(name, is_key=True)
        write_value = self._serde(node.value, node, "value").serializer(name)
        producer = self._producer if self.metrics is None else self.metrics.producer(node.name, topic, self._producer)
        is_text = [producer.takes_text and each is str.encode for each in (write_value, write_key)]
        text = VALUE_IS_TEXT * is_text[0] + KEY_IS_TEXT * is_text[1]
        report = self._report(node.name, topic)
        send, send_bytes = producer.sender(topic, report, text), self._producer.sender(topic, report)
        self._of_sinks += [getattr(send, "counted", send), send_bytes]
        if self._origin is not None and cluster_of(topic) is not None:
            send, send_bytes = self._origin.told_by(send), self._origin.told_by(send_bytes)

        def failed(key: Any, value: Any, partition: int, timestamp: int, headers: Headers, error: Exception) -> None:
            record = OutgoingRecord(topic, key, value, timestamp, headers, partition if partition >= 0 else None)
            self._find_failure(node.name, record, write_key, write_value, send_bytes, error)

        def write(code: Code, names: Names, partition: str = str(PRODUCER_CHOOSES)) -> None:
            key, value, timestamp, headers = names
            value_out = value if is_text[0] else _written(code, write_value, value, is_copied=producer.takes_text)
            key_out = key if is_text[1] else _written(code, write_key, key)
            with code.block("try:"):
                code.line(f"{code.bind('send', send)}({value_out}, {key_out}, {partition}, {timestamp}, {headers})")
            with code.block("except Exception as error:"):
                given = f"{key}, {value}, {partition}, {timestamp}, {headers}"
                code.line(f"{code.bind('failed', failed)}({given}, error)")

        partitioner = node.partitioner
        if partitioner is None:
            write_inner = _inner_key(key_serde, name)
            return write if write_inner is None else self._beside_plain_keys(topic, write_inner, write)
        names = Names()
        to_partition = Code(names.key, names.value, "partition", names.timestamp, names.headers)
        write(to_partition, names, "partition")
        return calling(self._partitioned(node.name, topic, partitioner, to_partition.function()))

    def _beside_plain_keys(
        self, topic: str, write_inner: Callable[[Any], bytes], write: Callable[[Code, Names, str], None]
    ) -> Step:
        """A windowed key goes where its plain key would."""
        counts = self._producer.partition_counts

        def write_placed(code: Code, names: Names) -> None:
            partition = code.fresh("partition")
            key_bytes = f"{code.bind('write_inner', write_inner)}({names.key}[0])"
            count = f"{code.bind('partition_counts', counts)}[{code.bind('topic', topic)}]"
            code.line(f"{partition} = {code.bind('key_hashes', KEY_HASHES)}[{key_bytes}] % {count}")
            write(code, names, partition)

        return write_placed

    def _partitioned(
        self, sink: str, topic: str, partitioner: StreamPartitioner, send: Callable[[Any, Any, int, int, Headers], None]
    ) -> Process:
        partition_counts, dropped, place = self._producer.partition_counts, self._task.dropped, placing(partitioner)
        has_partition = self._producer.has_partition

        def checked(partition: Any, count: int) -> int:
            if not isinstance(partition, int) or not has_partition(topic, partition):
                raise StreamsError(
                    f"the partitioner of sink {sink!r} gave {repr_of(partition, 80)}: topic {topic!r} has no partition "
                    f"{repr_of(partition, 80)}, as there are {count}. Give one of them, several, or "
                    f"None{_where(partitioner)}"
                )
            return partition

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            count = partition_counts[topic]
            chosen = place(topic, key, value, headers, count)
            if chosen is None:
                send(key, value, PRODUCER_CHOOSES, timestamp, headers)
            elif isinstance(chosen, Collection):
                if not chosen:
                    dropped(f"the partitioner chose no partition of topic {topic}")
                # All are looked at before the first is sent to.
                for partition in [checked(each, count) for each in chosen]:
                    send(key, value, partition, timestamp, headers)
            else:
                send(key, value, checked(chosen, count), timestamp, headers)

        return process

    def _dynamic_sink(self, node: SinkNode) -> Process:
        extract, task, topic_name = node.extractor, self._task, self._topic_name
        assert extract is not None
        sinks: dict[str, Process] = {}

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            topic = extract(key, value, _record_context(task, timestamp, headers))
            send = sinks.get(topic)
            if send is None:
                if not isinstance(topic, str) or not TOPIC_NAME.fullmatch(topic):
                    raise StreamsError(
                        f"the function that chooses the topic of sink {node.name!r} gave {repr_of(topic, 300)} "
                        f"instead of a topic's name: up to 249 letters, digits, '.', '_' and '-'{_where(extract)}"
                    )
                send = sinks[topic] = function_of(self._sink(node, in_cluster(topic_name(topic), node.cluster)))
            send(key, value, timestamp, headers)

        return process

    def _serde(self, serde: Serde[Any] | None, node: SinkNode, origin: str) -> Serde[Any]:
        key, value = self._config.default_key_serde, self._config.default_value_serde
        if serde is not None:
            return serde.with_defaults(key, value)
        default: Serde[Any] | None = key if origin == "key" else value
        if default is None:
            raise TopologyError(
                f"sink {node.name!r} has no serde for its {origin}: give one with {origin}=, "
                f"or set default.{origin}.serde"
            )
        return default

    def _find_failure(
        self,
        node: str,
        record: OutgoingRecord,
        write_key: Callable[[Any], bytes],
        write_value: Callable[[Any], bytes],
        send: Send,
        error: Exception,
    ) -> None:
        """Tell which step of a send raised by taking the steps again, so that the record path need not note it."""
        origin = "key"
        try:
            key = _bytes(write_key, record.key)
            origin = "value"
            value = _bytes(write_value, record.value)
        except Exception as serialization_error:
            self.errors.serialization_failed(node, record, serialization_error, origin)
            return
        self._send_again(node, replace(record, key=key, value=value), send, error)

    def _send_again(self, node: str, record: OutgoingRecord, send: Send, error: Exception) -> None:
        """Send a record in bytes until it is taken, or given up; waits for room where the queue is full."""
        while True:
            if isinstance(error, BufferError):
                self._producer.make_room()
            elif isinstance(error, StreamsError):
                raise error
            elif fenced := fenced_by(error, self._cannot_send(record.topic)):
                raise fenced from error
            elif not self.errors.send_failed(node, record, error):
                return
            try:
                send(record.value, record.key, _partition(record), record.timestamp, record.headers)
                return
            except Exception as next_error:
                error = next_error

    def _report(self, node: str, topic: str) -> DeliveryReport:
        """Takes a node's delivery reports; the producer is set up to report failures only."""

        def report(error: Any, message: Any) -> None:
            if error is None or error.name() in PURGED:
                return
            if is_fenced(error):
                # Not to be hidden by what went wrong before: who took this place sends all of them again.
                self._error = ProducerFencedError(f"{self._cannot_send(topic)}: {error.str()}")
            elif self._error is None:
                self._error = self._failure(node, topic, error, message)

        return report

    def _failure(self, node: str, topic: str, error: Any, message: Any) -> StreamsError | None:
        """The error of a failed send; None when the production handler lets it pass."""
        text = f"{self._cannot_send(topic)}: {error.str()}"
        record = OutgoingRecord(topic, message.key(), message.value(), message.timestamp()[1])
        try:
            if self.errors.send_failed(node, record, ProducerError(error)):
                # Others were sent after it: to keep their order, all of them are sent again from the last commit.
                return TaskCorruptedError(text)
        except StreamsError as failure:
            return failure
        return None

    def _cannot_send(self, topic: str) -> str:
        return f"task {self._task.task} cannot send a record to topic {topic!r}"


def _partition(record: OutgoingRecord) -> int:
    return PRODUCER_CHOOSES if record.partition is None else record.partition


def _written(code: Code, write: Callable[[Any], bytes], name: str, *, is_copied: bool = False) -> str:
    """An expression for the bytes of `name`. JSON that is copied when it is sent needs no bytes object of its own."""
    if is_copied and isinstance(write, JSON_WRITERS):
        buffer = code.bind("buffer", bytearray())
        written = f"{code.bind('write_into', write.encode_into)}({name}, {buffer}) or {buffer}"
    else:
        written = f"{code.bind('write', write)}({name})"
    return f"None if {name} is None else {written}"


def _inner_key(key: Serde[Any], topic: str) -> Callable[[Any], bytes] | None:
    """What writes the plain key of a windowed one."""
    if isinstance(key, TimeWindowedSerde | SessionWindowedSerde) and key.inner is not None:
        return key.inner.serializer(topic, is_key=True)
    return None


def _bytes(write: Callable[[Any], Any], given: Any) -> Any:
    data = None if given is None else write(given)
    if data is not None and not isinstance(data, bytes | bytearray):
        raise TypeError(f"its serde gave {repr_of(data, 80)}, which is no bytes")
    return data


def _where(function: Any) -> str:
    """Where the user wrote a function, for the end of a message."""
    position = written_at(function)
    return "" if position is None else f" ({position})"


def _record_context(task: TaskContext, timestamp: int, headers: Headers) -> RecordContext:
    record = task.current
    if record is None:
        return RecordContext(None, -1, -1, timestamp, headers)
    partition, offset = record.partition(), record.offset()
    return RecordContext(
        record.topic(), -1 if partition is None else partition, -1 if offset is None else offset, timestamp, headers
    )
