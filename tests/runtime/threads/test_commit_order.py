"""What comes before what in a commit, and what a commit that fails leaves alone: all calls go into one list."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import ProducerError, TaskCorruptedError, TaskMigratedError
from kstream_cli.runtime.clients.streams_producer import TransactionalProducer
from kstream_cli.runtime.threads.committer import Committer
from kstream_cli.runtime.threads.task_manager import TaskManager
from kstream_cli.task.task_id import TaskId


class Recorded:
    """A consumer, a producer, changelog ends and tasks that write what is asked of them into one list."""

    def __init__(self, *, transactional: bool = False) -> None:
        self.calls: list[str] = []
        self.unacknowledged = 0
        self.failed_send: Exception | None = None
        self.refusal: Exception | None = None
        producer: Any = object.__new__(TransactionalProducer) if transactional else SimpleNamespace()
        producer.flush = self.flush
        producer.commit = lambda offsets, member: self.commit(offsets)
        consumer = SimpleNamespace(
            commit=lambda offsets, asynchronous: self.commit(offsets), consumer_group_metadata=lambda: None
        )
        ends = SimpleNamespace(
            take=lambda: self.note("ends taken", {}), list=lambda changelogs: self.note("ends asked")
        )
        self.committer = Committer(consumer, producer, ends, timeout_seconds=60, on_commit=lambda seconds: None)
        self.tasks: list[Any] = [self.task(0), self.task(1)]

    def note(self, call: str, answer: Any = None) -> Any:
        self.calls.append(call)
        return answer

    def flush(self, seconds: float) -> int:
        self.calls.append("flush")
        return self.unacknowledged

    def commit(self, offsets: Any) -> None:
        self.calls.append(f"offsets {sorted((each.partition, each.offset) for each in offsets)}")
        if self.refusal is not None:
            raise self.refusal

    def task(self, partition: int) -> Any:
        def check_sends() -> None:
            self.calls.append(f"check {partition}")
            if self.failed_send is not None and partition == 1:
                raise self.failed_send

        return SimpleNamespace(
            id=TaskId(0, partition),
            inputs=(("in", partition),),
            changelogs={},
            commit_needed=True,
            prepare_commit=lambda positions: self.note(f"prepare {partition}", {("in", partition): (5, "")}),
            check_sends=check_sends,
            post_commit=lambda reached, offsets: self.note(f"durable {partition}"),
        )


@pytest.mark.parametrize("transactional", [False, True], ids=["at least once", "exactly once"])
def test_stores_are_made_durable_after_the_offsets_which_follow_all_records(transactional: bool) -> None:
    recorded = Recorded(transactional=transactional)
    assert recorded.committer.commit(recorded.tasks, {})
    assert recorded.calls == [
        *("prepare 0", "prepare 1", "flush", "check 0", "check 1"),
        "offsets [(0, 5), (1, 5)]",
        *("ends taken", "durable 0", "durable 1", "ends asked"),
    ]
    assert recorded.committer.committed == {("in", 0): (5, ""), ("in", 1): (5, "")}


@pytest.mark.parametrize("transactional", [False, True], ids=["at least once", "exactly once"])
def test_a_send_that_failed_by_the_end_of_the_flush_stops_the_commit(transactional: bool) -> None:
    recorded = Recorded(transactional=transactional)
    recorded.failed_send = ProducerError("a record is too large")
    with pytest.raises(ProducerError):
        recorded.committer.commit(recorded.tasks, {})
    assert recorded.calls == ["prepare 0", "prepare 1", "flush", "check 0", "check 1"]
    assert recorded.committer.committed == {}


@pytest.mark.parametrize("transactional", [False, True], ids=["at least once", "exactly once"])
def test_nothing_is_committed_while_records_are_not_acknowledged(transactional: bool) -> None:
    recorded = Recorded(transactional=transactional)
    recorded.unacknowledged = 3
    assert recorded.committer.commit(recorded.tasks, {}) is False
    assert recorded.calls == ["prepare 0", "prepare 1", "flush", "check 0", "check 1"]
    assert recorded.committer.committed == {}


def test_a_commit_that_the_broker_refuses_leaves_the_stores_as_they_were() -> None:
    recorded = Recorded()
    recorded.refusal = KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))
    assert recorded.committer.commit(recorded.tasks, {}) is False
    assert recorded.calls[-1] == "offsets [(0, 5), (1, 5)]"
    assert recorded.committer.committed == {}


@pytest.mark.parametrize("error", [TaskCorruptedError("the transaction was lost"), TaskMigratedError("fenced")])
def test_so_does_a_transaction_that_it_refuses(error: Exception) -> None:
    recorded = Recorded(transactional=True)
    recorded.refusal = error
    with pytest.raises(type(error)):
        recorded.committer.commit(recorded.tasks, {})
    assert recorded.calls[-1] == "offsets [(0, 5), (1, 5)]"
    assert (recorded.committer.committed, recorded.committer.commits) == ({}, 0)


def test_a_task_without_work_is_left_out() -> None:
    recorded = Recorded()
    recorded.tasks[0].commit_needed = False
    assert recorded.committer.commit(recorded.tasks, {})
    assert [call for call in recorded.calls if call.endswith("0")] == []
    assert recorded.committer.committed == {("in", 1): (5, "")}


def manager_of(tasks: list[TaskId], calls: list[Any], *, transactional: bool) -> TaskManager:
    """A manager of running tasks that writes down what it closes and assigns."""
    parts: dict[str, Any] = dict.fromkeys(
        ("placement", "make_task", "reader", "committer", "start_offsets", "release_standbys", "application_directory")
    )
    manager: Any = TaskManager(
        SimpleNamespace(),
        metrics=SimpleNamespace(),
        timeout_seconds=1,
        transactional=transactional,
        **parts,
    )
    manager.running = dict.fromkeys(tasks, SimpleNamespace())
    manager.on_lost = lambda: calls.append("transaction dropped")
    manager.close = lambda gone: calls.append(("close", sorted(gone)))
    manager.assign = lambda added: calls.append(("assign", sorted(added)))
    return manager


def test_with_lost_tasks_their_transaction_goes_and_so_does_what_the_others_did_in_it() -> None:
    calls: list[Any] = []
    tasks = [TaskId(0, number) for number in range(3)]
    manager_of(tasks, calls, transactional=True).lose([tasks[1]])
    others = [tasks[0], tasks[2]]
    assert calls == ["transaction dropped", ("close", [tasks[1]]), ("close", others), ("assign", others)]


def test_without_transactions_the_other_tasks_go_on() -> None:
    calls: list[Any] = []
    tasks = [TaskId(0, number) for number in range(3)]
    manager_of(tasks, calls, transactional=False).lose([tasks[1]])
    assert calls == ["transaction dropped", ("close", [tasks[1]])]
