"""Random records through small topologies: memory, disk and caches must come to the same result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kstream_cli import (
    Materialized,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    TimeWindows,
    TopologyTestDriver,
)

RETENTION_MS = 1_000_000
"""Longer than any run: what a cache still shows of expired windows is Java's, and not compared here."""

Record = tuple[str, str | None, int]

RECORDS = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.sampled_from("xyz")), st.integers(0, 60)), max_size=25
)


def aggregated(key: str, value: str | None, aggregate: str) -> str:
    return f"{aggregate}{value}"


def merged(key: str, one: str, other: str) -> str:
    return f"{one}+{other}"


def in_windows(windows: Any, *merger: Any) -> Callable[[StreamsBuilder, Materialized], Any]:
    def build(builder: StreamsBuilder, store: Materialized) -> Any:
        windowed = builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows)
        return windowed.aggregate(str, aggregated, *merger, store=store, value=str)

    return build


def count(builder: StreamsBuilder, store: Materialized) -> Any:
    return builder.stream("in", key=str, value=str).group_by(lambda key, value: value).count(store=store)


def reduce(builder: StreamsBuilder, store: Materialized) -> Any:
    return builder.stream("in", key=str, value=str).group_by_key().reduce(max, store=store)


def table(builder: StreamsBuilder, store: Materialized) -> Any:
    rows = builder.table("in", key=str, value=str)
    return rows.filter(lambda key, value: value != "x").map_values(str.upper, store=store)


def regrouped(builder: StreamsBuilder, store: Materialized) -> Any:
    rows = builder.table("in", key=str, value=str)
    return rows.group_by(lambda key, value: (value, key), key=str, value=str).count(store=store)


TOPOLOGIES = {
    "count": count,
    "reduce": reduce,
    "table": table,
    "regrouped": regrouped,
    "hopping": in_windows(TimeWindows.of_size(20).advance_by(10).grace(15)),
    "sliding": in_windows(SlidingWindows.of_time_difference(10).grace(20)),
    "sessions": in_windows(SessionWindows.of_inactivity_gap(5).grace(30), merged),
}


def run(name: str, records: list[Record], *, in_memory: bool, cached: bool) -> tuple[list[Any], list[Any]]:
    """(what came out, what the store holds at the end)"""
    windowed = name in ("hopping", "sliding", "sessions")
    store = Materialized(
        "store",
        key=str,
        value=int if name in ("count", "regrouped") else str,
        retention=RETENTION_MS if windowed else None,
        store_type="in_memory" if in_memory else "rocksdb",
    )
    builder = StreamsBuilder()
    TOPOLOGIES[name](builder, store).to_stream().to("out")
    config = {"statestore.cache.max.bytes": 1_000_000 if cached else 0, "default.key.serde": str}
    with TopologyTestDriver(builder, config) as driver:
        topic = driver.input("in")
        for key, value, timestamp in records:
            topic.pipe((key, value), timestamp=timestamp)
        with (
            driver.store("store").all() if name != "sessions" else driver.store("store").fetch_keys(None, None) as rows
        ):
            held = sorted(rows, key=repr)
        return driver.output("out").read(), held


@pytest.mark.parametrize("name", TOPOLOGIES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(records=RECORDS)
def test_memory_and_disk_caches_or_none_come_to_the_same(name: str, records: list[Record]) -> None:
    out, held = run(name, records, in_memory=True, cached=False)
    assert run(name, records, in_memory=False, cached=False) == (out, held)
    assert run(name, records, in_memory=True, cached=True)[1] == held
    assert run(name, records, in_memory=False, cached=True)[1] == held
