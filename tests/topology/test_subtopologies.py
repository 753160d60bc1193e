"""How a topology falls into subtopologies."""

from __future__ import annotations

from kstream_cli import Stores, StreamsBuilder, Topology


def passing(record, context):
    context.forward(record)


def names(topology: Topology) -> dict[int, list[str]]:
    return {number: [node.name for node in part.nodes] for number, part in topology.subtopologies().items()}


def test_unconnected_parts_are_numbered_as_they_were_added():
    topology = Topology().add_source("b", "tb").add_source("a", "ta").add_sink("out", "to", parents="a")
    assert names(topology) == {0: ["b"], 1: ["a", "out"]}


def test_a_shared_store_connects_processors():
    topology = Topology().add_source("a", "ta").add_source("b", "tb")
    topology.add_processor("pa", passing, parents="a").add_processor("pb", passing, parents="b")
    topology.add_state_store(Stores.key_value("s"), "pa", "pb")
    assert names(topology) == {0: ["a", "b", "pa", "pb"]}


def test_a_global_store_takes_a_number_but_makes_no_tasks():
    topology = Topology().add_global_store(
        Stores.key_value("g", logging=False), source="gs", topic="gt", processor_name="gp", supplier=passing
    )
    topology.add_source("a", "ta")
    assert names(topology) == {1: ["a"]}
    assert [store.id for store in topology.describe().global_stores] == [0]


def test_a_repartition_topic_ends_one_subtopology_and_begins_the_next():
    builder = StreamsBuilder()
    builder.stream("in").group_by(lambda key, value: value).count().to_stream().to("out")
    first, second = builder.build().subtopologies().values()
    assert first.source_topics == ("in",)
    assert first.sink_topics == second.source_topics
    assert second.sink_topics == ("out",)
    assert second.stores == ("KSTREAM-AGGREGATE-STATE-STORE-0000000002",)
