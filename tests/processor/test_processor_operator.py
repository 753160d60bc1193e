"""What counts as a supplier of processors, and what its kinds do."""

import pytest

from kstream_cli import (
    FixedKeyProcessor,
    LogAndContinueProcessingExceptionHandler,
    Processor,
    PunctuationType,
    Record,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import ProcessingError, StreamsError, TopologyError
from kstream_cli.processor.processor import ProcessorOperator
from kstream_cli.topology.nodes import ProcessorNode


def outputs(supplier, *pairs, fixed_key=False):
    """What a topology of this one processor writes."""
    topology = Topology().add_source("src", "in", key=str, value=str)
    if fixed_key:
        topology.add_node(ProcessorNode("p", ProcessorOperator(supplier, fixed_key=True), ("src",)))
    else:
        topology.add_processor("p", supplier, parents="src")
    topology.add_sink("snk", "out", parents="p", key=str, value=str)
    with TopologyTestDriver(topology) as driver:
        driver.input("in").pipe(list(pairs))
        return driver.output("out").read()


class Shout(Processor):
    def process(self, record):
        self.context.forward(record.with_value(record.value.upper()))


class KeepKey(FixedKeyProcessor):
    def process(self, record):
        self.context.forward(record.with_value(record.value + "!"))


class ChangeKey(FixedKeyProcessor):
    def process(self, record):
        self.context.forward(record.with_key("other"))


def test_a_processor_class_supplies_processors():
    assert outputs(Shout, ("a", "x")) == [("a", "X")]


def test_a_function_that_makes_processors_supplies_them():
    assert outputs(lambda: Shout(), ("a", "x")) == [("a", "X")]


def test_a_plain_function_forwards_through_the_context():
    assert outputs(lambda record, context: context.forward(record), ("a", "x")) == [("a", "x")]


def test_a_generator_may_yield_records_and_pairs():
    def twice(record, context):
        yield record.with_value("first")
        yield "second", record.value

    assert outputs(twice, ("a", "x")) == [("a", "first"), ("second", "x")]


def test_a_pair_keeps_the_timestamp_and_headers_of_the_record():
    def pair(record, context):
        yield record.key, record.value

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", pair, parents="src")
    topology.add_sink("snk", "out", parents="p", key=str, value=str)
    with TopologyTestDriver(topology) as driver:
        driver.input("in").pipe(("a", "x"), timestamp=7, headers=[("h", b"1")])
        [record] = driver.output("out").read_records()
    assert (record.timestamp, record.headers) == (7, (("h", b"1"),))


def test_a_returned_record_is_forwarded():
    assert outputs(lambda record, context: record.with_value("y"), ("a", "x")) == [("a", "y")]


def test_a_supplier_that_gives_the_same_processor_twice_is_refused():
    one = Shout()
    with pytest.raises(TopologyError, match="same processor twice"):
        ProcessorOperator(lambda: one)


@pytest.mark.parametrize("supplier", [Shout(), "p", str, lambda: 5])
def test_what_supplies_no_processor_is_refused(supplier):
    with pytest.raises(TopologyError, match="no processor"):
        ProcessorOperator(supplier)


def test_a_supplier_may_bring_its_stores():
    class WithStore(Shout):
        stores = ("a store builder",)

    assert ProcessorOperator(WithStore).stores == ("a store builder",)


def test_a_fixed_key_processor_keeps_the_key():
    assert outputs(KeepKey, ("a", "x"), fixed_key=True) == [("a", "x!")]


def test_a_fixed_key_processor_cannot_change_the_key():
    with pytest.raises(ProcessingError, match="must keep the key 'a'"):
        outputs(ChangeKey, ("a", "x"), fixed_key=True)


def test_a_fixed_key_generator_may_yield_values():
    def values(record, context):
        yield from record.value

    assert outputs(values, ("a", "xy"), fixed_key=True) == [("a", "x"), ("a", "y")]


def test_forwarding_to_an_unknown_child_names_the_children():
    with pytest.raises(ProcessingError, match=r"no child 'nobody' to forward to; its children: snk"):
        outputs(lambda record, context: context.forward(record, "nobody"), ("a", "x"))


def test_a_record_cannot_have_a_negative_timestamp():
    with pytest.raises(StreamsError, match="negative"):
        Record("a", "x", -1)


def test_after_a_record_that_failed_a_punctuation_forwards_any_key():
    class Ticking(FixedKeyProcessor):
        def init(self, context):
            super().init(context)
            context.schedule(10, PunctuationType.WALL_CLOCK_TIME, lambda now: context.forward(Record("tick", "", now)))

        def process(self, record):
            raise ValueError(record.value)

    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_node(ProcessorNode("p", ProcessorOperator(Ticking, fixed_key=True), ("src",)))
    topology.add_sink("snk", "out", parents="p", key=str, value=str)
    with TopologyTestDriver(
        topology, {"processing.exception.handler": LogAndContinueProcessingExceptionHandler}
    ) as driver:
        driver.input("in").pipe([("a", "bad")])
        driver.advance_wall_clock(10)
        assert driver.output("out").read() == [("tick", "")]
