"""How a stream thread ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli.errors import (
    AccessDeniedError,
    BrokerUnavailableError,
    CommitFailedError,
    FencedInstanceIdError,
    ProcessingError,
    ProducerError,
    ProducerFencedError,
    TaskCorruptedError,
    TaskMigratedError,
)
from kstream_cli.runtime.threads.stream_thread import StreamThread


def end_of_thread(*, told_to_stop: bool) -> BaseException | None:
    """How a thread ends whose clients cannot be made as no broker is there."""
    ended: list[Any] = []

    def no_broker(thread: StreamThread) -> Any:
        if told_to_stop:
            thread.stop()
        raise BrokerUnavailableError("no transactional producer can be started")

    metrics: Any = SimpleNamespace(bind=lambda state, progress: None)
    thread = StreamThread(
        "thread-1",
        make_clients=no_broker,
        metrics=metrics,
        on_state=lambda: None,
        on_end=lambda thread, error: ended.append(error),
    )
    thread.start()
    thread.join(60)
    error: BaseException | None = ended[0]
    return error


def test_a_thread_that_finds_no_broker_ends_with_that_error() -> None:
    assert isinstance(end_of_thread(told_to_stop=False), BrokerUnavailableError)


def test_a_thread_that_is_told_to_stop_while_it_waits_for_a_broker_ends_as_any_other() -> None:
    assert end_of_thread(told_to_stop=True) is None


class Clients:
    """One membership: closing it raises `at_close`; another member has its place if `is_replaced`."""

    def __init__(
        self, at_close: Exception | None = None, *, uncommitted: bool = True, is_replaced: bool = False
    ) -> None:
        self.at_close = at_close
        self.is_replaced = is_replaced
        self.closed: list[bool] = []
        self.calls: list[str] = []
        self.tasks = SimpleNamespace(
            has_uncommitted=uncommitted, commit_others=lambda: self.calls.append("commit the others")
        )

    def require_place(self) -> None:
        if self.is_replaced:
            raise FencedInstanceIdError("its place is taken")

    def close(self, *, commit: bool) -> None:
        self.closed.append(commit)
        self.calls.append("close")
        if commit and self.at_close is not None:
            raise self.at_close


class Member(StreamThread):
    """A thread whose turns are those of `turns`: each is called, and may raise. After the last one it is stopped."""

    turns: list[Callable[[], None]]
    carried: list[bool]
    """Whether its topics are still those of the group, at each turn; True once there are no more."""

    def _start(self, clients: Any) -> None: ...

    def _is_carried(self) -> bool:
        return self.carried.pop(0) if self.carried else True

    def _publish(self, now: float) -> None: ...

    def _run_once(self) -> None:
        if not self.turns:
            self.stop()
        else:
            self.turns.pop(0)()


def run_member(
    *clients: Clients, turns: Sequence[Callable[[], None]] = (), carried: Sequence[bool] = ()
) -> BaseException | None:
    ended: list[Any] = []
    memberships = iter(clients)
    thread = Member(
        "thread-1",
        make_clients=lambda thread: next(memberships),  # type: ignore[return-value]
        metrics=SimpleNamespace(bind=lambda state, progress: None),
        on_state=lambda: None,
        on_end=lambda thread, error: ended.append(error),
    )
    thread.turns, thread.carried = list(turns), list(carried)
    thread.start()
    thread.join(60)
    error: BaseException | None = ended[0]
    return error


def raising(error: BaseException) -> Callable[[], None]:
    def turn() -> None:
        raise error

    return turn


WAYS_TO_FAIL = {
    "fenced": ProducerFencedError("fenced"),
    "migrated": TaskMigratedError("no commit was possible"),
    "corrupted": TaskCorruptedError("the transaction was lost"),
    "no broker": BrokerUnavailableError("no commit was possible for 300 s"),
    "replaced": FencedInstanceIdError("said the commit"),
    "not delivered": ProducerError("topic 'dead' does not exist"),
    "not allowed": AccessDeniedError("READ on the group"),
    "a flush of the caches": ProcessingError("an aggregator failed"),
}


@pytest.mark.parametrize("way", WAYS_TO_FAIL)
def test_a_last_commit_that_fails_is_how_the_thread_ended(way: str) -> None:
    failure = WAYS_TO_FAIL[way]
    error = run_member(Clients(failure))
    assert error is not None
    assert str(failure) in str(error)


def test_a_commit_that_fails_as_the_thread_is_told_to_stop_is_how_it_ended() -> None:
    def fenced_while_it_stops() -> None:
        threading.current_thread().stop()  # type: ignore[attr-defined]
        raise ProducerFencedError("fenced just then")

    error = run_member(Clients(), turns=[fenced_while_it_stops])
    assert isinstance(error, CommitFailedError)
    assert "fenced just then" in str(error)


def test_a_broker_that_is_away_as_the_thread_stops_is_an_error_where_records_are_not_committed() -> None:
    def away() -> None:
        threading.current_thread().stop()  # type: ignore[attr-defined]
        raise BrokerUnavailableError("away")

    assert isinstance(run_member(Clients(uncommitted=True), turns=[away]), BrokerUnavailableError)
    assert run_member(Clients(uncommitted=False), turns=[away]) is None


def test_a_thread_whose_last_commit_was_taken_ends_without_an_error() -> None:
    clients = Clients()
    assert run_member(clients) is None
    assert clients.closed == [True]


@pytest.mark.parametrize("error", [ProducerFencedError("fenced"), TaskMigratedError("too slow")])
def test_a_fenced_thread_joins_again_and_commits_nothing(error: TaskMigratedError) -> None:
    first, second = Clients(), Clients()
    assert run_member(first, second, turns=[raising(error)]) is None
    assert (first.closed, second.closed) == ([False], [True])
    assert first.calls == ["close"]


@pytest.mark.parametrize("error", [ProcessingError("a mapper failed"), SystemExit(3)])
def test_after_an_error_in_one_task_the_work_of_the_others_is_committed_before_all_is_closed(
    error: BaseException,
) -> None:
    clients = Clients()
    assert run_member(clients, turns=[raising(error)]) is error
    assert (clients.calls, clients.closed) == (["commit the others", "close"], [False])


def test_a_thread_whose_tasks_are_carried_by_other_topics_commits_and_joins_again() -> None:
    first, second = Clients(), Clients()
    assert run_member(first, second, carried=[True, False], turns=[lambda: None, lambda: None]) is None
    assert (first.closed, second.closed) == ([True], [True])


@pytest.mark.parametrize("error", [ProducerFencedError("fenced"), TaskMigratedError("too slow")])
def test_the_older_of_two_of_one_name_ends_whatever_it_noticed_first(error: TaskMigratedError) -> None:
    first = Clients(is_replaced=True)
    ended = run_member(first, turns=[raising(error)])
    assert isinstance(ended, FencedInstanceIdError)
    assert first.closed == [False]


def test_a_producer_that_is_fenced_as_it_starts_is_made_again() -> None:
    made: list[int] = []

    def make(thread: StreamThread) -> Any:
        made.append(1)
        if len(made) == 1:
            raise ProducerFencedError("a copy of this instance is quicker")
        thread.stop()
        return Clients()

    ended: list[Any] = []
    thread = Member(
        "thread-1",
        make_clients=make,
        metrics=SimpleNamespace(bind=lambda state, progress: None),
        on_state=lambda: None,
        on_end=lambda thread, error: ended.append(error),
    )
    thread.turns, thread.carried = [], []
    thread.start()
    thread.join(60)
    assert (len(made), ended) == (2, [None])
