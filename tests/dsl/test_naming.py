"""Names that users give, and the indices that generated names count."""

from __future__ import annotations

import pytest

from kstream_cli import Materialized, StreamsBuilder
from kstream_cli.errors import TopologyError


def node_names(builder: StreamsBuilder) -> list[str]:
    return list(builder.build().nodes)


def test_a_given_name_still_uses_up_an_index():
    builder = StreamsBuilder()
    builder.stream("in").filter(lambda key, value: True, name="mine").to("out")
    assert node_names(builder) == ["KSTREAM-SOURCE-0000000000", "mine", "KSTREAM-SINK-0000000002"]


def test_a_given_processor_name_uses_up_no_index():
    builder = StreamsBuilder()
    builder.stream("in").process(lambda record, context: None, name="mine").to("out")
    assert node_names(builder) == ["KSTREAM-SOURCE-0000000000", "mine", "KSTREAM-SINK-0000000001"]


def test_an_unnamed_materialized_uses_up_an_index_for_a_count():
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().count(store=Materialized(value=int))
    assert node_names(builder) == ["KSTREAM-SOURCE-0000000000", "KSTREAM-AGGREGATE-0000000003"]


def test_an_unnamed_materialized_uses_up_an_index_for_a_table_that_is_not_stored():
    builder = StreamsBuilder()
    table = builder.table("in").map_values(str, store=Materialized(value=str))
    assert table.name == "KTABLE-MAPVALUES-0000000004"
    assert table.queryable_store_name is None


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "ä", "x" * 250])
def test_a_name_that_kafka_would_not_take_is_refused(name):
    with pytest.raises(TopologyError, match="is not allowed: use 1 to 249 letters"):
        StreamsBuilder().stream("in").filter(lambda key, value: True, name=name)


def test_a_name_that_becomes_too_long_with_its_suffix_is_refused():
    grouped = StreamsBuilder().table("in").group_by(lambda key, value: (value, key))
    with pytest.raises(TopologyError, match="is not allowed"):
        grouped.count(name="x" * 245)


def test_a_grouping_name_is_used_for_all_its_aggregations():
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by(lambda key, value: value, name="by")
    grouped.count(store="one")
    grouped.reduce(max, store="two")
    assert list(builder.build().internal_topics) == ["by-repartition"]


def test_without_a_grouping_name_each_aggregation_has_its_own_repartition_topic():
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by(lambda key, value: value)
    grouped.count(store="one")
    grouped.reduce(max, store="two")
    assert list(builder.build().internal_topics) == ["one-repartition", "two-repartition"]
