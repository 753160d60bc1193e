"""Aggregations beyond the recorded cases: aggregates changed in place, and old values."""

from __future__ import annotations

import pytest

from kstream_cli import Materialized, SessionWindows, SlidingWindows, StreamsBuilder, TimeWindows, TopologyTestDriver
from kstream_cli.errors import ProcessingError


def appended(key: str, value: str, agg: list[str]) -> list[str]:
    agg.append(value)
    return agg


def added(key: str, value: str, agg: list[str]) -> list[str]:
    return [*agg, value]


def joined(key: str, one: list[str], other: list[str]) -> list[str]:
    return one + other


RECORDS = [("a", "1", 0), ("b", "2", 5), ("a", "3", 7), ("a", "4", 25), ("a", "5", 14), ("b", "6", 40), ("a", "7", 3)]


def run(builder: StreamsBuilder) -> list[tuple[object, object]]:
    with TopologyTestDriver(builder) as driver:
        topic = driver.input("in", key=str, value=str)
        for key, value, timestamp in RECORDS:
            topic.pipe((key, value), timestamp=timestamp)
        return driver.output("out").read()


@pytest.mark.parametrize(
    "windows", [None, TimeWindows.of_size(20).advance_by(10), SlidingWindows.of_time_difference(10)]
)
def test_an_aggregate_changed_in_place_gives_what_a_new_one_gives(windows):
    def build(aggregator):
        builder = StreamsBuilder()
        grouped = builder.stream("in", key=str, value=str).group_by_key()
        aggregated = (grouped if windows is None else grouped.windowed_by(windows)).aggregate(
            list, aggregator, value=list[str]
        )
        regrouped = aggregated.group_by(lambda key, value: (str(len(value)), value), key=str, value=list[str])
        regrouped.aggregate(
            list, lambda key, value, agg: [*agg, *value], lambda key, value, agg: [*agg, "-", *value], value=list[str]
        ).to_stream().to("out")
        return builder

    assert run(build(appended)) == run(build(added))


def test_a_session_s_aggregate_may_be_changed_in_place():
    def build(aggregator):
        builder = StreamsBuilder()
        grouped = builder.stream("in", key=str, value=str).group_by_key()
        sessions = grouped.windowed_by(SessionWindows.of_inactivity_gap(5).grace(50))
        sessions.aggregate(list, aggregator, joined, value=list[str]).to_stream().to("out")
        return builder

    assert run(build(appended)) == run(build(added))


def test_a_filter_of_a_kept_table_is_silent_about_rows_it_never_passed_on():
    builder = StreamsBuilder()
    counts = builder.stream("in", key=str, value=str).group_by_key().count()
    counts.filter(lambda key, value: value > 2).to_stream().to("out")
    assert run(builder) == [("a", 3), ("a", 4), ("a", 5)]


def test_a_view_of_a_view_passes_on_old_and_new_values():
    builder = StreamsBuilder()
    table = builder.table("in", key=str, value=str)
    doubled = table.map_values(lambda value: value * 2).filter(lambda key, value: value != "66")
    doubled.group_by(lambda key, value: (value, key), key=str, value=str).count().to_stream().to("out")
    gained = [("11", 1), ("22", 1)]
    moved = [("11", 0), ("33", 1), ("33", 0), ("44", 1), ("44", 0), ("55", 1)]
    assert run(builder) == [*gained, *moved, ("22", 0), ("55", 0), ("77", 1)]


@pytest.mark.parametrize("windows", [None, TimeWindows.of_size(20)])
@pytest.mark.parametrize("cached", [False, True])
def test_an_error_in_an_aggregator_names_the_aggregation_and_the_line(windows, cached):
    builder = StreamsBuilder()
    grouped = builder.stream("in", key=str, value=str).group_by_key()
    table = (grouped if windows is None else grouped.windowed_by(windows)).aggregate(
        int, lambda key, value, total: total + int(value), value=int, name="totals"
    )
    table.to_stream().to("out")
    config = {"statestore.cache.max.bytes": 1_000_000 if cached else 0}
    with TopologyTestDriver(builder, config) as driver, pytest.raises(ProcessingError) as caught:
        driver.input("in", key=str, value=str).pipe(("a", "no number"))
    assert caught.value.node == "totals"
    assert f"{__file__}:" in str(caught.value)


@pytest.mark.parametrize("cached", [False, True])
def test_the_sources_of_one_windowed_aggregation_share_its_stream_time(cached):
    builder = StreamsBuilder()
    merged = builder.stream("in", key=str, value=str).merge(builder.stream("other", key=str, value=str))
    windows = TimeWindows.of_size(10)
    merged.group_by_key(key=str, value=str).windowed_by(windows).count().to_stream().to("out", value=int)
    config = {"statestore.cache.max.bytes": 1_000_000 if cached else 0}
    with TopologyTestDriver(builder, config) as driver:
        driver.input("in", key=str, value=str).pipe(("a", "1"), timestamp=30)
        driver.input("other", key=str, value=str).pipe(("a", "too late"), timestamp=5)
        driver.input("other", key=str, value=str).pipe(("a", "2"), timestamp=32)
        driver.input("in", key=str, value=str).pipe(("a", "too late"), timestamp=12)
        assert [count for _, count in driver.output("out", value=int).read()] == [1, 2]


@pytest.mark.parametrize("cache", [0, 10_000_000])
def test_a_bytearray_changed_in_place_gives_what_new_bytes_give(cache):
    builder, seen = StreamsBuilder(), bytearray()
    stream = builder.stream("in", key=str, value=bytes)
    table = stream.group_by_key().aggregate(
        bytes, lambda key, value, agg: seen.extend(value) or seen, store=Materialized("all", key=str, value=bytes)
    )
    table.group_by(lambda key, value: ("all", bytes(value)), key=str, value=bytes).aggregate(
        lambda: b"",
        lambda key, value, agg: agg + b"+" + value,
        lambda key, value, agg: agg + b"-" + value,
        store=Materialized("changes", key=str, value=bytes),
    )
    with TopologyTestDriver(builder, {"statestore.cache.max.bytes": cache}) as driver:
        driver.input("in", key=str, value=bytes).pipe([("a", b"1"), ("a", b"2"), ("a", b"3")])
        assert driver.store("changes").get("all")[0] == b"+1-1+12-12+123"
