import pytest

from kstream_cli.commands.running import idleness
from kstream_cli.commands.running.idleness import Idleness
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(idleness, "time", clock)
    return clock


def threads(*tasks):
    return (ThreadProgress("one", "RUNNING", 0.0, tasks=tasks),)


def task(name="0_0", processed=5, lag=0):
    return TaskProgress(name, "running", (("in", 0),), processed, lag)


def test_it_is_reached_when_nothing_has_changed_for_the_time_given(clock):
    idle = Idleness(2.0)
    assert not idle.reached(threads(task()), running=True)
    clock.now += 1.9
    assert not idle.reached(threads(task()), running=True)
    clock.now += 0.2
    assert idle.reached(threads(task()), running=True)


@pytest.mark.parametrize(
    ("busy", "running"),
    [
        (threads(task(processed=6)), True),
        (threads(task(lag=1)), True),
        (threads(task(), task("0_1")), True),
        (threads(task()), False),
    ],
    ids=["a record", "lag", "a task that came", "a rebalance"],
)
def test_anything_that_happens_starts_the_time_anew(clock, busy, running):
    idle = Idleness(2.0)
    idle.reached(threads(task()), running=True)
    clock.now += 5.0
    assert not idle.reached(busy, running=running)


def test_no_time_at_all_is_reached_once_all_tasks_run_and_have_read_all(clock):
    idle = Idleness(0)
    assert not idle.reached(threads(task()), running=False)
    assert not idle.reached(threads(task(lag=None)), running=True)
    assert not idle.reached(threads(task(lag=3)), running=True)
    assert idle.reached(threads(task()), running=True)


def test_the_time_before_all_tasks_ran_does_not_count(clock):
    idle = Idleness(2.0)
    for running, lag in ((False, 0), (True, None)):
        clock.now += 10.0
        assert not idle.reached(threads(task(lag=lag)), running=running)
    assert not idle.reached(threads(task()), running=True)
    clock.now += 2.1
    assert idle.reached(threads(task()), running=True)
