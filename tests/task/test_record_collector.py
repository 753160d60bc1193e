"""The way out: partitions, topics, full queues and failed sends."""

from collections import defaultdict

import pytest
from confluent_kafka import KafkaException

from kstream_cli import Response, Topology
from kstream_cli.errors import ProcessingError, ProducerError, SerializationError, StreamsError, TaskMigratedError
from kstream_cli.processor.partitioners import partition_for_key
from kstream_cli.serde.built_in import StringSerde
from kstream_cli.serde.windowed import TimeWindowedSerde, Windowed
from kstream_cli.testing.captured_output import CapturedOutput


def straight(topic="out", **options):
    topology = Topology().add_source("src", "in", key=str, value=str)
    return topology.add_sink("snk", topic, parents="src", key=str, value=options.pop("value", str), **options)


class FourPartitions(CapturedOutput):
    def __init__(self):
        super().__init__()
        self.partition_counts = defaultdict(int, {"out": 4})


class Full(CapturedOutput):
    """Refuses the first records for a full queue."""

    def __init__(self, times):
        super().__init__()
        self.refusals = times

    def sender(self, *args):
        take = super().sender(*args)

        def send(*record):
            if self.refusals:
                raise BufferError("queue full")
            take(*record)

        return send

    def make_room(self):
        self.refusals -= 1


class Copying(Full):
    """Copies what it sends, and encodes text, as the native producer does."""

    takes_text = True

    def sender(self, topic, report, text=0):
        take = super().sender(topic, report)

        def send(value, *rest):
            assert value is None or isinstance(value, str if text else bytearray | bytes)
            take(bytes(value) if isinstance(value, bytearray) else value, *rest)

        return send


class Reporting(CapturedOutput):
    """Keeps the delivery reports' callbacks."""

    def sender(self, topic, report, text=0):
        self.report = report
        return super().sender(topic, report, text)


class KafkaError:
    """As the client gives them."""

    def __init__(self, name, retriable=False):
        self._name, self._retriable = name, retriable

    def name(self):
        return self._name

    def str(self):
        return self._name.lower()

    def retriable(self):
        return self._retriable


class Message:
    def key(self):
        return b"k"

    value = key

    def timestamp(self):
        return (1, 0)


@pytest.mark.parametrize("refusals", [0, 3])
def test_json_is_written_record_by_record_into_what_is_copied(run_task, refusals):
    topology = Topology().add_source("src", "in", key=bytes, value=dict)
    topology.add_sink("snk", "out", parents="src", key=bytes, value=dict)
    under_test = run_task(topology, producer=Copying(refusals))
    values = ['{"number":1,"text":"a long one"}', None, '{"number":2}', "{}"]
    under_test.add(*values)
    under_test.task.process(10)
    assert [record.value for record in under_test.producer.records] == [value and value.encode() for value in values]


def partitions(run_task, partitioner):
    under_test = run_task(straight(partitioner=partitioner), producer=FourPartitions())
    under_test.add("a")
    under_test.task.process(1)
    return [record.partition for record in under_test.producer.records], under_test


def test_a_partitioner_is_given_the_topic_and_its_partitions(run_task):
    assert partitions(run_task, lambda topic, key, value, count: count - 1)[0] == [3]


def test_a_partitioner_may_choose_several_partitions(run_task):
    assert partitions(run_task, lambda topic, key, value, count: {1, 3})[0] == [1, 3]


def test_a_partitioner_that_chooses_none_drops_the_record(run_task):
    written, under_test = partitions(run_task, lambda topic, key, value, count: ())
    assert written == []
    assert under_test.task.context.drops.total == 1


def test_a_partitioner_that_gives_none_leaves_the_choice_to_the_producer(run_task):
    sent = []

    class Seen(FourPartitions):
        def sender(self, *args):
            return lambda value, key, partition, *rest: sent.append(partition)

    under_test = run_task(straight(partitioner=lambda *args: None), producer=Seen())
    under_test.add("a")
    under_test.task.process(1)
    assert sent == [-1]


def test_a_topic_may_be_chosen_for_each_record(run_task):
    under_test = run_task(straight(lambda key, value, context: f"out-{value}-{context.offset}"))
    under_test.add("a", "b")
    under_test.task.process(2)
    assert under_test.written() == [("out-a-0", "a"), ("out-b-1", "b")]


def test_an_extractor_that_names_no_topic_is_an_error(run_task):
    under_test = run_task(straight(lambda key, value, context: None))
    under_test.add("a")
    with pytest.raises(ProcessingError, match="gave None instead of a topic's name"):
        under_test.task.process(1)


def test_a_full_queue_delays_a_record_and_loses_none(run_task):
    under_test = run_task(straight(), producer=Full(3))
    under_test.add("a", "b")
    under_test.task.process(2)
    assert under_test.written() == [("out", "a"), ("out", "b")]


def test_a_value_that_the_serde_cannot_write_names_sink_topic_and_type(run_task):
    under_test = run_task(straight(value=int))
    under_test.add("a")
    with pytest.raises(ProcessingError) as caught:
        under_test.task.process(1)
    assert isinstance(caught.value.__cause__, SerializationError)
    assert "sink 'snk' cannot write the value 'a' (str) to topic 'out'" in str(caught.value)


def test_a_production_handler_may_pass_over_a_value_that_cannot_be_written(run_task):
    asked = []

    class Handler:
        def handle_serialization_error(self, context, record, error, origin):
            asked.append((context.node, context.offset, record.value, origin))
            return Response.resume()

    under_test = run_task(straight(value=int), config={"production.exception.handler": Handler()})
    under_test.add("a")
    under_test.task.process(1)
    assert asked == [("snk", 0, "a", "value")]
    assert under_test.task.context.drops.total == 1


def test_a_failed_delivery_is_raised_at_the_next_check(run_task):
    under_test = run_task(straight(), producer=Reporting())
    under_test.add("a")
    under_test.task.process(1)
    under_test.producer.report(KafkaError("MSG_SIZE_TOO_LARGE"), Message())
    with pytest.raises(ProducerError, match="cannot send a record to topic 'out'"):
        under_test.task.check_sends()
    under_test.task.check_sends()


def test_a_production_handler_may_pass_over_a_failed_delivery(run_task):
    class Handler:
        def handle_error(self, context, record, error):
            return Response.resume()

    under_test = run_task(straight(), producer=Reporting(), config={"production.exception.handler": Handler()})
    under_test.add("a")
    under_test.task.process(1)
    under_test.producer.report(KafkaError("MSG_SIZE_TOO_LARGE"), Message())
    under_test.task.check_sends()
    assert under_test.task.context.drops.total == 1


def test_a_fenced_producer_means_that_the_task_has_moved(run_task):
    under_test = run_task(straight(), producer=Reporting())
    under_test.add("a")
    under_test.task.process(1)
    under_test.producer.report(KafkaError("_FENCED"), Message())
    with pytest.raises(TaskMigratedError):
        under_test.task.prepare_commit()


def test_what_was_purged_with_its_transaction_is_no_news(run_task):
    under_test = run_task(straight(), producer=Reporting())
    under_test.add("a")
    under_test.task.process(1)
    under_test.producer.report(KafkaError("_PURGE_QUEUE"), Message())
    under_test.task.check_sends()


def test_a_sink_without_a_serde_is_refused_when_the_task_starts(run_task):
    topology = Topology().add_source("src", "in", key=str, value=str).add_sink("snk", "out", parents="src")
    with pytest.raises(StreamsError, match=r"sink 'snk' has no serde for its key: give one with key="):
        run_task(topology)


class TooLarge(CapturedOutput):
    """Refuses records as librdkafka does those above message.max.bytes."""

    def sender(self, *args):
        def send(*record):
            raise KafkaException(KafkaError("MSG_SIZE_TOO_LARGE"))

        return send


def test_a_record_that_is_too_large_is_told_with_its_size_and_what_to_raise(run_task):
    under_test = run_task(straight(), producer=TooLarge())
    under_test.add("x" * 500)
    with pytest.raises(ProducerError, match=r"topic 'out'.*501 bytes.*max\.request\.size.*max\.message\.bytes"):
        under_test.task.process(1)


def test_a_handler_of_failed_sends_is_given_the_record_in_bytes_and_may_drop_it(run_task):
    seen = []

    def drop(context, record, error):
        seen.append((record.topic, record.key, record.value))
        return Response.resume()

    under_test = run_task(straight(), producer=TooLarge(), config={"production.exception.handler": drop})
    under_test.add("x")
    assert under_test.task.process(1) == 1
    assert seen == [("out", b"k", b"x")]


def test_a_windowed_key_goes_where_its_plain_key_goes(run_task):
    topology = Topology().add_source("src", "in", key=TimeWindowedSerde(StringSerde(), 10), value=str)
    topology.add_sink("snk", "out", parents="src", key=TimeWindowedSerde(StringSerde(), 10), value=str)
    under_test = run_task(topology, producer=FourPartitions())
    names = [f"key {number}" for number in range(20)]
    for name in names:
        under_test.add("x", key=TimeWindowedSerde(StringSerde(), 10).serializer("in")(Windowed(name, 0, 10)))
    under_test.task.process(len(names))
    placed = [record.partition for record in under_test.producer.records]
    assert placed == [partition_for_key(name.encode(), 4) for name in names]
