"""Handlers for records that cannot be read, processed or written, and dead letters."""

import pytest

from kstream_cli import (
    LogAndContinueExceptionHandler,
    LogAndContinueProcessingExceptionHandler,
    OutgoingRecord,
    Processor,
    PunctuationType,
    Response,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import ProcessingError, SerializationError
from kstream_cli.testing.raw_record import ConsumedRecord

DLQ = "errors.dead.letter.queue.topic.name"
PROCESSING = "processing.exception.handler"
DESERIALIZATION = "deserialization.exception.handler"


def invert(record, context):
    """Forwards 10 divided by each of the numbers in the value."""
    for number in record.value.split(","):
        context.forward(record.with_value(number))


def divide(record, context):
    context.forward(record.with_value(str(10 // int(record.value))))


def dividing():
    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("split", invert, parents="src")
    topology.add_processor("divide", divide, parents="split")
    return topology.add_sink("snk", "out", parents="divide", key=str, value=str)


def reading_numbers():
    topology = Topology().add_source("src", "in", key=str, value=int)
    return topology.add_sink("snk", "out", parents="src", key=str, value=int)


def test_a_record_that_cannot_be_decoded_is_skipped_where_the_handler_says_so():
    with TopologyTestDriver(reading_numbers(), {DESERIALIZATION: LogAndContinueExceptionHandler}) as driver:
        driver.pipe_raw("in", b"a", b"short", 0)
        driver.pipe_raw("in", b"b", bytes(8), 1)
        assert driver.output("out").read() == [("b", 0)]
        assert driver.dropped_records.total() == 1


class UnreadableHeaders(ConsumedRecord):
    """What the client has of a header whose name is no UTF-8."""

    def headers(self):
        raise SystemError("<method 'headers'> returned a result with an exception set")


@pytest.mark.parametrize("others", [(), (("in2", 0),)])
def test_headers_that_the_client_cannot_read_are_the_deserialization_handlers_business(run_task, others):
    topology = Topology().add_source("src", "in", "in2", key=bytes, value=bytes)
    topology.add_sink("snk", "out", parents="src", key=bytes, value=bytes)
    run = run_task(topology, inputs=(("in", 0), *others), config={DESERIALIZATION: LogAndContinueExceptionHandler})
    run.task.add_records("in", 0, [UnreadableHeaders("in", b"k", b"bad", 1, offset=0)])
    run.task.add_records("in", 0, [ConsumedRecord("in", b"k", b"good", 2, offset=1)])
    run.task.process(10)
    assert run.written() == [("out", "good")]


def test_a_dead_letter_holds_the_source_bytes_and_javas_headers():
    config = {DESERIALIZATION: LogAndContinueExceptionHandler, DLQ: "dlq"}
    with TopologyTestDriver(reading_numbers(), config) as driver:
        driver.pipe_raw("in", b"a", b"short", 7, [("h", b"1")])
        [letter] = driver.produced
    assert (letter.topic, letter.key, letter.value, letter.timestamp) == ("dlq", b"a", b"short", 7)
    assert [name for name, _ in letter.headers] == [
        "h",
        "__streams.errors.exception",
        "__streams.errors.message",
        "__streams.errors.stacktrace",
        "__streams.errors.topic",
        "__streams.errors.partition",
        "__streams.errors.offset",
    ]
    assert dict(letter.headers)["__streams.errors.topic"] == b"in"
    assert dict(letter.headers)["__streams.errors.offset"] == b"0"


def test_continue_drops_the_failing_sub_record_and_goes_on_with_the_next():
    with TopologyTestDriver(dividing(), {PROCESSING: LogAndContinueProcessingExceptionHandler}) as driver:
        driver.input("in").pipe([("a", "1,0,5"), ("b", "2")])
        assert driver.output("out").read() == [("a", "10"), ("a", "2"), ("b", "5")]


def test_the_dead_letter_of_a_sub_record_holds_the_whole_source_record():
    config = {PROCESSING: LogAndContinueProcessingExceptionHandler, DLQ: "dlq"}
    with TopologyTestDriver(dividing(), config) as driver:
        driver.input("in").pipe(("a", "1,0,x"))
        letters = driver.output("dlq", key=str, value=str).read_records()
    assert [(letter.key, letter.value) for letter in letters] == [("a", "1,0,x"), ("a", "1,0,x")]
    kinds = [dict(letter.headers)["__streams.errors.exception"] for letter in letters]
    assert kinds == [b"ZeroDivisionError", b"ValueError"]


def test_by_default_the_first_error_stops_the_task():
    with TopologyTestDriver(dividing()) as driver, pytest.raises(ProcessingError, match="processor 'divide'"):
        driver.input("in").pipe(("a", "0"))


def test_a_handler_learns_node_position_and_record():
    asked = []

    def handler(context, record, error):
        asked.append((context.node, context.position, context.source_raw_value, record.value, type(error)))
        return Response.resume()

    with TopologyTestDriver(dividing(), {PROCESSING: handler}) as driver:
        driver.input("in").pipe(("a", "0"))
    assert asked == [("divide", "record in-0@0", b"0", "0", ZeroDivisionError)]


def test_a_handler_may_send_letters_of_its_own():
    def handler(context, record, error):
        return Response.resume([OutgoingRecord("failed", b"k", context.node.encode(), 3)])

    with TopologyTestDriver(dividing(), {PROCESSING: handler}) as driver:
        driver.input("in").pipe(("a", "0"))
        assert driver.output("failed", key=str, value=str).read() == [("k", "divide")]


def test_a_handler_that_fails_itself_stops_the_task():
    def handler(context, record, error):
        raise RuntimeError("handler broken")

    config = {PROCESSING: handler}
    broken = pytest.raises(ProcessingError, match="RuntimeError: handler broken")
    with TopologyTestDriver(dividing(), config) as driver, broken:
        driver.input("in").pipe(("a", "0"))


def test_what_a_sink_cannot_write_goes_to_the_processing_handler_of_its_parent_too():
    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_processor("p", lambda record, context: context.forward(record), parents="src")
    topology.add_sink("snk", "out", parents="p", key=str, value=int)
    config = {PROCESSING: LogAndContinueProcessingExceptionHandler, DLQ: "dlq"}
    with TopologyTestDriver(topology, config) as driver:
        driver.input("in").pipe(("a", "text"))
        assert driver.output("dlq", key=str, value=str).read() == [("a", "text"), ("a", "text")]


def test_a_sink_straight_below_a_source_has_no_processing_handler():
    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_sink("snk", "out", parents="src", key=str, value=int)
    config = {PROCESSING: LogAndContinueProcessingExceptionHandler}
    with TopologyTestDriver(topology, config) as driver, pytest.raises(ProcessingError) as caught:
        driver.input("in").pipe(("a", "text"))
    assert isinstance(caught.value.__cause__, SerializationError)


def test_a_failing_punctuation_goes_to_the_processing_handler():
    class Failing(Processor):
        def init(self, context):
            context.schedule(100, PunctuationType.STREAM_TIME, self.tick)

        def tick(self, now):
            raise ValueError(f"at {now}")

        def process(self, record):
            pass

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Failing, parents="src")
    config = {PROCESSING: LogAndContinueProcessingExceptionHandler, DLQ: "dlq"}
    with TopologyTestDriver(topology, config) as driver:
        driver.input("in").pipe(("a", "x"), timestamp=5)
        [letter] = driver.produced
    assert (letter.key, letter.value, letter.timestamp) == (None, None, 5)
    headers = dict(letter.headers)
    assert headers["__streams.errors.message"] == b"at 5"
    assert (headers["__streams.errors.topic"], headers["__streams.errors.offset"]) == (None, b"-1")


def test_a_handler_is_asked_once_about_an_error_whatever_lies_above_the_node(run_task):
    asked = []

    class Failing:
        def handle_error(self, context, record, error):
            asked.append((context.node, type(error)))
            return Response.fail()

    run = run_task(dividing(), config={PROCESSING: Failing()})
    run.task.add_records("in", 0, [ConsumedRecord("in", b"a", b"5,0", 0, offset=0)])
    with pytest.raises(ProcessingError):
        run.task.process(1)
    assert asked == [("divide", ZeroDivisionError)]


def test_a_record_whose_processing_fails_is_dropped_and_counted():
    with TopologyTestDriver(dividing(), {PROCESSING: LogAndContinueProcessingExceptionHandler}) as driver:
        driver.input("in").pipe([("a", "0"), ("b", "5")])
        assert driver.output("out").read() == [("b", "2")]
        assert dict(driver.dropped_records) == {"its processing failed": 1}
