"""The driver that tests topologies."""

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from kstream_cli import (
    Processor,
    PunctuationType,
    Record,
    StreamsBuilder,
    TestRecord,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import SerializationError, StateError, TopologyError, UnknownStoreError


def passing(topic="in", out="out"):
    return (
        Topology().add_source("src", topic, key=str, value=str).add_sink("snk", out, parents="src", key=str, value=str)
    )


class EveryHundred(Processor):
    def init(self, context):
        super().init(context)
        context.schedule(100, PunctuationType.WALL_CLOCK_TIME, self.tick)

    def tick(self, now):
        self.context.forward(Record("tick", str(now), now))

    def process(self, record):
        self.context.forward(record)


def test_a_piped_pair_comes_out_of_the_sink():
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe(("a", "1"))
        assert driver.output("out").read() == [("a", "1")]


def test_reading_consumes():
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe([("a", "1"), ("b", "2")])
        output = driver.output("out")
        assert output.size == 2
        assert output.read_values() == ["1", "2"]
        assert output.is_empty
        assert output.read() == []


def test_records_may_be_read_one_by_one():
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe([("a", "1"), ("b", "2")])
        output = driver.output("out")
        assert output.read_record().value == "1"
        assert output.read_record().value == "2"
        with pytest.raises(LookupError, match="no more records"):
            output.read_record()


def test_the_last_value_of_a_key_is_in_the_map():
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe([("a", "1"), ("b", "2"), ("a", "3")])
        assert driver.output("out").read_map() == {"a": "3", "b": "2"}


def test_a_bare_value_has_no_key():
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe("x")
        driver.input("in").pipe_values(["y", None])
        assert driver.output("out").read() == [(None, "x"), (None, "y"), (None, None)]


def test_a_test_record_keeps_timestamp_and_headers():
    record = TestRecord("a", "1", 42, (("h", b"x"),))
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe(record)
        assert driver.output("out").read_records() == [record]


def test_an_input_topic_stamps_records_and_advances():
    with TopologyTestDriver(passing()) as driver:
        topic = driver.input("in", start=100, advance=timedelta(milliseconds=10))
        topic.pipe([("a", "1"), ("a", "2")])
        topic.advance_time(1000)
        topic.pipe(("a", "3"))
        assert [record.timestamp for record in driver.output("out").read_records()] == [100, 110, 1120]


def test_an_input_topic_starts_at_the_wall_clock():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with TopologyTestDriver(passing(), start_ms=start) as driver:
        driver.input("in").pipe(("a", "1"))
        assert driver.output("out").read_record().timestamp == 1767225600000


def test_the_wall_clock_moves_only_when_told():
    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_processor("p", EveryHundred, parents="src").add_sink("snk", "out", parents="p", key=str, value=str)
    with TopologyTestDriver(topology) as driver:
        driver.input("in").pipe(("a", "1"), timestamp=10_000)
        driver.advance_wall_clock(99)
        driver.advance_wall_clock(1)
        driver.advance_wall_clock(timedelta(milliseconds=250))
        assert driver.output("out").read() == [("a", "1"), ("tick", "100"), ("tick", "350")]


def test_a_topic_that_is_sink_and_source_is_piped_in_again():
    topology = passing(out="mid").add_source("src2", "mid", key=str, value=str)
    topology.add_sink("snk2", "out", parents="src2", key=str, value=str)
    with TopologyTestDriver(topology) as driver:
        driver.input("in").pipe(("a", "1"))
        assert driver.output("out").read() == [("a", "1")]
        assert driver.produced_topics() == {"mid", "out"}


def test_a_source_may_read_a_pattern_of_topics():
    topology = Topology().add_source("src", pattern=re.compile("in-.*"), key=str, value=str)
    topology.add_sink("snk", "out", parents="src", key=str, value=str)
    with TopologyTestDriver(topology) as driver:
        driver.input("in-a").pipe(("a", "1"))
        driver.input("in-b").pipe(("b", "2"))
        assert driver.output("out").read() == [("a", "1"), ("b", "2")]


def test_raw_records_show_the_exact_bytes():
    with TopologyTestDriver(passing()) as driver:
        driver.pipe_raw("in", b"a", None, 5, [("h", None)])
        [record] = driver.produced
        assert (record.topic, record.key, record.value, record.timestamp, record.headers, record.partition) == (
            "out",
            b"a",
            None,
            5,
            (("h", None),),
            0,
        )


def test_an_unknown_input_topic_is_refused_with_the_known_ones():
    with TopologyTestDriver(passing()) as driver, pytest.raises(TopologyError, match="it reads: in"):
        driver.input("typo")


def test_an_unknown_store_is_refused():
    with TopologyTestDriver(passing()) as driver, pytest.raises(UnknownStoreError, match="its stores: none"):
        driver.store("counts")


def test_a_value_that_does_not_fit_the_serde_says_what_to_do():
    with TopologyTestDriver(passing()) as driver, pytest.raises(SerializationError, match=r"input\('in', value="):
        driver.input("in").pipe(("a", 5))


def test_bytes_that_do_not_fit_the_output_serde_say_what_to_do():
    with TopologyTestDriver(passing()) as driver:
        driver.input("in").pipe(("a", "text"))
        with pytest.raises(SerializationError, match=r"output\('out', key="):
            driver.output("out", value=int).read()


def test_a_closed_driver_takes_no_records():
    driver = TopologyTestDriver(passing())
    driver.close()
    driver.close()
    with pytest.raises(StateError, match="closed"):
        driver.pipe_raw("in", b"a", b"1", 0)


def test_closing_deletes_the_state():
    driver = TopologyTestDriver(passing())
    directory = driver._directory
    assert os.path.isdir(directory)
    driver.close()
    assert not os.path.exists(directory)


def test_the_pytest_fixture_makes_drivers(topology_test_driver):
    driver = topology_test_driver(passing())
    driver.input("in").pipe(("a", "1"))
    assert driver.output("out").read() == [("a", "1")]


def test_dead_letters_are_read_as_bytes_unless_serdes_are_given():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map_values(int, value=int).to("out")
    config = {
        "errors.dead.letter.queue.topic.name": "dead",
        "processing.exception.handler": "kstream_cli:LogAndContinueProcessingExceptionHandler",
    }
    with TopologyTestDriver(builder, config) as driver:
        driver.input("in").pipe([("a", "1"), ("b", "two"), ("c", "three")])
        assert driver.output("dead").read_record().value == b"two"
        assert driver.output("dead", str, str).read() == [("c", "three")]
