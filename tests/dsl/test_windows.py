"""Windows as data: which contain a time, and what sizes are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kstream_cli import (
    EmitStrategy,
    JoinWindows,
    Materialized,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    TimeWindows,
    UnlimitedWindows,
)
from kstream_cli.errors import TopologyError


def test_a_span_is_given_as_ms_timedelta_or_keywords():
    spans = [TimeWindows.of_size(90_000), TimeWindows.of_size(timedelta(seconds=90))]
    assert [*spans, TimeWindows.of_size(minutes=1, seconds=30)] == [TimeWindows(90_000, 90_000)] * 3


@pytest.mark.parametrize("arguments", [((), {}), ((10,), {"seconds": 1}), (("10",), {}), ((), {"years": 1})])
def test_a_span_is_given_in_one_known_form(arguments):
    positional, keywords = arguments
    with pytest.raises(TopologyError, match="window size"):
        TimeWindows.of_size(*positional, **keywords)


def test_hopping_windows_contain_a_time_several_times_and_never_start_before_zero():
    windows = TimeWindows.of_size(100).advance_by(25)
    assert list(windows.starts_for(10)) == [0]
    assert list(windows.starts_for(110)) == [25, 50, 75, 100]


def test_a_tumbling_window_ends_before_the_next_one_starts():
    windows = TimeWindows.of_size(100)
    assert list(windows.starts_for(99)) == [0]
    assert list(windows.starts_for(100)) == [100]


def test_an_unlimited_window_leaves_out_what_came_before_it():
    windows = UnlimitedWindows.of().start_on(50)
    assert windows.starts_for(49) == ()
    assert windows.starts_for(50) == (50,)


@pytest.mark.parametrize(
    "make",
    [
        lambda: TimeWindows.of_size(0),
        lambda: TimeWindows.of_size(10).advance_by(11),
        lambda: TimeWindows.of_size(10).advance_by(0),
        lambda: TimeWindows.of_size(10).grace(-1),
        lambda: SlidingWindows.of_time_difference(-1),
        lambda: SlidingWindows.of_time_difference(1).grace(-1),
        lambda: SessionWindows.of_inactivity_gap(-1),
        lambda: UnlimitedWindows.of().start_on(-1),
        lambda: JoinWindows.of_time_difference(5).before(-6),
        lambda: JoinWindows.of_time_difference(5).grace(-1),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make):
    with pytest.raises(TopologyError):
        make()


def test_an_unlimited_window_has_no_final_result():
    windowed = StreamsBuilder().stream("in").group_by_key().windowed_by(UnlimitedWindows.of())
    with pytest.raises(TopologyError, match="never closes"):
        windowed.emit_strategy(EmitStrategy.on_window_close())


def test_a_retention_shorter_than_the_windows_is_refused():
    windowed = StreamsBuilder().stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(10))
    with pytest.raises(TopologyError, match=r"keeps rows for 109 ms, but .* need 110 ms"):
        windowed.count(store=Materialized("w", retention=109))
