"""Pictures and texts of topologies with topics in several clusters."""

import pytest

from kstream_cli import StreamsBuilder
from kstream_cli.described.built import described
from kstream_cli.described.saved import from_json, json_of
from kstream_cli.render.dot import dot_of
from kstream_cli.render.graph import graph_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.tree import text_lines, tree_of


@pytest.fixture(scope="module")
def topology():
    builder = StreamsBuilder()
    builder.stream("orders", key=str, value=str, cluster="east").to("orders", key=str, value=str)
    builder.stream("stock", key=str, value=str).to("stock", key=str, value=str, cluster="eu")
    return described(builder.build(), name="two")


def test_the_topics_of_each_cluster_have_a_frame(topology):
    graph = graph_of(topology)
    assert [(broker.title, [vertex.label for vertex in broker.vertices]) for broker in graph.brokers] == [
        ("Cluster east", ["orders"]),
        ("Cluster eu", ["stock"]),
    ]
    assert [vertex.label for vertex in graph.topics] == ["orders", "stock"]
    for text in (dot_of(graph), mermaid_of(graph)):
        assert "Cluster east" in text
        assert "Cluster eu" in text


def test_the_description_of_a_picture_names_the_clusters(topology):
    assert graph_of(topology).description.endswith(
        "2 subtopologies; topics: orders, stock; Cluster east: orders; Cluster eu: stock."
    )


def test_the_tree_names_topics_with_their_clusters(topology):
    text = "\n".join(text_lines(tree_of(topology)))
    assert "reads east:orders" in text
    assert "writes eu:stock" in text


def test_json_keeps_the_clusters(topology):
    read = from_json(json_of(topology))
    assert read.clusters() == ("east", "eu")
    assert read == topology
