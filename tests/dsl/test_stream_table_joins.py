"""Joins of a stream with a table or a global table, beyond what the recorded cases show."""

from __future__ import annotations

import pytest

from kstream_cli import JoinWindows, Materialized, Stores, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import TopologyError


def pair(left, right):
    return f"{left}+{right}"


def versioned(retention):
    return Materialized(supplier=Stores.versioned("history", history_retention=retention))


def results(builder, records, topic="out"):
    """(key, value) of what comes out for (topic, key, value, timestamp) records."""
    with TopologyTestDriver(builder) as driver:
        for source, key, value, timestamp in records:
            driver.input(source, key=str, value=str).pipe((key, value), timestamp=timestamp)
        return driver.output(topic, key=str, value=str).read()


def stream_and_table(**options):
    builder = StreamsBuilder()
    return builder, builder.stream("s", key=str, value=str), builder.table("t", key=str, value=str, **options)


def test_only_the_stream_makes_results():
    builder, stream, table = stream_and_table()
    stream.join(table, pair).to("out", value=str)
    records = [
        ("s", "k", "early", 0),
        ("t", "k", "row", 1),
        ("s", "k", "late", 2),
        ("t", "k", None, 3),
        ("s", "k", "x", 4),
    ]
    assert results(builder, records) == [("k", "late+row")]


def test_a_left_join_has_none_for_a_missing_row_and_for_a_missing_key():
    builder, stream, table = stream_and_table()
    stream.left_join(table, pair).to("out", value=str)
    assert results(builder, [("s", "k", "v", 0), ("s", None, "w", 1), ("s", "k", None, 2)]) == [
        ("k", "v+None"),
        (None, "w+None"),
    ]


@pytest.mark.parametrize("join", ["join", "left_join"])
def test_the_joiner_may_have_the_key(join):
    builder, stream, table = stream_and_table()
    getattr(stream, join)(table, lambda key, left, right: f"{key}:{left}{right}", with_key=True).to("out", value=str)
    assert results(builder, [("t", "k", "r", 0), ("s", "k", "l", 0)]) == [("k", "k:lr")]


def test_a_versioned_table_gives_the_row_of_the_records_time():
    builder, stream, table = stream_and_table(store=versioned(100))
    stream.left_join(table, pair).to("out", value=str)
    records = [
        ("t", "k", "old", 10),
        ("t", "k", "new", 20),
        ("s", "k", "a", 15),
        ("s", "k", "b", 25),
        ("s", "k", "c", 5),
    ]
    assert results(builder, records) == [("k", "a+old"), ("k", "b+new"), ("k", "c+None")]


def test_rows_are_seen_through_the_views_between_table_and_join():
    builder, stream, table = stream_and_table()
    stream.left_join(table.map_values(str.upper).filter(lambda key, value: value != "NO"), pair).to("out", value=str)
    records = [("t", "a", "yes", 0), ("t", "b", "no", 0), ("s", "a", "1", 1), ("s", "b", "2", 1)]
    assert results(builder, records) == [("a", "1+YES"), ("b", "2+None")]


def test_with_grace_records_wait_for_late_rows_and_come_out_in_order():
    builder, stream, table = stream_and_table(store=versioned(100))
    stream.join(table, pair, grace=10).to("out", value=str)
    records = [("t", "k", "old", 0), ("s", "k", "b", 7), ("s", "k", "a", 5), ("t", "k", "late", 6), ("s", "k", "c", 17)]
    assert results(builder, records) == [("k", "a+old"), ("k", "b+late")]


def test_with_grace_a_record_later_than_that_is_joined_at_once():
    builder, stream, table = stream_and_table(store=versioned(100))
    stream.join(table, pair, grace=10).to("out", value=str)
    assert results(builder, [("t", "k", "row", 0), ("s", "k", "a", 50), ("s", "k", "late", 39)]) == [("k", "late+row")]


def test_with_grace_a_left_join_lets_a_record_without_key_pass_at_once():
    builder, stream, table = stream_and_table(store=versioned(100))
    stream.left_join(table, pair, grace=10).to("out", value=str)
    assert results(builder, [("s", None, "v", 5)]) == [(None, "v+None")]


def test_grace_needs_a_table_with_history():
    _, stream, table = stream_and_table()
    with pytest.raises(TopologyError, match=r"keeps no history.*Stores\.versioned"):
        stream.join(table, pair, grace=10)


def test_grace_needs_as_much_history():
    _, stream, table = stream_and_table(store=versioned(5))
    with pytest.raises(TopologyError, match="only 5 ms of history"):
        stream.join(table, pair, grace=10)


def test_a_stream_whose_key_has_changed_is_repartitioned_first():
    builder, stream, table = stream_and_table()
    stream.map(lambda key, value: (value[0], value), key=str, value=str).join(table, pair, name="enriched").to(
        "out", value=str
    )
    assert list(builder.build().internal_topics) == ["enriched-repartition"]
    assert results(builder, [("t", "x", "row", 0), ("s", "k", "xyz", 1)]) == [("x", "xyz+row")]


def test_stream_and_table_need_the_same_number_of_partitions():
    builder, stream, table = stream_and_table()
    stream.join(table, pair).join(builder.stream("s2"), pair, JoinWindows.of_time_difference(1)).to("out", value=str)
    groups = builder.build().copartition_groups
    assert frozenset({"s", "t"}) in groups


def global_join(join, selector):
    builder = StreamsBuilder()
    stream, table = builder.stream("s", key=str, value=str), builder.global_table("g", key=str, value=str)
    getattr(stream, join)(table, pair, selector=selector).to("out", value=str)
    return builder


def test_a_global_table_is_joined_by_any_key_and_needs_no_equal_partitions():
    builder = global_join("join", lambda key, value: value[0])
    assert builder.build().copartition_groups == []
    assert results(builder, [("g", "x", "row", 0), ("s", "k", "xy", 0), ("s", "k", "zz", 0)]) == [("k", "xy+row")]


def test_a_left_join_with_a_global_table_keeps_what_selects_nothing():
    builder = global_join("left_join", lambda key, value: None)
    assert results(builder, [("s", "k", "v", 0), ("s", None, "w", 0)]) == [("k", "v+None"), (None, "w+None")]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"window": JoinWindows.of_time_difference(1)}, "takes no window="), ({"store": "s"}, "takes no store=")],
)
def test_options_of_another_kind_of_join_are_refused(options, message):
    _, stream, table = stream_and_table()
    with pytest.raises(TopologyError, match=message):
        stream.join(table, pair, **options)


def test_a_global_table_needs_a_selector():
    builder = StreamsBuilder()
    with pytest.raises(TopologyError, match="needs selector="):
        builder.stream("s").join(builder.global_table("g"), pair)


def test_a_stream_and_a_table_have_no_outer_join():
    _, stream, table = stream_and_table()
    with pytest.raises(TopologyError, match="left_join"):
        stream.outer_join(table, pair, JoinWindows.of_time_difference(1))


@pytest.mark.parametrize("join", ["join", "left_join"])
def test_a_joiner_with_the_mapped_key_is_given_both_keys(join):
    builder = StreamsBuilder()
    stream, table = builder.stream("s", key=str, value=str), builder.global_table("g", key=str, value=str)
    joined = getattr(stream, join)(
        table, lambda *given: repr(given), selector=lambda key, value: value[0], with_mapped_key=True
    )
    joined.to("out", key=str, value=str)
    with TopologyTestDriver(builder) as driver:
        driver.input("g", key=str, value=str).pipe(("x", "row"))
        driver.input("s").pipe(("k", "xyz"))
        assert driver.output("out", key=str, value=str).read() == [("k", repr(("k", "x", "xyz", "row")))]


def test_only_a_global_table_has_a_mapped_key():
    builder = StreamsBuilder()
    with pytest.raises(TopologyError, match="with_mapped_key"):
        builder.stream("s").join(builder.table("t"), lambda a, b, c, d: a, with_mapped_key=True)
