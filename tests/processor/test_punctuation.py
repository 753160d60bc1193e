"""Schedules: the grid they keep to, missed ticks, cancelling."""

from datetime import UTC, datetime, timedelta

import pytest

from kstream_cli.errors import StreamsError
from kstream_cli.processor.punctuation import NEVER, Punctuations, Schedule, first_tick, interval_ms, start_ms


def runs(punctuations, now):
    calls = []
    punctuations.run(now, lambda schedule, at: calls.append((schedule.node, at)))
    return calls


def test_nothing_is_due_without_schedules():
    assert Punctuations().due == NEVER


def test_a_schedule_is_called_once_for_all_the_ticks_it_missed():
    punctuations = Punctuations()
    punctuations.add(Schedule("p", 0, 100, lambda now: None))
    assert runs(punctuations, 470) == [("p", 470)]


def test_the_next_tick_after_a_jump_is_back_on_the_grid():
    punctuations = Punctuations()
    punctuations.add(Schedule("p", 0, 100, lambda now: None))
    runs(punctuations, 470)
    assert punctuations.due == 500


def test_a_cancelled_schedule_is_not_called():
    punctuations = Punctuations()
    punctuations.add(Schedule("p", 0, 100, lambda now: None)).cancel()
    assert runs(punctuations, 50) == []
    assert punctuations.due == NEVER


def test_a_punctuator_may_cancel_itself():
    punctuations = Punctuations()
    schedule = punctuations.add(Schedule("p", 0, 100, lambda now: None))
    punctuations.run(0, lambda due, now: schedule.cancel())
    assert punctuations.due == NEVER


def test_schedules_run_in_order_of_their_due_times():
    punctuations = Punctuations()
    punctuations.add(Schedule("late", 200, 100, lambda now: None))
    punctuations.add(Schedule("early", 100, 500, lambda now: None))
    assert [node for node, _ in runs(punctuations, 250)] == ["early", "late"]


def test_an_interval_may_be_a_timedelta():
    assert interval_ms(timedelta(seconds=2)) == 2000


@pytest.mark.parametrize("interval", [0, -1, timedelta(microseconds=10)])
def test_an_interval_below_a_millisecond_is_refused(interval):
    with pytest.raises(StreamsError, match="at least 1 ms"):
        interval_ms(interval)


@pytest.mark.parametrize(
    ("start", "now", "first"),
    [
        (None, 130, 230),  # A wall clock without a start: the interval from now.
        (0, 130, 200),
        (130, 130, 130),
        (30, 130, 130 + 100),  # A tick of this moment has passed already, as in Java.
        (500, 130, 500),
        (120, 130, 220),
    ],
)
def test_an_anchored_schedule_begins_at_its_start_or_at_the_first_tick_after_now(start, now, first):
    assert first_tick(start, 100, now, now + 100) == first


def test_a_start_time_may_be_a_datetime():
    assert start_ms(datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)) == 2000


@pytest.mark.parametrize("start", [-1, datetime(2020, 1, 1), True, "now", 1.5])
def test_a_start_time_is_a_point_in_time_from_1970_on(start):
    with pytest.raises(StreamsError, match="start time"):
        start_ms(start)
