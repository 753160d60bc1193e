"""Windows of one's own, and the days of a time zone: aggregated, closed, kept and read back by their own sizes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kstream_cli import (
    BufferConfig,
    DayWindows,
    EmitStrategy,
    Materialized,
    StreamsBuilder,
    Suppressed,
    TimeWindowedSerde,
    TopologyTestDriver,
    Window,
    Windowed,
    Windows,
    serde_for,
)
from kstream_cli.described.built import described
from kstream_cli.errors import ProcessingError, TopologyError
from kstream_cli.operations.changelog_rows import row_reader
from kstream_cli.render.words import windows_text

HOUR = 3_600_000
STRING = serde_for(str)


class Growing(Windows):
    """[0, 10), [10, 30), [30, 60), [60, 100), …: each longer than the one before."""

    size_ms = 1_000

    def windows_for(self, timestamp):
        start, size = 0, 10
        while start + size <= timestamp:
            start, size = start + size, size + 10
        return [Window(start, start + size)]


class Overlapping(Windows):
    """One of 10 ms and one of 100 ms, both from the same hundred on; the short one does not overlap another."""

    size_ms = 100

    def __init__(self, grace_ms=0):
        self.grace_ms = grace_ms

    def windows_for(self, timestamp):
        hundred = timestamp // 100 * 100
        yield Window(hundred, hundred + 100)
        if timestamp % 100 >= 50:
            yield Window(hundred + 50, hundred + 60) if timestamp % 100 < 60 else Window(hundred + 60, hundred + 100)


def description(builder):
    return described(builder.build(), name="mine", application_id="app", folder=Path())


def counts(windows, times, *, emit=None, suppress=False, caching=None):
    builder = StreamsBuilder()
    windowed = builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows)
    if emit is not None:
        windowed = windowed.emit_strategy(emit)
    table = windowed.count(store=Materialized("counts", caching=caching))
    if suppress:
        table = table.suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="final"))
    table.to_stream().map(lambda windowed, count: (str(windowed), count)).to("out", key=str, value=int)
    with TopologyTestDriver(builder, {"application.id": "custom"}) as driver:
        source = driver.input("in", key=str, value=str)
        for time in times:
            source.pipe(("k", "v"), timestamp=time)
            driver.advance_wall_clock(1000)
        kept = list(driver.store("counts").all())
        return driver.output("out", key=str, value=int).read(), kept


@pytest.mark.parametrize("caching", [False, True])
def test_each_window_has_the_size_that_it_says(caching):
    found, kept = counts(Growing(), [0, 9, 10, 29, 30, 99], caching=caching)
    assert [key for key, _ in kept] == [
        Windowed("k", start, end) for start, end in ((0, 10), (10, 30), (30, 60), (60, 100))
    ]
    assert {key for key, _ in found} == {"[k@0/10]", "[k@10/30]", "[k@30/60]", "[k@60/100]"}


def test_windows_that_overlap_count_a_record_in_each():
    found, _ = counts(Overlapping(), [10, 55, 70])
    assert found[-2:] == [("[k@0/100]", 3), ("[k@60/100]", 1)]
    assert ("[k@50/60]", 1) in found


@pytest.mark.parametrize("final", [{"emit": EmitStrategy.on_window_close()}, {"suppress": True}])
def test_a_window_closes_at_its_own_end_once(final):
    found, _ = counts(Overlapping(), [55, 59, 60, 61, 99, 100, 260, 300], **final)
    assert found == [
        ("[k@50/60]", 2),
        ("[k@0/100]", 5),
        ("[k@60/100]", 3),
        ("[k@100/200]", 1),
        ("[k@200/300]", 1),
        ("[k@260/300]", 1),
    ]


@pytest.mark.parametrize("final", [{"emit": EmitStrategy.on_window_close()}, {"suppress": True}])
def test_grace_counts_from_the_end_of_each_window(final):
    found, _ = counts(Overlapping(grace_ms=5), [55, 64, 58, 65, 57, 105], **final)
    assert found == [("[k@50/60]", 2), ("[k@0/100]", 5), ("[k@60/100]", 2)]


def test_closed_windows_are_looked_up_only_when_one_closes(monkeypatch):
    from kstream_cli.dsl.operators import window_aggregate

    looked_up = []
    rows = window_aggregate.rows
    monkeypatch.setattr(window_aggregate, "rows", lambda *given: looked_up.append(given) or rows(*given))
    hours = [hour * HOUR for hour in range(60)]
    counts(DayWindows.of_zone("UTC"), hours, emit=EmitStrategy.on_window_close())
    assert len(looked_up) == 3  # At the first record, and at the end of two days.


@pytest.mark.parametrize("caching", [False, True])
def test_a_jump_of_time_loses_no_window(caching):
    hours = [0, 25, 100, 2_000]
    windows = DayWindows.of_zone("UTC")
    found, _ = counts(windows, [hour * HOUR for hour in hours], emit=EmitStrategy.on_window_close(), caching=caching)
    days = [Window(day * 24 * HOUR, (day + 1) * 24 * HOUR) for day in (0, 1, 4)]
    assert found == [(f"[k@{day.start}/{day.end}]", 1) for day in days]


def test_a_record_may_belong_to_no_window():
    class Weekdays(Growing):
        def windows_for(self, timestamp):
            return [] if timestamp < 10 else super().windows_for(timestamp)

    found, _ = counts(Weekdays(), [5, 15])
    assert found == [("[k@10/30]", 1)]


@pytest.mark.parametrize(
    "window", [Window(-1, 10), Window(6, 10), Window(0, 5), Window(0, 2_000), Window(1, 10)], ids=str
)
def test_windows_that_break_their_promise_are_named(window):
    class Broken(Growing):
        def windows_for(self, timestamp):
            return [window] if timestamp == 5 else [Window(0, 20)]

    with pytest.raises(ProcessingError, match=r"Broken\.windows_for\(5\) gave the window from"):
        counts(Broken(), [5])


def test_windows_that_can_never_work_are_refused_when_they_are_given():
    class Unsized(Windows):
        def windows_for(self, timestamp):
            return []

    class Waiting(Growing):
        async def windows_for(self, timestamp):
            return []

    class Negative(Growing):
        grace_ms = -1

    grouped = StreamsBuilder().stream("in", key=str, value=str).group_by_key()
    for windows, named in ((Unsized(), "size_ms"), (Waiting(), "windows_for"), (Negative(), "grace_ms")):
        with pytest.raises(TopologyError, match=named):
            grouped.windowed_by(windows)
        with pytest.raises(TopologyError, match=named):
            grouped.cogroup(lambda key, value, total: total).windowed_by(windows)


def test_cogrouped_streams_take_custom_windows():
    builder = StreamsBuilder()
    one, other = (builder.stream(topic, key=str, value=str).group_by_key() for topic in ("one", "other"))
    cogrouped = one.cogroup(lambda key, value, total: total + 1).cogroup(other, lambda key, value, total: total + 10)
    cogrouped.windowed_by(Growing()).aggregate(lambda: 0, store="totals", value=int)
    with TopologyTestDriver(builder, {"application.id": "custom"}) as driver:
        driver.input("one", key=str, value=str).pipe(("k", "v"), timestamp=12)
        driver.input("other", key=str, value=str).pipe(("k", "v"), timestamp=20)
        assert [(key, value) for key, (value, _) in driver.store("totals").all()] == [(Windowed("k", 10, 30), 11)]


def test_the_store_keeps_the_longest_window_and_its_grace():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().windowed_by(Overlapping(grace_ms=7)).count(store="counts")
    (store,) = description(builder).stores()
    assert (store.retention_ms, store.window_size_ms) == (107, None)


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (Overlapping(grace_ms=7), "windows by Overlapping, 100 ms at most, 7 ms grace"),
        (DayWindows.of_zone("Europe/Berlin").grace(hours=1), "days of Europe/Berlin, 1 h grace"),
    ],
)
def test_a_description_says_which_windows_they_are(windows, said):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows).count(store="counts")
    described = [node.windows for node in description(builder).nodes() if node.windows]
    assert [windows_text(each) for each in described] == [said]


def test_keys_on_topics_and_in_changelogs_are_read_back_with_their_ends():
    days = DayWindows.of_zone("Europe/Berlin")
    start = at("Europe/Berlin", 2026, 3, 29)
    serde = TimeWindowedSerde(str, end_of=days.end_of)
    data = serde.serializer("topic")(Windowed("k", start, start + 23 * HOUR))
    assert serde.deserializer("topic")(data) == Windowed("k", start, start + 23 * HOUR)

    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().windowed_by(days).count(store="counts")
    (store,) = builder.build().stores.values()
    read = row_reader(store, "changelog", STRING, None)
    assert read is not None
    key, _ = read(b"k" + start.to_bytes(8, "big") + bytes(4), None, ())
    assert key == Windowed("k", start, start + 23 * HOUR)


def test_a_row_of_an_older_version_ends_after_the_longest_window():
    assert Growing().end_of(11) == 1_011


def at(zone, *date):
    return int(datetime(*date).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("Europe/Berlin", (2026, 7, 1), 24),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Antarctica/Casey", (2010, 3, 5), 27),
        ("America/Havana", (2023, 11, 5), 25),  # Clocks show midnight twice.
        ("Africa/Monrovia", (1972, 1, 7), 24 - 44.5 / 60),
    ],
)
def test_a_day_is_as_long_as_the_clocks_of_its_zone_make_it(zone, day, hours):
    start = at(zone, *day)
    windows = DayWindows.of_zone(zone)
    end = int(start + hours * HOUR)
    if zone != "Africa/Monrovia":
        assert windows.windows_for(start) == (Window(start, end),)
    assert windows.windows_for(end - 1)[0].end == end
    assert windows.windows_for(end)[0].start == end


def test_a_day_begins_after_the_midnight_that_clocks_skip():
    (window,) = DayWindows.of_zone("America/Sao_Paulo").windows_for(at("America/Sao_Paulo", 2018, 11, 4, 12))
    assert window == Window(at("America/Sao_Paulo", 2018, 11, 4, 1), at("America/Sao_Paulo", 2018, 11, 5))


def test_a_day_does_not_begin_twice_where_clocks_go_back_past_midnight():
    repeated = at("America/Sao_Paulo", 2018, 2, 18) - HOUR // 2  # 23:30 of the 17th, for the second time.
    (window,) = DayWindows.of_zone("America/Sao_Paulo").windows_for(repeated)
    assert window.end - window.start == 24 * HOUR or window.end > repeated


def test_a_day_that_a_zone_left_out_has_no_window():
    apia = DayWindows.of_zone("Pacific/Apia")
    (last,) = apia.windows_for(at("Pacific/Apia", 2011, 12, 29, 12))
    (following,) = apia.windows_for(last.end)
    assert following.start == at("Pacific/Apia", 2011, 12, 31)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "UTC"])
def test_days_follow_each_other_without_gaps(zone):
    windows, end = DayWindows.of_zone(zone), 0
    for _ in range(365 * 3):
        ((start, following),) = windows.windows_for(end)
        assert (start, windows.end_of(start), windows.windows_for(following - 1)) == (
            end,
            following,
            ((start, following),),
        )
        end = following


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", None])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(TopologyError, match="no time zone"):
        DayWindows.of_zone(zone)


def test_a_timestamp_after_the_last_year_is_named():
    with pytest.raises(ValueError, match="253402300800000"):
        DayWindows.of_zone("UTC").windows_for(253_402_300_800_000)


def test_negative_grace_is_refused():
    with pytest.raises(TopologyError, match="grace"):
        DayWindows("UTC", -1)
