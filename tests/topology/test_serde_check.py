"""Every source, sink and store knows its serdes before anything runs."""

import pytest

from kstream_cli import (
    Config,
    JoinWindows,
    KafkaStreams,
    Stores,
    StreamsBuilder,
    TimeWindowedSerde,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import TopologyError
from kstream_cli.topology.serde_check import check_serdes, missing_serdes

NO_DEFAULTS = Config.from_mapping({})


def bare():
    topology = Topology().add_source("read", "in", "also", key=str)
    topology.add_processor("count", lambda record, context: None, parents="read")
    topology.add_state_store(Stores.key_value("counts", key=str), "count")
    return topology.add_sink("write", "out", parents="read", value=str)


def test_all_missing_serdes_are_listed_with_where_they_are_missing():
    assert missing_serdes(bare(), NO_DEFAULTS) == [
        "source 'read' (in, also) has no value serde: give one with value=, or set default.value.serde",
        "sink 'write' (out) has no key serde: give one with key=, or set default.key.serde",
        "store 'counts' has no value serde: give one with value=, or set default.value.serde",
    ]


def test_configured_defaults_stand_in():
    check_serdes(bare(), Config.from_mapping({"default.key.serde": str, "default.value.serde": "str"}))


def test_a_serde_whose_inside_is_open_is_missing_too():
    topology = Topology().add_source("read", "in", key=TimeWindowedSerde(None), value=str)
    assert "source 'read' (in) has no key serde" in missing_serdes(topology, NO_DEFAULTS)[0]
    check_serdes(topology, Config.from_mapping({"default.key.serde": str}))


def test_the_buffers_of_an_outer_join_are_looked_into():
    builder = StreamsBuilder()
    left, right = builder.stream("left", key=str), builder.stream("right", key=str, value=str)
    left.outer_join(right, lambda a, b: (a, b), JoinWindows.of_time_difference(10))
    found = "\n".join(missing_serdes(builder.build(), NO_DEFAULTS))
    assert "source 'KSTREAM-SOURCE-0000000000' (left) has no value serde" in found
    assert "store 'KSTREAM-OUTERSHARED-" in found


def test_the_source_and_the_store_of_a_global_table_are_looked_into():
    builder = StreamsBuilder()
    builder.global_table("prices", key=str)
    found = "\n".join(missing_serdes(builder.build(), NO_DEFAULTS))
    assert "(prices) has no value serde" in found
    assert "store 'prices-STATE-STORE-" in found


@pytest.mark.parametrize(
    "runner",
    [
        TopologyTestDriver,
        lambda topology: KafkaStreams(topology, {"application.id": "a", "bootstrap.servers": "localhost:1"}),
    ],
    ids=["TopologyTestDriver", "KafkaStreams"],
)
def test_whoever_runs_a_topology_refuses_it_at_once_and_names_all(runner):
    with pytest.raises(TopologyError, match=r"3 serdes are missing:(\n.*){3}$"):
        runner(bare())
