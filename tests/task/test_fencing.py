"""A client that was fenced says so by many names and in many places: each of them means that the thread joins again."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli import LogAndContinueExceptionHandler, StreamsBuilder, Topology
from kstream_cli.errors import ProducerError, ProducerFencedError
from kstream_cli.testing.captured_output import CapturedOutput

NAMES = [
    "_FATAL",
    "_FENCED",
    "FENCED_INSTANCE_ID",
    "INVALID_PRODUCER_EPOCH",
    "INVALID_PRODUCER_ID_MAPPING",
    "OUT_OF_ORDER_SEQUENCE_NUMBER",
    "PRODUCER_FENCED",
    "UNKNOWN_PRODUCER_ID",
]
ERRORS = [KafkaError(getattr(KafkaError, name)) for name in NAMES]
ERRORS.append(KafkaError(KafkaError.UNKNOWN, "something new", True))
every_error = pytest.mark.parametrize("error", ERRORS, ids=[*NAMES, "any that is fatal"])


class Message:
    def key(self):
        return b"k"

    value = key

    def timestamp(self):
        return (1, 0)


class Client(CapturedOutput):
    """Raises an error for records of `refused`, and keeps the reports of the others."""

    def __init__(self, error, refused=()):
        super().__init__()
        self.error, self.refused, self.reports = error, refused, {}

    def sender(self, topic, report, text=0):
        self.reports[topic] = report
        take = super().sender(topic, report, text)

        def send(*record):
            if topic in self.refused:
                raise KafkaException(self.error)
            take(*record)

        return send


def straight():
    topology = Topology().add_source("src", "in", key=str, value=str)
    return topology.add_sink("snk", "out", parents="src", key=str, value=str)


def counting():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
    return builder.build()


@every_error
def test_a_send_to_a_sink(run_task, error):
    under_test = run_task(straight(), producer=Client(error, {"out"}))
    under_test.add("a")
    with pytest.raises(ProducerFencedError, match="topic 'out'"):
        under_test.task.process(1)


@every_error
def test_a_send_to_a_changelog(run_task, error):
    under_test = run_task(counting(), producer=Client(error, {"app-counts-changelog"}))
    under_test.add("a")
    with pytest.raises(ProducerFencedError, match="app-counts-changelog"):
        under_test.task.process(1)


@every_error
def test_a_dead_letter(run_task, error):
    config = {
        "deserialization.exception.handler": LogAndContinueExceptionHandler,
        "errors.dead.letter.queue.topic.name": "dead",
    }
    topology = Topology().add_source("src", "in", key=str, value=int)
    topology.add_sink("snk", "out", parents="src", key=str, value=int)
    under_test = run_task(topology, producer=Client(error, {"dead"}), config=config)
    under_test.add("no number")
    with pytest.raises(ProducerFencedError, match="'dead'"):
        under_test.task.process(1)


@every_error
def test_a_send_after_the_queue_was_full(run_task, error):
    class FullThenFenced(Client):
        def sender(self, *args):
            answers = iter([BufferError("full"), KafkaException(error)])

            def send(*record):
                raise next(answers)

            return send

    under_test = run_task(straight(), producer=FullThenFenced(error))
    under_test.add("a")
    with pytest.raises(ProducerFencedError):
        under_test.task.process(1)


@every_error
@pytest.mark.parametrize("reported", ["before the commit", "by its flush"])
def test_a_delivery_report(run_task, error, reported):
    under_test = run_task(straight(), producer=Client(error))
    under_test.add("a")
    under_test.task.process(1)
    if reported == "by its flush":
        under_test.task.prepare_commit()
    under_test.producer.reports["out"](error, Message())
    with pytest.raises(ProducerFencedError):
        under_test.task.check_sends()


def test_a_fence_is_told_although_an_earlier_record_failed_for_another_reason(run_task):
    under_test = run_task(straight(), producer=Client(None))
    under_test.add("a")
    under_test.task.process(1)
    for code in (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError._FATAL):
        under_test.producer.reports["out"](KafkaError(code), Message())
    with pytest.raises(ProducerFencedError):
        under_test.task.check_sends()


def test_what_the_cluster_does_not_allow_is_not_taken_for_a_fence(run_task):
    refusal = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "no", True)
    under_test = run_task(straight(), producer=Client(refusal, {"out"}))
    under_test.add("a")
    with pytest.raises(ProducerError):
        under_test.task.process(1)
