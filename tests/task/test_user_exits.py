"""What user code raises that is no Exception, and texts that it does not have: the same end for every callback."""

import asyncio
import sys

import pytest

from kstream_cli import (
    LogAndContinueProcessingExceptionHandler,
    Processor,
    PunctuationType,
    Serde,
    StreamsBuilder,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import ProcessingError, StreamsError

EXITS = {
    "sys.exit": lambda *_, **__: sys.exit(0),
    "GeneratorExit": lambda *_, **__: (_ for _ in ()).throw(GeneratorExit),
    "CancelledError": lambda *_, **__: (_ for _ in ()).throw(asyncio.CancelledError()),
}
every_exit = pytest.mark.parametrize("leave", EXITS.values(), ids=EXITS)


def stream(use, **source):
    builder = StreamsBuilder()
    use(builder.stream("in", **{"key": str, "value": str, **source}))
    return builder.build(), {}


def processing(**methods):
    kind = type("Leaving", (Processor,), {"process": lambda self, record: None, **methods})
    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("leaves", kind, parents="src")
    return topology, {}


def punctuating(kind):
    def make(leave):
        return processing(init=lambda self, context: context.schedule(1, kind, leave))

    return make


def handled(name, fails):
    def make(leave):
        topology, _ = stream(lambda each: each.map_values(fails).to("out", value=int))
        return topology, {name: leave}

    return make


CALLBACKS = {
    "predicate": lambda leave: stream(lambda each: each.filter(leave).to("out")),
    "mapper": lambda leave: stream(lambda each: each.map_values(leave).to("out")),
    "foreach": lambda leave: stream(lambda each: each.foreach(leave)),
    "aggregator": lambda leave: stream(lambda each: each.group_by_key().reduce(leave, store="s")),
    "initializer": lambda leave: stream(
        lambda each: each.group_by_key().aggregate(leave, lambda key, value, total: total, store="s", value=int)
    ),
    "timestamp extractor": lambda leave: stream(lambda each: each.to("out"), timestamp_extractor=leave),
    "partitioner": lambda leave: stream(lambda each: each.to("out", partitioner=leave)),
    "topic extractor": lambda leave: stream(lambda each: each.to(leave)),
    "deserializer": lambda leave: stream(lambda each: each.to("out"), value=Serde.of(str.encode, leave)),
    "serializer": lambda leave: stream(lambda each: each.to("out", value=Serde.of(leave, bytes.decode))),
    "process": lambda leave: processing(process=leave),
    "init": lambda leave: processing(init=leave),
    "wall-clock punctuator": punctuating(PunctuationType.WALL_CLOCK_TIME),
    "stream-time punctuator": punctuating(PunctuationType.STREAM_TIME),
    "processing handler": handled("processing.exception.handler", lambda value: 1 / 0),
    "production handler": handled("production.exception.handler", lambda value: "no number"),
}


def run(topology, config):
    with TopologyTestDriver(topology, config) as driver:
        for value in ("a", "b"):
            driver.input("in").pipe([("k", value)])
        driver.advance_wall_clock(1_000)


@every_exit
@pytest.mark.parametrize("callback", CALLBACKS)
def test_a_callback_that_leaves_has_failed_with_an_error_that_names_its_line(callback, leave):
    topology, config = CALLBACKS[callback](leave)
    with pytest.raises(StreamsError) as failure:
        run(topology, config)
    assert "test_user_exits.py" in str(failure.value) or callback == "timestamp extractor"


@every_exit
def test_a_close_that_leaves_is_logged_and_the_others_are_closed(leave, caplog):
    run(*processing(close=leave))
    assert "a processor could not be closed" in caplog.text
    assert "test_user_exits.py" in caplog.text


def test_a_handler_that_goes_on_past_errors_is_not_asked_about_an_exit():
    topology, _ = stream(lambda each: each.map_values(EXITS["sys.exit"]).to("out"))
    with pytest.raises(ProcessingError, match="SystemExit: 0"):
        run(topology, {"processing.exception.handler": LogAndContinueProcessingExceptionHandler})


@pytest.mark.parametrize("end", [KeyboardInterrupt, pytest.fail.Exception], ids=["Ctrl-C", "pytest.fail"])
def test_what_ends_a_test_from_inside_is_not_the_records_business(end):
    def leave(value):
        raise end("now")

    topology, _ = stream(lambda each: each.map_values(leave).to("out"))
    with pytest.raises(end, match="now"):
        run(topology, {})


class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def raise_odd(*_, **__):
    raise Odd


@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_exception_without_text_is_one_like_any_other(callback):
    topology, config = CALLBACKS[callback](raise_odd)
    with pytest.raises(StreamsError, match="Odd"):
        run(topology, config)


def test_an_exception_without_text_makes_a_dead_letter():
    topology, _ = stream(lambda each: each.map_values(raise_odd).to("out"))
    config = {
        "processing.exception.handler": LogAndContinueProcessingExceptionHandler,
        "errors.dead.letter.queue.topic.name": "dead",
    }
    with TopologyTestDriver(topology, config) as driver:
        driver.input("in").pipe([("a", "x")])
        [letter] = driver.produced
    headers = dict(letter.headers)
    assert letter.topic == "dead"
    assert b"Odd" in (headers["__streams.errors.message"] or b"")


@pytest.mark.parametrize("text", ["x" * 5_000_000, "half \ud800"], ids=["endless", "no UTF-8"])
def test_an_odd_text_fits_into_a_dead_letter(text):
    def fail(value):
        raise ValueError(text)

    topology, _ = stream(lambda each: each.map_values(fail).to("out"))
    config = {
        "processing.exception.handler": LogAndContinueProcessingExceptionHandler,
        "errors.dead.letter.queue.topic.name": "dead",
    }
    with TopologyTestDriver(topology, config) as driver:
        driver.input("in").pipe([("a", "x")])
        [letter] = driver.produced
    assert sum(len(value or b"") for _, value in letter.headers) < 200_000
