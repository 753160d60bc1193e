import pytest

from kstream_cli.commands.running import instance
from kstream_cli.commands.running.instance import Idleness
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(instance, "time", clock)
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
