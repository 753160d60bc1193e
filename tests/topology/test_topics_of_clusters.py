"""Topics of clusters beside home: how a topology names them, and which ones it refuses."""

import re

import pytest

from kstream_cli import Stores, StreamsBuilder, Topology
from kstream_cli.clusters import cluster_of, name_of, stand_in, stood_for
from kstream_cli.errors import TopologyError


def read_from_east(topology=None):
    return (topology or Topology()).add_source("in", "orders", cluster="east")


def test_a_topic_of_another_cluster_has_that_cluster_in_front():
    topology = read_from_east().add_sink("out", "orders", parents="in", cluster="eu")
    assert topology.nodes["in"].topics == ("east:orders",)
    assert topology.nodes["out"].topic == "eu:orders"


def test_topics_of_one_name_in_two_clusters_are_two():
    topology = read_from_east().add_source("here", "orders")
    assert topology.read_by == {"east:orders": "in", "orders": "here"}


def test_a_topic_of_a_cluster_has_one_source():
    with pytest.raises(TopologyError, match="'east:orders' is already read by source 'in'"):
        read_from_east().add_source("again", "orders", cluster="east")


def test_a_pattern_matches_topics_of_its_own_cluster_only():
    topology = read_from_east().add_source("all", pattern=re.compile("orders.*"))
    assert topology.nodes["all"].reads("orders-eu")
    assert not topology.nodes["all"].reads("east:orders-eu")
    with pytest.raises(TopologyError, match=r"pattern 'orders.*' of source 'east' matches topic 'east:orders'"):
        topology.add_node(topology.nodes["all"].__class__("east", (), re.compile("orders.*"), cluster="east"))


def test_a_table_of_another_cluster_keeps_its_changelog_at_home():
    builder = StreamsBuilder({"topology.optimization": "all"})
    builder.table("prices", key=str, value=str, store="prices", cluster="east")
    topology = builder.build()
    assert topology.source_changelogs == {}
    assert topology.stores["prices"].logging


def test_a_changelog_in_another_cluster_is_refused():
    store = Stores.key_value("s", key=str, value=str)
    with pytest.raises(TopologyError, match="store 's' cannot have a changelog in cluster 'east'"):
        Topology().add_read_only_store(
            store, source="in", topic="t", processor_name="p", supplier=lambda: None, cluster="east"
        )


@pytest.mark.parametrize("cluster", ["East", "a b", "", 3, "1st", "home"])
def test_a_cluster_that_cannot_be_named_so_is_refused(cluster):
    with pytest.raises(TopologyError, match="source 'in': "):
        Topology().add_source("in", "orders", cluster=cluster)


def test_a_name_that_has_its_cluster_in_front_is_refused_with_the_right_way_to_say_it():
    with pytest.raises(TopologyError, match="'east:orders' is given as 'orders' with cluster='east'"):
        Topology().add_source("in", "east:orders")


def test_the_topology_tells_its_clusters_and_who_names_them_first():
    topology = read_from_east().add_sink("out", "orders", parents="in", cluster="eu")
    assert topology.clusters() == {"east": "in", "eu": "out"}


def test_javas_text_shows_the_names_alone():
    topology = read_from_east().add_sink("out", "orders", parents="in", cluster="eu")
    text = str(topology.describe())
    assert "(topics: [orders])" in text
    assert "(topic: orders)" in text


def test_the_stand_in_of_a_topic_tells_what_it_stands_for():
    assert stand_in("orders", "app") == "orders"
    assert stand_in("east:a.b-c", "app") == "app-east.a.b-c-stand-in"
    assert stood_for("app-east.a.b-c-stand-in", "app") == "east:a.b-c"
    assert stood_for("other-east.a-stand-in", "app") == "other-east.a-stand-in"


@pytest.mark.parametrize("topic", ["(?:a|b)", "orders", "(?i:x)"])
def test_a_pattern_is_never_taken_for_a_cluster(topic):
    assert cluster_of(topic) is None
    assert name_of(topic) == topic
