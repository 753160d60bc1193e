import pytest

from kstream_cli import StreamsBuilder
from kstream_cli.described.built import described
from kstream_cli.described.selection import selected
from kstream_cli.errors import TopologyError


def app(name, read, write):
    builder = StreamsBuilder()
    stream = builder.stream(read, key=str, value=str, name=f"{name}-read")
    keyed = stream.select_key(lambda key, value: value, name=f"{name}-key")
    counted = keyed.group_by_key(name=f"{name}-group").count(name=f"{name}-count", store=f"{name}-counts")
    counted.to_stream(name=f"{name}-changes").to(write, name=f"{name}-write")
    stream.filter(lambda key, value: True, name=f"{name}-side").to(f"{name}-copies", name=f"{name}-copy")
    return described(builder.build({"application.id": name}), name=name, application_id=name)


def names(topologies, *selections):
    return {node.name for each in selected(topologies, selections) for node in each.nodes()}


def test_a_store_selects_who_uses_it():
    assert names([app("a", "in", "out")], "store:a-counts") == {"a-count"}


def test_a_plus_behind_adds_what_comes_after():
    assert names([app("a", "in", "out")], "store:a-counts+") == {"a-count", "a-changes", "a-write"}


def test_a_plus_before_adds_what_leads_there_through_repartition_topics():
    found = names([app("a", "in", "out")], "+sink:out")
    assert {"a-read", "a-key", "a-group-repartition-sink", "a-group-repartition-source", "a-write"} <= found
    assert "a-copy" not in found


def test_topologies_are_linked_by_the_topics_that_they_share():
    both = [app("a", "in", "between"), app("b", "between", "out")]
    found = names(both, "+sink:out")
    assert {"a-read", "b-write"} <= found


def test_what_is_left_links_only_to_what_is_left():
    (found,) = selected([app("a", "in", "out")], ["a-key"])
    (node,) = found.nodes()
    assert (node.parents, node.children) == ((), ())
    assert not list(found.stores())


@pytest.mark.parametrize("selection", ["subtopology:1", "topic:a-a-group-repartition"])
def test_a_subtopology_and_a_topic_select_their_nodes(selection):
    assert "a-group-repartition-source" in names([app("a", "in", "out")], selection)


def test_the_other_side_of_a_join_leads_to_it():
    builder = StreamsBuilder()
    users = builder.global_table("users", key=str, value=str, name="users")
    table = builder.table("prices", key=str, value=str, name="prices")
    stream = builder.stream("clicks", key=str, value=str, name="clicks")
    looked_up = stream.join(users, lambda one, other: one, selector=lambda key, value: key, name="look-up")
    looked_up.join(table, lambda one, other: one, name="price").to("out", name="out")
    found = described(builder.build(), name="joins")
    everything = {node.name for node in found.nodes()}
    assert names([found], "+sink:out") == everything


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ("store:a-count", "Did you mean store:a-counts?"),
        ("a-wriet", "Did you mean a-write?"),
        ("subtopology:9", "There are: 0, 1"),
        ("sink:zzz", "There are:"),
    ],
)
def test_a_selection_that_matches_nothing_names_the_nearest(selection, said):
    with pytest.raises(TopologyError) as refused:
        selected([app("a", "in", "out")], [selection])
    assert said in str(refused.value)
