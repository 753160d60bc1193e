"""The state tables of the application and its threads."""

from __future__ import annotations

import pytest

from kstream_cli.errors import StateError
from kstream_cli.runtime.threads.states import THREAD_TRANSITIONS, TRANSITIONS, State, ThreadState


def test_an_application_runs_rebalances_and_ends():
    state = State.CREATED
    for following in (State.REBALANCING, State.RUNNING, State.REBALANCING, State.PENDING_SHUTDOWN, State.NOT_RUNNING):
        state = state.to(following)
    assert state.has_ended


def test_an_ended_application_does_not_start_again():
    with pytest.raises(StateError, match="NOT_RUNNING cannot become REBALANCING"):
        State.NOT_RUNNING.to(State.REBALANCING)


def test_every_state_has_its_row():
    assert set(TRANSITIONS) == set(State)
    assert set(THREAD_TRANSITIONS) == set(ThreadState)


def test_a_dead_thread_stays_dead():
    with pytest.raises(StateError):
        ThreadState.DEAD.to(ThreadState.STARTING)
