"""What a thread commits before tasks are closed, what it proves by that, and what a commit notes of itself."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import BrokerUnavailableError, FencedInstanceIdError, TaskCorruptedError, TaskMigratedError
from kstream_cli.runtime.clients.streams_producer import TransactionalProducer
from kstream_cli.runtime.threads import committer as committer_module
from kstream_cli.runtime.threads.committer import Committer
from kstream_cli.task.state_manager import Changelog
from kstream_cli.task.task_id import TaskId

IN = ("in", 0)
ENDS = {("changelog", 0): 40, ("in", 0): 5, ("another", 3): 9}


class Thread:
    """A committer of one stateful task; its surroundings write what is asked of them into one list."""

    def __init__(self, *, transactional: bool = False, timeout_seconds: float = 60) -> None:
        self.calls: list[Any] = []
        self.answers: list[Any] = []
        """What the broker says to the commits to come; None, or nothing left, is yes."""
        self.unacknowledged = 0
        self.timeout_seconds = timeout_seconds
        self.took: list[float] = []
        producer: Any = object.__new__(TransactionalProducer) if transactional else SimpleNamespace()
        producer.flush = self.flush
        producer.commit = lambda entries, member: self.offsets(entries, member)
        consumer: Any = SimpleNamespace(
            commit=lambda *, offsets, asynchronous: self.offsets(offsets, asynchronous),
            consumer_group_metadata=lambda: b"member",
        )
        ends: Any = SimpleNamespace(
            take=lambda: self.note("take", ENDS),
            list=lambda changelogs, now=False: self.note(("list", list(changelogs), now)),
            wait=lambda: self.note("wait"),
            forget=lambda: self.note("forget"),
        )
        self.committer = Committer(
            consumer, producer, ends, timeout_seconds=timeout_seconds, on_commit=self.took.append
        )
        self.task: Any = SimpleNamespace(
            id=TaskId(0, 0),
            inputs=(IN,),
            changelogs={
                "counts": Changelog("counts", "changelog", 0, False),
                "table": Changelog("table", "in", 0, True),
                "young": Changelog("young", "young-changelog", 0, False),
            },
            commit_needed=True,
            prepare_commit=lambda positions: self.note(("prepare", positions), {IN: (5, "meta")}),
            check_sends=lambda: None,
            post_commit=lambda reached, *offsets: self.note(("durable", reached, *offsets)),
        )

    def note(self, call: Any, answer: Any = None) -> Any:
        self.calls.append(call)
        return answer

    def flush(self, seconds: float) -> int:
        assert seconds == min(15, self.timeout_seconds)
        return self.unacknowledged

    def offsets(self, entries: Any, how: Any) -> None:
        self.calls.append(("offsets", [(e.topic, e.partition, e.offset, e.metadata) for e in entries], how))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def refusal(code: int, text: str = "no") -> KafkaException:
    return KafkaException(KafkaError(code, text))


COMMITTED = ("offsets", [("in", 0, 5, "meta")], False)
CHANGELOGS = [("changelog", 0), ("young-changelog", 0)]
DURABLE = ("durable", {"counts": 40, "table": 5})


def test_a_commit_gives_each_store_the_end_of_its_changelog_that_is_known_and_asks_for_the_next() -> None:
    thread = Thread()
    assert thread.committer.commit([thread.task], {IN: 5})
    assert thread.calls == [
        ("prepare", {IN: 5}),
        COMMITTED,
        "take",
        (*DURABLE, {IN: (5, "meta")}),
        ("list", CHANGELOGS, False),
    ]


def test_under_exactly_once_the_offsets_go_with_the_member_that_commits_them() -> None:
    thread = Thread(transactional=True)
    assert thread.committer.commit([thread.task], {})
    assert thread.calls[1] == ("offsets", [("in", 0, 5, "meta")], b"member")


def test_a_member_that_knows_who_commits_a_partition_is_asked_for_it_with_the_offsets() -> None:
    thread = Thread(transactional=True)
    asked: list[Any] = []
    consumer: Any = thread.committer._consumer
    consumer.metadata_for = lambda entries: asked.append(entries) or b"of these"
    assert thread.committer.commit([thread.task], {})
    assert [(each.topic, each.partition, each.offset) for each in asked[0]] == [("in", 0, 5)]
    assert thread.calls[1] == ("offsets", [("in", 0, 5, "meta")], b"of these")


def test_a_last_commit_is_followed_by_a_second_that_proves_that_nobody_else_wrote_the_changelogs() -> None:
    thread = Thread()
    thread.committer.commit_last([thread.task], {IN: 5})
    assert thread.calls[0] == ("prepare", {IN: 5})
    assert thread.calls[5:] == [
        "forget",
        ("list", CHANGELOGS, True),
        "wait",
        COMMITTED,
        "take",
        DURABLE,
    ]


@pytest.mark.parametrize(
    "answer",
    [refusal(KafkaError.FENCED_INSTANCE_ID), refusal(KafkaError.ILLEGAL_GENERATION)],
    ids=["fenced", "refused"],
)
def test_without_that_proof_the_stores_keep_the_ends_of_the_commit_before(answer: KafkaException) -> None:
    thread = Thread()
    thread.answers = [None, answer]
    thread.committer.commit_last([thread.task], {})
    assert thread.calls[5:] == ["forget", ("list", CHANGELOGS, True), "wait", COMMITTED]


@pytest.mark.parametrize(
    "error", [TaskMigratedError("fenced"), TaskCorruptedError("lost"), BrokerUnavailableError("away")]
)
def test_nor_does_a_proof_that_a_transaction_refuses_end_the_thread(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    thread = Thread(transactional=True)
    thread.answers = [None, error]
    thread.committer.commit_last([thread.task], {})
    assert thread.calls[-1][0] == "offsets"
    assert f"local state is noted as of an earlier commit: {error}" in caplog.messages


def test_without_changelogs_or_offsets_there_is_nothing_to_prove() -> None:
    thread = Thread()
    thread.task.changelogs = {"table": Changelog("table", "in", 0, True)}
    thread.committer.commit_last([thread.task], {})
    assert "wait" not in thread.calls
    idle = Thread()
    idle.task.commit_needed = False
    idle.committer.commit_last([idle.task], {})
    assert idle.calls == []


def test_a_last_commit_is_tried_again_until_the_group_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    thread = Thread()
    thread.answers = [refusal(KafkaError.REBALANCE_IN_PROGRESS)] * 2
    thread.committer.commit_last([thread.task], {})
    assert waits == [0.05, 0.05]
    assert thread.calls.count(COMMITTED) == 4


def test_a_last_commit_is_given_up_after_fifteen_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    thread = Thread()
    thread.answers = [refusal(KafkaError.REBALANCE_IN_PROGRESS, "rebalancing")] * 1000
    with pytest.raises(TaskMigratedError, match="no commit was possible for 15 s: rebalancing"):
        thread.committer.commit_last([thread.task], {})
    assert 15 < clock.now - clock.began < 15.2


def test_a_last_commit_is_tried_once_more_as_the_fifteen_seconds_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += 7.5

    clock.sleep = sleep
    thread = Thread()
    thread.answers = [refusal(KafkaError.REBALANCE_IN_PROGRESS)] * 1000
    with pytest.raises(TaskMigratedError):
        thread.committer.commit_last([thread.task], {})
    assert (thread.calls.count(COMMITTED), waits) == (4, [0.05] * 3)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began = self.now = 1000.0
        monkeypatch.setattr(committer_module, "time", self)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_commit_that_fails_for_task_timeout_ms_ends_the_thread_and_a_success_starts_the_time_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock(monkeypatch)
    thread = Thread(timeout_seconds=10)
    thread.unacknowledged = 2
    assert not thread.committer.commit([thread.task], {})
    assert "2 records are not acknowledged by the brokers" in caplog.text
    clock.now += 10
    thread.unacknowledged = 1
    assert not thread.committer.commit([thread.task], {})
    assert caplog.messages[-1] == "the commit is tried again: 1 record is not acknowledged by the brokers"
    thread.unacknowledged = 0
    assert thread.committer.commit([thread.task], {})
    thread.unacknowledged = 1
    clock.now += 5
    assert not thread.committer.commit([thread.task], {})
    clock.now += 10.1
    said = r"^no commit was possible for 10 s \(task.timeout.ms\): 1 record is not acknowledged by the brokers$"
    with pytest.raises(BrokerUnavailableError, match=said):
        thread.committer.commit([thread.task], {})


def test_a_commit_notes_when_it_was_and_how_long_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    thread = Thread()
    thread.flush = lambda seconds: clock.sleep(2) or 0
    thread.committer._producer.flush = thread.flush
    prepare = thread.task.prepare_commit
    thread.task.prepare_commit = lambda positions: clock.sleep(3) or prepare(positions)
    for _ in range(2):
        thread.committer.commit([thread.task], {})
    assert thread.took == [5, 5]
    assert thread.committer.commits == 2
    assert thread.committer.committed_at == {TaskId(0, 0): 1010}


def test_tasks_without_work_are_committed_already() -> None:
    thread = Thread()
    thread.task.commit_needed = False
    assert thread.committer.commit([thread.task], {}) is True
    assert (thread.calls, thread.committer.commits) == ([], 0)


@pytest.mark.parametrize(("timeout", "seconds"), [(60, 15), (15, 15), (5, 5), (0.1, 0.1), (0, 0.1)])
def test_a_flush_takes_fifteen_seconds_at_most_and_no_longer_than_task_timeout_ms(
    timeout: float, seconds: float
) -> None:
    thread, waits = Thread(timeout_seconds=timeout), []
    thread.committer._producer.flush = lambda seconds: waits.append(seconds) or 0
    thread.committer.commit([thread.task], {})
    assert waits == [seconds]


def test_what_a_thread_no_longer_has_is_forgotten_and_the_rest_is_not() -> None:
    thread = Thread()
    thread.committer.commit([thread.task], {})
    other = SimpleNamespace(id=TaskId(0, 1), inputs=(("in", 1),))
    thread.committer.forget([other])  # type: ignore[list-item]
    assert thread.committer.committed == {IN: (5, "meta")}
    assert list(thread.committer.committed_at) == [TaskId(0, 0)]
    thread.committer.forget([other, thread.task])  # type: ignore[list-item]
    assert (thread.committer.committed, thread.committer.committed_at) == ({}, {})


def test_a_fenced_member_is_told_the_brokers_words() -> None:
    thread = Thread()
    thread.answers = [refusal(KafkaError.FENCED_INSTANCE_ID, "static member fenced")]
    with pytest.raises(FencedInstanceIdError, match="static member fenced"):
        thread.committer.commit([thread.task], {})


def test_punctuations_of_a_group_that_never_committed_commit_no_offsets() -> None:
    thread = Thread()
    thread.task.prepare_commit = lambda positions: {}
    assert thread.committer.commit([thread.task], {})
    assert [call[0] for call in thread.calls] == ["t", "durable", "list"]
