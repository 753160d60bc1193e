"""Joins of two tables, on the same key and on a foreign key, beyond what the recorded cases show."""

from __future__ import annotations

import pytest

from kstream_cli import Materialized, Stores, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import ProcessingError, TopologyError


def pair(left, right):
    return f"{left}+{right}"


def two_tables(**options):
    builder = StreamsBuilder()
    return builder, builder.table("l", key=str, value=str, **options), builder.table("r", key=str, value=str)


def results(builder, records, config=None):
    """(key, value) of what comes out of `out` for (topic, key, value) records, stamped 0, 1, 2 and so on."""
    with TopologyTestDriver(builder, config) as driver:
        for timestamp, (topic, key, value) in enumerate(records):
            driver.input(topic).pipe((key, value), timestamp=timestamp)
        return driver.output("out", key=str, value=str).read()


CHANGES = [("l", "k", "a"), ("r", "k", "b"), ("l", "k", None), ("r", "k", None), ("r", "k", "c")]


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        ("join", [("k", "a+b"), ("k", None)]),
        ("left_join", [("k", "a+None"), ("k", "a+b"), ("k", None)]),
        ("outer_join", [("k", "a+None"), ("k", "a+b"), ("k", "None+b"), ("k", None), ("k", "None+c")]),
    ],
)
def test_each_kind_of_join_has_the_rows_it_promises(join, expected):
    builder, left, right = two_tables()
    getattr(left, join)(right, pair).to_stream().to("out", value=str)
    assert results(builder, CHANGES) == expected


def test_the_joiner_may_have_the_key():
    builder, left, right = two_tables()
    left.join(right, lambda key, x, y: f"{key}:{x}{y}", with_key=True).to_stream().to("out", value=str)
    assert results(builder, [("l", "k", "a"), ("r", "k", "b")]) == [("k", "k:ab")]


def test_a_joined_table_is_kept_only_where_a_store_is_given():
    builder, left, right = two_tables()
    left.join(right, pair)
    assert left.join(right, pair, store="kept", value=str).queryable_store_name == "kept"
    left.join(right, pair, store=Materialized(value=str))
    names = set(builder.build().stores)
    assert {"kept", "KTABLE-MERGE-STATE-STORE-0000000012"} == {
        name for name in names if "l-" not in name and "r-" not in name
    }


def test_a_view_of_joined_rows_can_be_joined_again():
    builder, left, right = two_tables()
    joined = left.outer_join(right, pair)
    builder.stream("s", key=str, value=str).left_join(joined, pair).to("out", value=str)
    records = [("s", "k", "0"), ("l", "k", "a"), ("s", "k", "1"), ("r", "k", "b"), ("s", "k", "2")]
    assert [value for _, value in results(builder, records)] == ["0+None", "1+a+None", "2+a+b"]


def test_a_joined_table_can_be_grouped_anew():
    builder, left, right = two_tables()
    joined = left.left_join(right, pair)
    counts = joined.group_by(lambda key, value: (value[-1], value), key=str, value=str).count()
    counts.to_stream().map_values(str, value=str).to("out", value=str)
    records = [("l", "k", "a"), ("r", "k", "b"), ("l", "k2", "a"), ("r", "k2", "b")]
    assert results(builder, records)[-2:] == [("e", "0"), ("b", "2")]


def test_out_of_order_updates_of_a_versioned_table_make_no_result():
    versioned = Materialized(supplier=Stores.versioned("v", history_retention=1000))
    builder, left, right = two_tables(store=versioned)
    left.join(right, pair).to_stream().to("out", value=str)
    with TopologyTestDriver(builder) as driver:
        driver.input("r").pipe(("k", "b"), timestamp=0)
        driver.input("l").pipe(("k", "new"), timestamp=20)
        driver.input("l").pipe(("k", "old"), timestamp=10)
        assert driver.output("out", key=str, value=str).read() == [("k", "new+b")]


def first_letter(value):
    return value[0]


def foreign(join="join", **options):
    builder, left, right = two_tables()
    extractor = options.pop("foreign_key", first_letter)
    getattr(left, join)(right, pair, foreign_key=extractor, **options).to_stream().to("out", value=str)
    return builder


def test_a_foreign_key_join_follows_changes_of_both_sides():
    records = [("l", "o1", "x1"), ("r", "x", "X"), ("l", "o2", "x2"), ("r", "x", "XX"), ("r", "x", None)]
    assert results(foreign(), records) == [
        ("o1", "x1+X"),
        ("o2", "x2+X"),
        ("o1", "x1+XX"),
        ("o2", "x2+XX"),
        ("o1", None),
        ("o2", None),
    ]


def test_a_row_that_moves_to_another_foreign_key_leaves_the_old_one():
    records = [("r", "x", "X"), ("r", "y", "Y"), ("l", "o", "x"), ("l", "o", "y"), ("r", "x", "XX"), ("l", "o", "z")]
    assert results(foreign(), records) == [("o", "x+X"), ("o", "y+Y"), ("o", None)]


def test_a_left_foreign_key_join_keeps_rows_without_match_or_key():
    builder = foreign("left_join", foreign_key=lambda value: None if value == "-" else value[0])
    records = [("l", "o", "x"), ("r", "x", "X"), ("l", "o", "-"), ("l", "o", None)]
    assert results(builder, records) == [("o", "x+None"), ("o", "x+X"), ("o", "-+None"), ("o", None)]


def test_an_inner_foreign_key_join_retracts_a_row_that_loses_its_key():
    builder = foreign(foreign_key=lambda value: None if value == "-" else value[0])
    assert results(builder, [("r", "x", "X"), ("l", "o", "x"), ("l", "o", "-")]) == [("o", "x+X"), ("o", None)]


def test_the_extractor_may_have_the_primary_key():
    builder = foreign(foreign_key=lambda key, value: key[0], foreign_key_with_key=True)
    assert results(builder, [("r", "o", "X"), ("l", "o1", "v")]) == [("o1", "v+X")]


def test_a_foreign_key_join_works_on_the_result_of_another_join():
    builder, left, right = two_tables()
    third = builder.table("t", key=str, value=str)
    left.outer_join(right, pair, value=str).join(third, pair, foreign_key=first_letter).to_stream().to("out", value=str)
    assert results(builder, [("t", "a", "T"), ("l", "k", "a"), ("r", "k", "b")]) == [("k", "a+None+T"), ("k", "a+b+T")]


def test_its_topics_are_partitioned_with_the_tables_they_meet():
    topology = foreign(name="fk").build()
    assert set(topology.internal_topics) == {"fk-subscription-registration-topic", "fk-subscription-response-topic"}
    assert set(topology.copartition_groups) == {
        frozenset({"r", "fk-subscription-registration-topic"}),
        frozenset({"l", "fk-subscription-response-topic"}),
    }


def test_partitioners_are_called_with_the_key_alone():
    calls = []

    def partitioner(topic, key, value, partitions):
        calls.append((topic, key, value))
        return {0}

    builder = foreign(name="fk", partitioner=partitioner, other_partitioner=partitioner)
    results(builder, [("r", "x", "X"), ("l", "o", "x")], {"application.id": "app"})
    assert calls == [
        ("app-fk-subscription-registration-topic", "x", None),
        ("app-fk-subscription-response-topic", "o", None),
    ]


def test_a_partitioner_that_gives_several_partitions_is_refused():
    builder = foreign(other_partitioner=lambda topic, key, value, partitions: {0, 1})
    with pytest.raises(ProcessingError, match="must give one partition, not 2"):
        results(builder, [("l", "o", "x")])


def test_partitioners_without_a_foreign_key_are_refused():
    _, left, right = two_tables()
    with pytest.raises(TopologyError, match="foreign_key="):
        left.join(right, pair, partitioner=lambda *arguments: 0)


def test_a_table_without_serdes_is_named_with_the_remedy():
    builder = StreamsBuilder()
    left, right = builder.table("l"), builder.table("r")
    left.join(right, pair, foreign_key=first_letter).to_stream().to("out", value=str)
    with pytest.raises(TopologyError, match=r"default\.key\.serde"), TopologyTestDriver(builder):
        pass


def test_tables_of_two_builders_cannot_be_joined():
    _, left, _ = two_tables()
    _, _, right = two_tables()
    with pytest.raises(TopologyError, match="different StreamsBuilders"):
        left.join(right, pair)
