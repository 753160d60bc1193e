"""What a topology refuses, and that the refusal names the thing and the remedy."""

from __future__ import annotations

import re

import pytest

from kstream_cli import Processor, Stores, Topology
from kstream_cli.errors import TopologyError


class Forward(Processor):
    def process(self, record):
        self.context.forward(record)


def source() -> Topology:
    return Topology().add_source("source", "in")


def refused(message: str):
    return pytest.raises(TopologyError, match=message)


def test_a_name_is_given_once():
    with refused("'source' is already added"):
        source().add_source("source", "other")


def test_a_parent_must_be_there_already_so_that_there_are_no_cycles():
    with refused(r"'sourc', parent of 'p', is not added yet \(did you mean 'source'\?\)"):
        source().add_processor("p", Forward, parents="sourc")


def test_a_processor_is_not_its_own_parent():
    with refused("'p' cannot be its own parent"):
        source().add_processor("p", Forward, parents="p")


def test_a_processor_needs_a_parent():
    with refused("'p' has no parents"):
        source().add_processor("p", Forward, parents=())


def test_nothing_comes_after_a_sink():
    with refused("sink 'sink' cannot be the parent of 'p'"):
        source().add_sink("sink", "out", parents="source").add_processor("p", Forward, parents="sink")


def test_a_topic_has_one_source():
    with refused("topic 'in' is already read by source 'source', so 'again' cannot read it too"):
        source().add_source("again", "in")


def test_a_topic_is_not_also_matched_by_a_pattern():
    with refused("matches topic 'in', which source 'source' reads already"):
        source().add_source("again", pattern=re.compile("i."))


def test_a_pattern_takes_topics_from_sources_that_come_after_it():
    with refused("topic 'in' is already read by source 'all'"):
        Topology().add_source("all", pattern=re.compile(".*")).add_source("source", "in")


def test_a_source_needs_topics_or_a_pattern():
    with refused("source 'source' is given no topics"):
        Topology().add_source("source")
    with refused("given both topics and a pattern"):
        Topology().add_source("source", "in", pattern=re.compile("x"))


def test_an_unknown_offset_reset_names_the_known_ones():
    with refused("offset_reset 'newest' is not one of earliest, latest, none"):
        Topology().add_source("source", "in", offset_reset="newest")


def test_a_store_is_added_before_it_is_connected():
    with refused("store 's' is not added yet, so 'p' cannot use it: call add_state_store first; there are: none"):
        source().add_processor("p", Forward, parents="source", stores="s")


def test_a_store_is_connected_to_processors_only():
    topology = source().add_state_store(Stores.key_value("s"))
    with refused("store 's' cannot be connected to 'source': only processors use stores"):
        topology.connect_processor_and_stores("source", "s")


def test_a_store_is_connected_to_processors_that_exist():
    with refused("processor 'p' is not added yet"):
        source().add_state_store(Stores.key_value("s"), "p")


def test_the_same_store_builder_may_be_added_twice_but_no_other_of_its_name():
    topology = source().add_state_store(Stores.key_value("s")).add_state_store(Stores.key_value("s"))
    with refused("store 's' is already added"):
        topology.add_state_store(Stores.key_value("s", persistent=False))


def test_a_supplier_must_make_a_new_processor_each_time():
    only = Forward()
    with refused("gave the same processor twice"):
        source().add_processor("p", lambda: only, parents="source")


def test_stores_of_a_supplier_are_added_and_connected():
    class Counting(Forward):
        stores = (Stores.key_value("counts"),)

    topology = source().add_processor("p", Counting, parents="source")
    assert topology.nodes["p"].stores == ("counts",)
    assert list(topology.stores) == ["counts"]


def global_store(topology: Topology, *, logging: bool = False, topic: str = "t") -> Topology:
    return topology.add_global_store(
        Stores.key_value("g", logging=logging), source="gs", topic=topic, processor_name="gp", supplier=Forward
    )


def test_a_global_store_keeps_no_changelog():
    assert not global_store(source(), logging=True).global_stores["g"].store.logging


def test_a_global_topic_is_not_also_an_ordinary_one():
    with refused("topic 'in' is already read by source 'source'"):
        global_store(source(), topic="in")
    with refused("topic 't' is already read by source 'gs'"):
        global_store(source()).add_source("s2", "t")


def test_a_global_store_is_read_without_being_connected():
    with refused("store 'g' is global: 'p' can read it without being connected"):
        global_store(source()).add_processor("p", Forward, parents="source", stores="g")


def test_a_sink_needs_a_topic_or_a_function():
    with refused("sink 'sink': 3 is neither a topic's name nor a function"):
        source().add_sink("sink", 3, parents="source")


def test_a_read_only_store_has_its_source_topic_as_changelog():
    topology = Topology().add_read_only_store(
        Stores.key_value("s"), source="source", topic="in", processor_name="p", supplier=Forward
    )
    assert topology.source_changelogs == {"s": "in"}
    assert topology.stores["s"].logging is False
