"""`emit_on_idle`: windows that close when traffic stops, by the wall clock of the test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kstream_cli import (
    BufferConfig,
    DayWindows,
    EmitStrategy,
    Materialized,
    Processor,
    PunctuationType,
    Record,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    TopologyTestDriver,
)
from kstream_cli.errors import TopologyError

UNBOUNDED = BufferConfig.unbounded()
MINUTE, SECOND = 60_000, 1_000
NOON = 1_796_040_000_000
"""A whole minute; what the records are stamped with lies around it, and the wall clock somewhere else."""
IDLE = 10 * SECOND


def text(windowed):
    return f"{windowed.key}@{windowed.start - NOON}"


def by_suppress(windows, *, name="final", idle=IDLE, store=None):
    builder = StreamsBuilder()
    counts = builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows).count(store=store or "counts")
    final = counts.suppress(Suppressed.until_window_closes(UNBOUNDED, name=name, emit_on_idle=idle))
    final.to_stream(lambda windowed, count: text(windowed)).to("out", key=str, value=int)
    return builder


def by_strategy(windows, *, idle=IDLE, store=None):
    builder = StreamsBuilder()
    windowed = builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows)
    counts = windowed.emit_strategy(EmitStrategy.on_window_close(emit_on_idle=idle)).count(store=store or "counts")
    counts.to_stream(lambda windowed, count: text(windowed)).to("out", key=str, value=int)
    return builder


BOTH = pytest.mark.parametrize("final_counts", [by_suppress, by_strategy])
KINDS = pytest.mark.parametrize(
    ("windows", "closes_at"),
    [
        pytest.param(TimeWindows.of_size(MINUTE), MINUTE, id="tumbling"),
        pytest.param(TimeWindows.of_size(MINUTE).grace(5 * SECOND), 65 * SECOND, id="grace"),
        pytest.param(TimeWindows.of_size(MINUTE).advance_by(MINUTE // 2), MINUTE // 2, id="hopping"),
        pytest.param(DayWindows.of_zone("UTC"), 12 * 60 * MINUTE, id="days"),
        pytest.param(SessionWindows.of_inactivity_gap(MINUTE), MINUTE + 1, id="sessions"),
        pytest.param(SlidingWindows.of_time_difference(MINUTE).grace(5 * SECOND), 5_001, id="sliding"),
    ],
)


@pytest.fixture
def start():
    """Starts a driver; tells what came out."""
    started = []

    def make(builder, config=None, **options):
        driver = TopologyTestDriver(builder, config, start_ms=1_000, **options)
        started.append(driver)
        return driver

    yield make
    for driver in started:
        driver.close()


def pipe(driver, key, at, topic="in"):
    driver.input(topic, key=str, value=str).pipe((key, "x"), timestamp=NOON + at)


def out(driver):
    return driver.output("out", key=str, value=int).read()


@BOTH
def test_a_window_closes_when_the_wall_clock_has_come_to_its_end(start, final_counts):
    driver = start(final_counts(TimeWindows.of_size(MINUTE)))
    pipe(driver, "a", 45 * SECOND)
    driver.advance_wall_clock(15 * SECOND - 1)
    assert out(driver) == []
    driver.advance_wall_clock(1)
    assert out(driver) == [("a@0", 1)]


@BOTH
def test_without_it_windows_wait_for_records(start, final_counts):
    driver = start(final_counts(TimeWindows.of_size(MINUTE), idle=None))
    pipe(driver, "a", 45 * SECOND)
    driver.advance_wall_clock(timedelta(days=1))
    assert out(driver) == []


@BOTH
def test_nothing_comes_out_before_the_task_was_idle_for_so_long(start, final_counts):
    driver = start(final_counts(TimeWindows.of_size(MINUTE)))
    pipe(driver, "a", 59 * SECOND)
    driver.advance_wall_clock(IDLE - 1)
    assert out(driver) == []
    driver.advance_wall_clock(1)
    assert out(driver) == [("a@0", 1)]


@BOTH
def test_each_record_starts_the_wait_anew(start, final_counts):
    driver = start(final_counts(TimeWindows.of_size(MINUTE)))
    for second in range(0, 59, 9):
        pipe(driver, "a", second * SECOND)
        driver.advance_wall_clock(9 * SECOND)
    assert out(driver) == []
    driver.advance_wall_clock(1 * SECOND)
    assert out(driver) == [("a@0", 7)]


@BOTH
@KINDS
def test_each_kind_of_window_closes_at_its_time(start, final_counts, windows, closes_at):
    driver = start(final_counts(windows, idle=1))
    pipe(driver, "a", 0)
    # As in Java, suppress lets windows go 1 ms before they close whose ends are inclusive.
    is_early = isinstance(windows, SessionWindows | SlidingWindows) and final_counts is by_suppress
    early = closes_at - (2 if is_early else 1)
    driver.advance_wall_clock(early)
    assert out(driver) == []
    driver.advance_wall_clock(closes_at - early)
    assert [count for _, count in out(driver)] == [1]


@BOTH
@KINDS
def test_a_record_of_a_window_that_is_out_is_late(start, final_counts, windows, closes_at):
    driver = start(final_counts(windows, idle=1))
    pipe(driver, "a", 0)
    driver.advance_wall_clock(closes_at)
    first = out(driver)
    assert len(first) == 1
    pipe(driver, "a", 0)
    # A record is not late as a whole while one of its sliding windows is open.
    assert driver.dropped_records.total() == (0 if isinstance(windows, SlidingWindows) else 1)
    pipe(driver, "a", 10 * 24 * 60 * MINUTE)
    assert not {key for key, _ in first} & {key for key, _ in out(driver)}


@BOTH
def test_a_record_of_a_window_that_nothing_was_in_is_not_late(start, final_counts):
    driver = start(final_counts(TimeWindows.of_size(MINUTE)))
    pipe(driver, "a", 45 * SECOND)
    driver.advance_wall_clock(10 * MINUTE)
    assert out(driver) == [("a@0", 1)]
    pipe(driver, "a", 2 * MINUTE)
    assert driver.dropped_records.total() == 0
    driver.advance_wall_clock(MINUTE)
    assert out(driver) == [(f"a@{2 * MINUTE}", 1)]


@BOTH
def test_windows_of_all_keys_come_out_each_once(start, final_counts):
    driver = start(final_counts(TimeWindows.of_size(MINUTE)))
    for at in (0, 30 * SECOND, 61 * SECOND):
        for key in "abc":
            pipe(driver, key, at)
    assert sorted(out(driver)) == [("a@0", 2), ("b@0", 2), ("c@0", 2)]
    driver.advance_wall_clock(2 * MINUTE)
    driver.advance_wall_clock(2 * MINUTE)
    assert sorted(out(driver)) == [("a@60000", 1), ("b@60000", 1), ("c@60000", 1)]


@BOTH
@pytest.mark.parametrize("store_type", ["rocksdb", "in_memory"])
@pytest.mark.parametrize("headers", ["", "HEADERS"])
@pytest.mark.parametrize("cache", [0, 10_000_000])
def test_it_works_with_all_stores_and_caches(start, final_counts, store_type, headers, cache):
    builder = final_counts(TimeWindows.of_size(MINUTE), store=Materialized("counts", store_type=store_type))
    config = {"statestore.cache.max.bytes": cache}
    if headers:
        config["dsl.store.format"] = headers
    driver = start(builder, config)
    pipe(driver, "a", 0)
    pipe(driver, "a", 1)
    driver.advance_wall_clock(MINUTE)
    assert out(driver) == [("a@0", 2)]


def test_a_suppress_without_a_name_does_the_same(start):
    driver = start(by_suppress(TimeWindows.of_size(MINUTE), name=None))
    pipe(driver, "a", 0)
    driver.advance_wall_clock(MINUTE)
    assert out(driver) == [("a@0", 1)]


def test_until_a_time_limit_the_last_update_comes_out_too(start):
    builder = StreamsBuilder()
    table = builder.table("in", key=str, value=str)
    calm = table.suppress(Suppressed.until_time_limit(MINUTE, UNBOUNDED, emit_on_idle=timedelta(seconds=10)))
    calm.to_stream().to("out")
    driver = start(builder)
    topic = driver.input("in", key=str, value=str)
    topic.pipe(("a", "1"), timestamp=NOON)
    topic.pipe(("a", "2"), timestamp=NOON + 1)
    driver.advance_wall_clock(MINUTE - 2)
    assert driver.output("out", key=str, value=str).read() == []
    driver.advance_wall_clock(1)
    assert driver.output("out", key=str, value=str).read() == [("a", "2")]
    topic.pipe(("a", "0"), timestamp=NOON)
    driver.advance_wall_clock(MINUTE)
    assert driver.output("out", key=str, value=str).read() == [("a", "0")]


def test_each_partition_goes_by_its_own_time(start):
    driver = start(by_suppress(TimeWindows.of_size(MINUTE)), partitions=2)
    topic = driver.input("in", key=str, value=str)
    topic.pipe(("a", "x"), timestamp=NOON, partition=0)
    driver.advance_wall_clock(MINUTE - SECOND)
    topic.pipe(("b", "x"), timestamp=NOON + 30 * SECOND, partition=1)
    driver.advance_wall_clock(SECOND)
    assert out(driver) == [("a@0", 1)]
    driver.advance_wall_clock(MINUTE)
    assert out(driver) == [("b@0", 1)]


def test_what_waits_above_comes_out_before_windows_below_close(start):
    builder = StreamsBuilder()
    minutes = (
        builder.stream("in", key=str, value=str)
        .group_by_key()
        .windowed_by(TimeWindows.of_size(MINUTE).grace(10 * MINUTE))
    )
    closed = minutes.emit_strategy(EmitStrategy.on_window_close(emit_on_idle=IDLE)).count(store="minutes")
    again = closed.to_stream().group_by_key().windowed_by(TimeWindows.of_size(2 * MINUTE))
    counts = again.emit_strategy(EmitStrategy.on_window_close(emit_on_idle=IDLE)).count(store="pairs")
    counts.to_stream(lambda windowed, count: windowed.key.key).to("out", key=str, value=int)
    driver = start(builder)
    pipe(driver, "a", 0)
    pipe(driver, "a", 90 * SECOND)
    driver.advance_wall_clock(5 * MINUTE)
    assert out(driver) == []
    driver.advance_wall_clock(20 * MINUTE)
    assert driver.dropped_records.total() == 0
    assert [count for _, count in out(driver)] == [1, 1]


def test_what_a_punctuation_forwards_is_traffic(start):
    class Beat(Processor):
        def init(self, context):
            context.schedule(
                30 * SECOND,
                PunctuationType.WALL_CLOCK_TIME,
                lambda now: context.forward(Record("beat", "x", NOON + now - 1_000)),
            )

        def process(self, record):
            pass

    builder = StreamsBuilder()
    windowed = builder.stream("in", key=str, value=str).process(Beat, key=str, value=str).group_by_key()
    minutes = windowed.windowed_by(TimeWindows.of_size(MINUTE))
    counts = minutes.emit_strategy(EmitStrategy.on_window_close(emit_on_idle=IDLE)).count(store="counts")
    counts.to_stream(lambda windowed, count: text(windowed)).to("out", key=str, value=int)
    driver = start(builder)
    pipe(driver, "a", 0)
    for _ in range(2):
        driver.advance_wall_clock(30 * SECOND)
    assert out(driver) == [("beat@0", 1)]
    driver.advance_wall_clock(29 * SECOND)
    assert out(driver) == []
    driver.advance_wall_clock(1 * SECOND)
    driver.advance_wall_clock(30 * SECOND)
    assert out(driver) == [("beat@60000", 2)]


def test_what_went_out_on_idle_is_counted(start):
    driver = start(by_suppress(TimeWindows.of_size(MINUTE)))
    pipe(driver, "a", 0)
    pipe(driver, "b", 0)
    driver.advance_wall_clock(MINUTE)
    found = {name.name: value for name, value in driver.metrics().items() if name.name.startswith("idle-emit")}
    assert found["idle-emit-total"] == 2


@pytest.mark.parametrize("wrong", [0, -1, timedelta(0)])
def test_a_wait_of_nothing_is_refused(wrong):
    with pytest.raises(TopologyError, match="emit_on_idle must be at least 1 ms"):
        EmitStrategy.on_window_close(emit_on_idle=wrong)
    with pytest.raises(TopologyError, match="emit_on_idle must be at least 1 ms"):
        Suppressed.until_window_closes(UNBOUNDED, emit_on_idle=wrong)


def test_a_wait_that_is_no_duration_is_refused():
    with pytest.raises(TopologyError, match="emit_on_idle must be whole milliseconds or a timedelta"):
        Suppressed.until_time_limit(1, UNBOUNDED, emit_on_idle="10 s")
