"""When an instance is alive, and when it is ready."""

import re
import time
from types import SimpleNamespace

import pytest

from kstream_cli.endpoint.health import not_alive, not_ready
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.states import State
from tests.endpoint.running import get, running

NOW = time.time()


def streams(*tasks, state=State.RUNNING, paused=False, looked=NOW + 3600, error=None):
    thread = ThreadProgress("t-1", "RUNNING", looked, tasks=tasks)
    return SimpleNamespace(state=state, is_paused=paused, error=error, progress=lambda: (thread,))


def task(lag, moved):
    return TaskProgress("0_3", "running", (), lag=lag, last_progress=NOW - moved)


@pytest.mark.parametrize(
    "found",
    [
        streams(task(0, 1000)),
        streams(task(5, -3600)),
        streams(task(5, 1000), paused=True),
        streams(task(None, 1000)),
        streams(state=State.CREATED),
        streams(state=State.NOT_RUNNING),
    ],
)
def test_an_instance_is_alive_that_moves_or_has_nothing_to_do(found):
    assert not_alive(found, 60) == ()


def test_a_task_with_lag_that_has_not_moved_is_named():
    [reason] = not_alive(streams(task(1234, 90)), 60)
    assert re.fullmatch(r"task 0_3 has not moved for \d+ s, with 1,234 records to process", reason)


def test_a_thread_that_hangs_in_a_function_is_named_though_its_last_look_saw_no_lag():
    [reason] = not_alive(streams(task(0, 1), looked=NOW - 90), 60)
    assert re.fullmatch(r"thread t-1 has not ended a turn for \d+ s \(its tasks: 0_3\)", reason)


def test_an_application_that_failed_is_not_alive():
    assert not_alive(streams(state=State.ERROR, error=ValueError("no")), 60) == ("the application is ERROR: no",)


def test_an_instance_is_not_ready_while_it_rebalances_or_restores():
    restoring = TaskProgress("0_0", "restoring", (), restoring=(RestoreProgress("s", "t", 0, 10, 90),))
    assert not_ready(streams(restoring, state=State.REBALANCING)) == (
        "the application is REBALANCING",
        "task 0_0 restores store s: 90 records are left",
    )


def test_health_is_answered_without_the_token_but_not_its_reasons():
    with running(token="t") as (found, endpoint):
        found._state = State.REBALANCING
        assert get(endpoint, "/readyz")[::2] == (503, {"ok": False, "reasons": []})
        [reason] = get(endpoint, "/readyz", headers={"Authorization": "bearer t"})[2]["reasons"]
        assert reason == "the application is REBALANCING"
