"""What StreamsBuilder makes of a description, and what it refuses."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kstream_cli import Materialized, Stores, StreamsBuilder
from kstream_cli.errors import TopologyError


def test_streams_of_the_same_topics_read_them_once():
    builder = StreamsBuilder()
    builder.stream("in").to("one")
    builder.stream("in").to("two")
    assert [node.name for node in builder.build().children("KSTREAM-SOURCE-0000000000")] == [
        "KSTREAM-SINK-0000000001",
        "KSTREAM-SINK-0000000003",
    ]


def test_streams_of_the_same_pattern_read_it_once():
    builder = StreamsBuilder()
    builder.stream(re.compile("a.*")).to("one")
    builder.stream(re.compile("a.*")).to("two")
    assert len(builder.build().nodes) == 3


def test_topics_that_overlap_but_differ_are_refused():
    builder = StreamsBuilder()
    builder.stream(["a", "b"])
    builder.stream(["b", "c"])
    with pytest.raises(TopologyError, match=r"overlap but differ, \['a', 'b'\] and \['b', 'c'\]"):
        builder.build()


def test_different_offset_resets_of_the_same_topic_are_refused():
    builder = StreamsBuilder()
    builder.stream("a", offset_reset="earliest")
    builder.stream("a", offset_reset="latest")
    with pytest.raises(TopologyError, match="'earliest' and 'latest': give both the same"):
        builder.build()


def test_a_topic_read_as_stream_and_as_table_is_refused():
    builder = StreamsBuilder()
    builder.stream("in")
    builder.table("in")
    with pytest.raises(TopologyError, match="topic 'in' is already read by source"):
        builder.build()


def test_a_stream_of_no_topics_is_refused():
    with pytest.raises(TopologyError, match="is given no topics"):
        StreamsBuilder().stream([])


def test_a_builder_can_be_built_again():
    builder = StreamsBuilder()
    changed = builder.stream("in").select_key(lambda key, value: value)
    changed.group_by_key().count(store="a")
    changed.group_by_key().reduce(max, store="b")
    plain = str(builder.build().describe())
    optimised = str(builder.build({"topology.optimization": "all"}).describe())
    assert plain != optimised
    assert str(builder.build().describe()) == plain


def test_a_store_that_a_processor_names_must_be_added():
    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("counts"))
    builder.stream("in").process(lambda record, context: None, stores="count")
    with pytest.raises(TopologyError, match=r"uses store 'count', which is not added \(did you mean 'counts'\?\)"):
        builder.build()


def test_a_store_may_be_added_after_the_processor_that_uses_it():
    builder = StreamsBuilder()
    builder.stream("in").process(lambda record, context: None, stores=["counts"], name="p")
    builder.add_state_store(Stores.key_value("counts"))
    assert builder.build().nodes["p"].stores == ("counts",)


def test_a_global_table_cannot_be_versioned():
    store = Materialized(supplier=Stores.versioned("v", history_retention=1000))
    with pytest.raises(TopologyError, match="global table of topic 'in' cannot be versioned"):
        StreamsBuilder().global_table("in", store=store)


def test_a_source_table_is_kept_only_where_somebody_reads_it():
    builder = StreamsBuilder()
    builder.table("in").to_stream().to("out")
    assert builder.build().stores == {}


def test_a_source_table_is_kept_for_whoever_needs_old_values():
    builder = StreamsBuilder()
    builder.table("in").group_by(lambda key, value: (value, key)).count()
    assert "in-STATE-STORE-0000000000" in builder.build().stores


def test_the_kind_of_the_dsl_s_stores_is_configured_unless_given():
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by_key()
    grouped.count(store="by-config")
    grouped.count(store=Materialized("on-disk", store_type="rocksdb"))
    grouped.count(store=Materialized(supplier=Stores.key_value("given", persistent=True)))
    stores = builder.build({"default.dsl.store": "in_memory"}).stores
    assert {name: store.persistent for name, store in stores.items()} == {
        "by-config": False,
        "on-disk": True,
        "given": True,
    }


def test_where_the_dsl_s_stores_are_kept_can_be_chosen_by_a_function():
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().count(store="s")
    config = {"dsl.store.suppliers.class": lambda store: replace(store, persistent=False, caching=False)}
    assert builder.build(config).stores["s"].caching is False
    assert builder.build({"dsl.store.suppliers.class": "InMemoryDslStoreSuppliers"}).stores["s"].persistent is False


def test_generated_names_of_stores_and_topics_can_be_forbidden():
    builder = StreamsBuilder()
    builder.stream("in").group_by(lambda key, value: value).count()
    builder.stream("in2").group_by(lambda key, value: value, name="mine").count(store="named")
    with pytest.raises(
        TopologyError, match="stores KSTREAM-AGGREGATE-STATE-STORE-0000000002; changelog topics KSTREAM-AGG"
    ):
        builder.build({"ensure.explicit.internal.resource.naming": True})


def test_configuration_given_to_the_builder_counts_where_build_is_given_none():
    builder = StreamsBuilder({"default.dsl.store": "in_memory"})
    builder.stream("in").group_by_key().count(store="s")
    assert builder.build().stores["s"].persistent is False


def test_an_unknown_store_option_is_refused():
    with pytest.raises(TopologyError, match="store= takes a store's name or a Materialized, not 3"):
        StreamsBuilder().table("in", store=3)


def test_a_supplier_of_another_kind_is_refused():
    windowed = Stores.window("w", retention=10, window_size=10)
    with pytest.raises(TopologyError, match="store 'w' must be a key-value or versioned store"):
        StreamsBuilder().table("in", store=Materialized(supplier=windowed))


def test_inputs_of_a_cogroup_that_are_all_repartitioned_need_names():
    builder = StreamsBuilder()
    one = builder.stream("a").group_by(lambda key, value: value)
    two = builder.stream("b").group_by(lambda key, value: value)
    both = one.cogroup(lambda key, value, agg: agg).cogroup(two, lambda key, value, agg: agg)
    with pytest.raises(TopologyError, match="give each grouping a name"):
        both.aggregate(str)
