"""What a thread does, and in which order, when its group gives it tasks, takes them, or has given them away."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.errors import TaskMigratedError
from kstream_cli.runtime.threads.rebalance_listener import RebalanceListener
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.task.task_id import TaskId

ZERO, ONE = TaskId(0, 0), TaskId(0, 1)


class Thread:
    """A listener whose surroundings write what is asked of them into one list."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.errors: dict[str, BaseException] = {}
        self.gone = False
        note = self.note
        self.consumer: Any = SimpleNamespace(
            incremental_assign=lambda found: note("taken", list(found)), incremental_unassign=self.unassign
        )
        tasks: Any = SimpleNamespace(
            placement=SimpleNamespace(tasks=lambda keys: [TaskId(0, partition) for _, partition in keys]),
            assign=lambda tasks: note("assign", tasks),
            revoke=lambda tasks: note("revoke", tasks),
            lose=lambda tasks: note("lose", tasks),
        )
        self.listener = RebalanceListener(
            tasks, lambda state: note("state", state), lambda: note("look at topics", None)
        )

    def note(self, call: str, given: Any) -> None:
        self.calls.append(call if given is None else (call, given))
        if call in self.errors:
            raise self.errors[call]

    def unassign(self, found: Any) -> None:
        self.note("given back", list(found))
        if self.gone:
            raise KafkaException(KafkaError(KafkaError._STATE, "gone already"))


def partitions(*numbers: int) -> list[Any]:
    return [TopicPartition("in", number) for number in numbers]


def test_new_tasks_are_noted_and_no_partition_is_fetched_before_they_are_restored(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    thread = Thread()
    thread.listener.on_assign(thread.consumer, partitions(0, 1))
    assert thread.calls == [
        ("taken", []),
        ("assign", [ZERO, ONE]),
        "look at topics",
        ("state", ThreadState.PARTITIONS_ASSIGNED),
    ]
    assert caplog.messages == ["assigned: tasks 0_0, 0_1"]


def test_a_rebalance_that_gives_nothing_is_taken_too_and_is_worth_no_word(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    thread = Thread()
    thread.listener.on_assign(thread.consumer, [])
    assert thread.calls == [
        ("taken", []),
        ("assign", []),
        "look at topics",
        ("state", ThreadState.PARTITIONS_ASSIGNED),
    ]
    assert caplog.messages == []


def test_revoked_tasks_are_committed_and_closed_before_the_group_may_give_them_to_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    thread = Thread()
    thread.listener.on_revoke(thread.consumer, partitions(1))
    assert thread.calls == [("state", ThreadState.PARTITIONS_REVOKED), ("revoke", [ONE]), ("given back", [])]
    assert caplog.messages == ["revoked: tasks 0_1"]


def test_lost_tasks_are_closed_without_a_commit(caplog: pytest.LogCaptureFixture) -> None:
    thread = Thread()
    thread.listener.on_lost(thread.consumer, partitions(0, 1))
    assert thread.calls == [("state", ThreadState.PARTITIONS_REVOKED), ("lose", [ZERO, ONE]), ("given back", [])]
    told = "lost: tasks 0_0, 0_1: this member was too slow for its group, or cut off from it"
    assert caplog.messages == [told]


def test_where_no_task_is_lost_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    thread = Thread()
    thread.listener.on_lost(thread.consumer, [])
    assert caplog.messages[0].startswith("lost: tasks none: ")


@pytest.mark.parametrize("call", ["on_revoke", "on_lost"])
def test_what_was_given_away_already_cannot_be_given_back_and_that_is_no_error(call: str) -> None:
    thread = Thread()
    thread.gone = True
    getattr(thread.listener, call)(thread.consumer, partitions(0))
    thread.listener.raise_error()


@pytest.mark.parametrize(
    ("callback", "call", "last"),
    [
        ("on_assign", "assign", ("state", ThreadState.PARTITIONS_ASSIGNED)),
        ("on_revoke", "revoke", ("given back", [])),
        ("on_lost", "lose", ("given back", [])),
    ],
)
def test_an_error_in_a_callback_is_raised_after_the_poll_and_the_rebalance_is_completed(
    callback: str, call: str, last: Any
) -> None:
    thread = Thread()
    thread.errors[call] = SystemExit(3)
    getattr(thread.listener, callback)(thread.consumer, partitions(0))
    assert thread.calls[-1] == last
    with pytest.raises(SystemExit):
        thread.listener.raise_error()
    thread.listener.raise_error()


def test_the_first_of_several_errors_is_raised() -> None:
    thread = Thread()
    thread.errors = {"revoke": TaskMigratedError("first"), "assign": TaskMigratedError("second")}
    thread.listener.on_revoke(thread.consumer, partitions(0))
    thread.listener.on_assign(thread.consumer, partitions(0))
    with pytest.raises(TaskMigratedError, match="first"):
        thread.listener.raise_error()
