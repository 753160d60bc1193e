import math

import pytest

from kstream_cli import Config
from kstream_cli.processor.metrics import Meter, MetricName, Metrics


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(clock):
    return Meter(clock, seconds=30, samples=2)


def registry(clock, level="INFO"):
    config = Config.from_mapping({"application.id": "app", "metrics.recording.level": level})
    return Metrics(config, {"thread-id": "t"}, clock=clock)


def test_a_meter_gives_average_and_extremes_of_what_it_took(meter):
    for value in (3, 1, 5):
        meter.record(value)
    assert (meter.average(), meter.minimum(), meter.maximum()) == (3, 1, 5)
    assert (meter.count, meter.total) == (3, 9)


def test_a_meter_that_took_nothing_has_no_average_and_no_rate(meter):
    assert math.isnan(meter.average())
    assert math.isnan(meter.maximum())
    assert math.isnan(meter.minimum())
    assert meter.count_rate() == 0


def test_values_of_long_ago_leave_averages_and_rates_but_not_totals(meter, clock):
    meter.record(100)
    clock.now += 61
    meter.record(2)
    assert meter.average() == 2
    assert meter.total == 102


def test_a_rate_is_of_all_spans_but_the_last_at_least_so_that_a_start_is_no_peak(meter, clock):
    meter.record(60)
    clock.now += 1
    assert meter.total_rate() == 2.0


def test_a_share_is_of_the_time_gone_by(meter, clock):
    meter.record(2)
    clock.now += 8
    assert meter.share() == 0.25


def test_metrics_of_the_same_name_group_and_tags_are_the_same_key(clock):
    metrics = registry(clock)
    metrics.add("size", "group", "what it is", lambda: 7, task_id="0_1")
    assert metrics.values() == {MetricName("size", "group", {"task-id": "0_1", "thread-id": "t"}): 7}


def test_a_total_counted_elsewhere_gets_a_rate_when_it_is_looked_at(clock):
    metrics, seen = registry(clock), [0]
    metrics.add_total("process", "group", "records", lambda: seen[0])
    seen[0] = 90
    metrics.observe()
    clock.now += 30
    values = {name.name: value for name, value in metrics.values().items()}
    assert values == {"process-total": 90, "process-rate": 3.0}


def test_a_value_that_cannot_be_read_just_now_is_left_out(clock):
    metrics = registry(clock)
    metrics.add("broken", "group", "", lambda: 1 / 0)
    metrics.add("good", "group", "", lambda: 1)
    assert [name.name for name in metrics.values()] == ["good"]


@pytest.mark.parametrize(("level", "expected"), [("INFO", False), ("DEBUG", True), ("TRACE", True)])
def test_what_records_pay_for_is_on_from_debug(clock, level, expected):
    assert registry(clock, level).is_debug is expected
