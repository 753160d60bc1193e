"""The native clients where no broker answers: nothing waits for ever, and nothing is freed that is still needed."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref

import pytest

from kstream_cli import StreamsBuilder
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.native_clients import NativeConsumer, native
from kstream_cli.runtime.clients.streams_producer import StreamsProducer
from tests.task.conftest import TaskUnderTest

pytestmark = pytest.mark.skipif(native() is None, reason="the extension was not built")
NOBODY = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}


def producer_of(**settings):
    return DefaultClientSupplier().producer({**NOBODY, **settings})


def test_a_closed_task_is_let_go_of_by_its_producer(tmp_path):
    builder = StreamsBuilder()
    builder.stream("in").to("out")
    producer = StreamsProducer(producer_of(), timeout_seconds=1, stopping=lambda: False)
    config = {"default.key.serde": str, "default.value.serde": str}
    under_test = TaskUnderTest(builder.build(), tmp_path, producer=producer, config=config)
    collector = weakref.ref(under_test.task.collector)
    under_test.task.close()
    del under_test
    producer.flush(0)
    gc.collect()
    assert collector() is None


def test_a_task_counts_what_its_sinks_have_sent(tmp_path):
    builder = StreamsBuilder()
    builder.stream("in").filter(lambda key, value: value != "no").to("out")
    producer = StreamsProducer(producer_of(), timeout_seconds=1, stopping=lambda: False)
    config = {"default.key.serde": str, "default.value.serde": str}
    under_test = TaskUnderTest(builder.build(), tmp_path, producer=producer, config=config)
    under_test.add("a", "no", "b")
    under_test.task.process(10)
    assert under_test.task.collector.sent == 2
    assert under_test.task.filtered(3) == 1
    under_test.task.close()
    producer.close()


def test_a_client_that_does_not_count_says_so(tmp_path):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    under_test = TaskUnderTest(builder.build(), tmp_path)
    under_test.add("a")
    under_test.task.process(10)
    assert under_test.task.collector.sent is None
    under_test.task.close()


def test_a_flush_ends_in_time_though_each_report_sends_a_record_that_is_refused_too():
    producer = producer_of(**{"message.max.bytes": 2_000})
    told = []

    def report(error, record):
        told.append(error.name())
        send(record.value(), None, 0, 1, ())

    send = producer.sender("t", report, 0)
    send(bytes(5_000), None, 0, 1, ())
    begun = time.monotonic()
    assert producer.flush(0.5) > 0
    assert time.monotonic() - begun < 10
    assert set(told) == {"MSG_SIZE_TOO_LARGE"}


def test_a_report_may_flush():
    producer, told = producer_of(), []

    def report_of(number):
        def report(error, record):
            told.append((number, error.name()))
            producer.flush(0)

        return report

    for number in range(3):
        producer.sender("t", report_of(number), 0)(b"v", b"k", 0, 1, ())
    producer.purge()
    producer.flush(1)
    assert told == [(number, "_PURGE_QUEUE") for number in range(3)]


def test_a_report_that_flushes_when_it_goes_is_let_go_of_with_the_others():
    producer, gone = producer_of(), []

    class Report:
        def __call__(self, error, record): ...

        def __del__(self):
            gone.append(producer.flush(0))

    for _ in range(50):
        producer.sender("t", Report(), 0)(b"v", b"k", 0, 1, ())
    producer.purge()
    producer.flush(1)
    assert gone == [0] * 50


@pytest.mark.parametrize("partition", [2**31, -(2**31) - 1, 2**32 + 3, 2**70])
def test_a_partition_that_no_topic_has_is_an_error(partition):
    with pytest.raises(OverflowError):
        producer_of().sender("t", None, 0)(b"v", b"k", partition, 1, ())


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), 0.0])
def test_a_wait_of_no_time_is_over_at_once(seconds):
    consumer = NativeConsumer({**NOBODY, "group.id": "g"})
    begun = time.monotonic()
    consumer._queues.wait(seconds)
    assert time.monotonic() - begun < 5
    consumer.close()


@pytest.mark.parametrize("seconds", [1e13, float("inf")])
def test_a_wait_without_end_ends_when_something_comes(seconds):
    consumer = NativeConsumer({**NOBODY, "group.id": "g"})
    waiting = threading.Thread(target=consumer._queues.wait, args=(seconds,))
    waiting.start()
    time.sleep(0.2)
    consumer._queues.follow("t", 0)
    waiting.join(10)
    assert not waiting.is_alive()
    consumer.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_may_drop_a_producer_that_is_its_parents():
    producer = producer_of()
    child = os.fork()
    if child == 0:
        del producer
        os._exit(7)
    deadline = time.monotonic() + 30
    ended, status = os.waitpid(child, os.WNOHANG)
    while not ended and time.monotonic() < deadline:
        time.sleep(0.01)
        ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert ended
    assert os.waitstatus_to_exitcode(status) == 7
