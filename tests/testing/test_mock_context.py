"""Testing a processor by itself."""

import pytest

from kstream_cli import MockFixedKeyProcessorContext, MockProcessorContext, Processor, PunctuationType, Record
from kstream_cli.errors import TopologyError


class Worker(Processor):
    def init(self, context):
        super().init(context)
        self.cancellable = context.schedule(50, PunctuationType.WALL_CLOCK_TIME, self.tick)

    def tick(self, now):
        self.context.forward(Record("tick", now, now), "ticks")
        self.cancellable.cancel()

    def process(self, record):
        self.context.forward(record)
        self.context.commit()


@pytest.fixture
def context():
    return MockProcessorContext()


@pytest.fixture
def worker(context):
    worker = Worker()
    worker.init(context)
    return worker


def test_forwards_are_captured(context, worker):
    record = Record("a", 1, 2)
    worker.process(record)
    assert [(each.record, each.child) for each in context.forwarded] == [(record, None)]
    context.reset_forwards()
    assert context.forwarded == []


def test_forwards_are_told_apart_by_child(context, worker):
    worker.process(Record("a", 1, 2))
    worker.tick(7)
    assert [record.key for record in context.forwarded_to("ticks")] == ["a", "tick"]
    assert [record.key for record in context.forwarded_to("other")] == ["a"]


def test_punctuations_are_captured_and_can_be_run(context, worker):
    [scheduled] = context.scheduled
    assert (scheduled.interval_ms, scheduled.punctuation_type) == (50, PunctuationType.WALL_CLOCK_TIME)
    scheduled.punctuator(50)
    assert scheduled.cancelled


def test_a_commit_that_was_asked_for_is_noted(context, worker):
    assert not context.committed
    worker.process(Record("a", 1, 2))
    assert context.committed
    context.reset_commit()
    assert not context.committed


def test_time_and_position_are_what_the_test_sets(context):
    context.set_now(5)
    context.set_stream_time(3)
    context.set_record_metadata("t", 1, 9)
    assert (context.now(), context.stream_time(), context.record_metadata()) == (5, 3, ("t", 1, 9))


def test_there_is_no_record_until_one_is_set(context):
    assert context.record_metadata() is None


def test_a_store_that_was_not_added_is_refused(context):
    with pytest.raises(TopologyError, match="not connected"):
        context.store("counts")


def test_a_fixed_key_processor_has_a_context_of_its_own():
    context = MockFixedKeyProcessorContext()
    context.forward(Record("a", 1, 2))
    assert [each.record.key for each in context.forwarded] == ["a"]
