"""Headers that a rule keeps in state come back with it: every kind of store, restored from its changelog."""

from __future__ import annotations

from collections import defaultdict

import pytest
from restart import RestartedDriver

from kstream_cli import (
    Config,
    JoinWindows,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    TimeWindows,
    TopologyTestDriver,
)

LOGGED = "-changelog"


def union(these, those):
    return (*these, *those)


def aggregates(builder):
    stream = builder.stream("in", key=str, value=str)
    grouped = stream.group_by_key()
    windowed = {
        "time": TimeWindows.of_size(10).grace(50),
        "sliding": SlidingWindows.of_time_difference(10).grace(50),
        "sessions": SessionWindows.of_inactivity_gap(10).grace(50),
    }
    grouped.count(store="counts").to_stream().to("counts", key=str, value=int)
    for name, windows in windowed.items():
        counts = grouped.windowed_by(windows).count(store=name).to_stream()
        counts.map(lambda key, count: (f"{key.key}@{key.window.start}", count), key=str, value=int).to(name)


def joins(builder):
    stream, table = builder.stream("in", key=str, value=str), builder.table("other", key=str, value=str, store="table")
    other = builder.stream("side", key=str, value=str)
    stream.join(table, lambda one, two: one + two).to("with-table", key=str, value=str)
    window = JoinWindows.of_time_difference(10).grace(5)
    stream.outer_join(other, lambda one, two: f"{one}{two}", window, store="join").to("two", key=str, value=str)
    rows = stream.to_table(store="rows")
    foreign = rows.join(table, lambda one, two: one + two, foreign_key=lambda value: "k", store="fk", value=str)
    foreign.to_stream().to("foreign", key=str, value=str)


@pytest.mark.parametrize("make", [aggregates, joins])
@pytest.mark.parametrize("cache", [0, 1_000_000])
@pytest.mark.parametrize("rule", ["NEWEST", union])
def test_results_after_a_restart_have_the_headers_they_would_have_had_without(make, cache, rule):
    builder = StreamsBuilder()
    make(builder)
    config = Config.from_mapping(
        {
            "application.id": "app",
            "dsl.result.headers": rule,
            "statestore.cache.max.bytes": cache,
            "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": 0,
        }
    )
    steps = [("other", "k", 3, "t"), ("in", "k", 5, "a"), ("in", "k", 5, "b"), ("in", "k", 2, "late")]
    more = [("in", "k", 4, "c"), ("in", "k", 5, "d"), ("other", "k", 4, "u"), ("side", "k", 100, "closes")]

    def pipe(driver, topic, key, time, mark):
        if make is joins or topic == "in":
            driver.pipe_raw(topic, key.encode(), mark.encode(), time, (("from", mark.encode()),))

    with TopologyTestDriver(builder.build(config), config, start_ms=0) as driver:
        for step in steps:
            pipe(driver, *step)
        left = defaultdict(list)
        for record in driver.produced:
            left[record.topic].append(record)
        before = len(driver.produced)
        for step in more:
            pipe(driver, *step)
        expected = driver.produced[before:]
    with RestartedDriver(builder.build(config), config, left) as driver:
        for step in more:
            pipe(driver, *step)
        found = driver.produced

    def rows(records):
        return sorted(
            (record.topic, record.key, record.value or b"", tuple(record.headers))
            for record in records
            if not record.topic.endswith(LOGGED)
        )

    assert rows(found) == rows(expected)
    assert any(len(headers) > (rule is union) for _, _, _, headers in rows(found))
