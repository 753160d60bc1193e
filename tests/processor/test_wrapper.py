"""Wrapping every processor."""

import pytest

from kstream_cli import Config, Topology, TopologyTestDriver
from kstream_cli.errors import ConfigError
from kstream_cli.processor.wrapper import wrapper_of


class Counting:
    """Counts the records of each processor."""

    counts: dict[str, int]

    def configure(self, config):
        type(self).counts = {}

    def wrap(self, name, operator):
        return Counted(name, operator, self.counts)


class Counted:
    def __init__(self, name, operator, counts):
        self.name, self.operator, self.counts = name, operator, counts

    def fuse(self, context, forward):
        process = self.operator.fuse(context, forward)

        def counted(key, value, timestamp, headers):
            self.counts[self.name] = self.counts.get(self.name, 0) + 1
            process(key, value, timestamp, headers)

        return counted


def test_a_wrapper_sees_the_records_of_every_processor():
    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_processor("p", lambda record, context: [record, record], parents="src")
    topology.add_processor("q", lambda record, context: None, parents="p")
    with TopologyTestDriver(topology, {"processor.wrapper.class": Counting}) as driver:
        driver.input("in").pipe(("a", "1"))
    assert Counting.counts == {"p": 1, "q": 2}


def test_a_function_may_be_the_wrapper():
    def same(name, operator):
        return operator

    assert wrapper_of(Config.from_mapping({"application.id": "a", "processor.wrapper.class": same})) is same


def test_what_wraps_nothing_is_refused():
    with pytest.raises(ConfigError, match=r"processor\.wrapper\.class\(name, operator\) must be a function, not 5"):
        wrapper_of(Config.from_mapping({"application.id": "a", "processor.wrapper.class": 5}))


def test_without_one_nothing_is_wrapped():
    assert wrapper_of(Config.from_mapping({"application.id": "a"})) is None
