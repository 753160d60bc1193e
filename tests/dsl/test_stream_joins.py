"""Joins of two streams within a window, beyond what the recorded cases show."""

from __future__ import annotations

import pytest

from kstream_cli import JoinWindows, Materialized, Stores, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import TopologyError

EMIT_INTERVAL = "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__"


def pair(left, right):
    return f"{left}+{right}"


def two_streams():
    builder = StreamsBuilder()
    return builder, builder.stream("left", key=str, value=str), builder.stream("right", key=str, value=str)


def results(builder, records, config=None):
    """(key, value, timestamp) of what comes out of `out` for (topic, key, value, timestamp) records."""
    with TopologyTestDriver(builder, config) as driver:
        for topic, key, value, timestamp in records:
            driver.input(topic).pipe((key, value), timestamp=timestamp)
        return [(r.key, r.value, r.timestamp) for r in driver.output("out", key=str, value=str).read_records()]


def test_records_join_within_the_window_in_either_order_at_the_later_time():
    builder, left, right = two_streams()
    left.join(right, pair, JoinWindows.of_time_difference(10)).to("out", value=str)
    records = [("left", "k", "l0", 0), ("right", "k", "r10", 10), ("right", "k", "r11", 11), ("left", "k", "l5", 5)]
    assert results(builder, records) == [("k", "l0+r10", 10), ("k", "l5+r10", 10), ("k", "l5+r11", 11)]


def test_before_and_after_are_seen_from_the_left_record():
    builder, left, right = two_streams()
    left.join(right, pair, JoinWindows.of_time_difference(0).before(5).after(2).grace(100)).to("out", value=str)
    rights = [("right", "k", f"r{time}", time) for time in (4, 5, 10, 12, 13)]
    assert [value for _, value, _ in results(builder, [*rights, ("left", "k", "l", 10)])] == ["l+r5", "l+r10", "l+r12"]


def test_the_joiner_may_have_the_key():
    builder, left, right = two_streams()
    left.join(right, lambda key, x, y: f"{key}:{x}{y}", JoinWindows.of_time_difference(1), with_key=True).to(
        "out", value=str
    )
    assert results(builder, [("right", "k", "r", 0), ("left", "k", "l", 0)]) == [("k", "k:lr", 0)]


def test_several_records_of_one_key_and_time_all_join():
    builder, left, right = two_streams()
    left.join(right, pair, JoinWindows.of_time_difference(1)).to("out", value=str)
    records = [("left", "k", "a", 0), ("left", "k", "b", 0), ("right", "k", "r", 0)]
    assert [value for _, value, _ in results(builder, records)] == ["a+r", "b+r"]


def test_a_left_join_emits_an_unmatched_record_once_its_window_and_grace_have_passed():
    builder, left, right = two_streams()
    left.left_join(right, pair, JoinWindows.of_time_difference(10).grace(5)).to("out", value=str)
    held = [("left", "a", "l", 0), ("left", "b", "l", 15)]
    assert results(builder, held) == []
    assert results(builder, [*held, ("left", "b", "l", 16)]) == [("a", "l+None", 0)]


def test_all_unmatched_records_of_one_key_and_time_are_emitted():
    builder, left, right = two_streams()
    left.left_join(right, pair, JoinWindows.of_time_difference(0)).to("out", value=str)
    records = [("left", "a", "x", 0), ("left", "a", "y", 0), ("left", "b", "l", 10)]
    assert results(builder, records) == [("a", "x+None", 0), ("a", "y+None", 0)]


def test_a_match_takes_the_held_record_away():
    builder, left, right = two_streams()
    left.outer_join(right, pair, JoinWindows.of_time_difference(10)).to("out", value=str)
    records = [("left", "a", "l", 0), ("right", "a", "r", 3), ("left", "b", "later", 100), ("left", "c", "last", 200)]
    assert results(builder, records) == [("a", "l+r", 3), ("b", "later+None", 100)]


def test_an_outer_join_emits_the_right_side_with_none_at_the_left():
    builder, left, right = two_streams()
    left.outer_join(right, pair, JoinWindows.of_time_difference(10)).to("out", value=str)
    assert results(builder, [("right", "a", "r", 0), ("left", "b", "l", 50)]) == [("a", "None+r", 0)]


def test_unmatched_records_come_out_at_most_once_an_interval_of_wall_clock():
    builder, left, right = two_streams()
    left.left_join(right, pair, JoinWindows.of_time_difference(1)).to("out", value=str)
    with TopologyTestDriver(builder, {EMIT_INTERVAL: 1000}) as driver:
        topic, out = driver.input("left"), driver.output("out", key=str, value=str)
        for time in (0, 10, 20):
            topic.pipe(("k", str(time)), timestamp=time)
        assert out.is_empty
        driver.advance_wall_clock(1000)
        topic.pipe(("k", "30"), timestamp=30)
        assert out.read_values() == ["0+None", "10+None", "20+None"]


def test_a_stream_joins_with_itself_alike_with_one_store_and_with_two():
    def builder():
        builder = StreamsBuilder()
        stream = builder.stream("in", key=str, value=str)
        stream.join(stream, pair, JoinWindows.of_time_difference(5)).to("out", value=str)
        return builder

    records = [("in", "k", str(time), time) for time in (0, 3, 1, 9)]
    with_two = results(builder(), records, {"topology.optimization": "none"})
    with_one = results(builder(), records, {"topology.optimization": "all"})
    assert with_one == with_two
    assert ("k", "3+3", 3) in with_one


def test_with_one_store_a_self_join_has_a_single_store():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.left_join(stream, pair, JoinWindows.of_time_difference(5)).to("out", value=str)
    assert len(builder.build({"topology.optimization": "all"}).stores) == 1
    assert len(builder.build().stores) == 3


def test_a_stream_whose_key_has_changed_is_repartitioned_once_for_its_unnamed_joins():
    builder, left, right = two_streams()
    changed = left.select_key(lambda key, value: value)
    for topic in ("out", "out2"):
        changed.join(right, pair, JoinWindows.of_time_difference(1)).to(topic)
    assert list(builder.build().internal_topics) == ["KSTREAM-KEY-SELECT-0000000002-repartition"]


def test_names_go_to_processors_and_topics_and_the_stores_name_to_stores():
    builder, left, right = two_streams()
    changed = left.select_key(lambda key, value: value)
    changed.outer_join(right, pair, JoinWindows.of_time_difference(1), name="orders", store="kept").to("out", value=str)
    topology = builder.build()
    assert list(topology.internal_topics) == ["orders-left-repartition"]
    assert set(topology.stores) == {
        "kept-outer-this-join-store",
        "kept-outer-other-join-store",
        "kept-outer-shared-join-store",
    }
    assert {"orders-this-windowed", "orders-outer-this-join", "orders-merge"} <= set(topology.nodes)


def test_both_sides_need_the_same_number_of_partitions():
    builder, left, right = two_streams()
    left.join(right, pair, JoinWindows.of_time_difference(1)).to("out", value=str)
    assert builder.build().copartition_groups == [frozenset({"left", "right"})]


def test_join_stores_are_deleted_by_time_not_compacted():
    builder, left, right = two_streams()
    window = JoinWindows.of_time_difference(10).grace(5)
    left.join(right, pair, window, store=Materialized("s", store_type="in_memory", logging={"x": "y"})).to(
        "out", value=str
    )
    store = builder.build().stores["s-this-join-store"]
    assert store.changelog_config == {"x": "y", "cleanup.policy": "delete"}
    assert not store.persistent
    assert (store.retention_ms, store.window_size_ms, store.retain_duplicates) == (25, 20, True)


def test_without_logging_no_store_of_the_join_has_a_changelog():
    builder, left, right = two_streams()
    left.outer_join(right, pair, JoinWindows.of_time_difference(1), logging=False).to("out", value=str)
    assert [store.logging for store in builder.build().stores.values()] == [False, False, False]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"retain_duplicates": False}, "retain_duplicates"),
        ({"retention": 99}, "for 99 ms"),
        ({"name": "other"}, "name them apart"),
    ],
)
def test_a_store_that_does_not_fit_the_join_is_refused(changed, message):
    fitting = {"retention": 25, "window_size": 20, "retain_duplicates": True}
    this = Stores.window(**{"name": "this", **fitting, **changed})
    other = Stores.window("other", **fitting)
    _, left, right = two_streams()
    window = JoinWindows.of_time_difference(10).grace(5)
    with pytest.raises(TopologyError, match=message):
        left.join(right, pair, window, this_store=this, other_store=other)


@pytest.mark.parametrize(
    ("options", "message"),
    [({}, "needs window="), ({"window": JoinWindows.of_time_difference(1), "grace": 5}, "takes no grace=")],
)
def test_options_of_another_kind_of_join_are_refused(options, message):
    _, left, right = two_streams()
    with pytest.raises(TopologyError, match=message):
        left.join(right, pair, **options)


def test_a_stream_joins_nothing_else():
    _, left, _ = two_streams()
    with pytest.raises(TopologyError, match="a KStream, a KTable or a GlobalKTable"):
        left.join("right", pair)


def test_streams_of_two_builders_cannot_be_joined():
    _, left, _ = two_streams()
    _, _, right = two_streams()
    with pytest.raises(TopologyError, match="different StreamsBuilders"):
        left.join(right, pair, JoinWindows.of_time_difference(1))
