"""The standby copies of an instance: which it keeps, how they are kept up to date, and how they are given up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, Message

from kstream_cli.errors import StoreError
from kstream_cli.runtime.restore.standby_listener import SuspendReason
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.runtime.threads import standby_thread
from kstream_cli.runtime.threads.standby_thread import StandbyThread
from kstream_cli.state.disk.store_folder import OWN_FOLDER
from kstream_cli.task.state_manager import Changelog
from kstream_cli.task.task_id import TaskId

ZERO, ONE = TaskId(0, 0), TaskId(0, 1)
KEYS = {ZERO: ("changelog", 0), ONE: ("changelog", 1)}


class Copies:
    """A standby thread whose surroundings write what is asked of them into one list."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Any] = []
        self.owned: dict[str, set[TaskId]] | None = {"me": set(), "other": {ZERO, ONE}}
        self.starts: dict[TaskId, int | None] = {}
        self.fetched: Any = ([], [])
        self.high = 9
        self.ends: dict[str, int] = {}
        """Where changelogs end that end elsewhere; -1 where that is not known."""
        self.second_store = False
        self.broken: Exception | None = None
        call = self.call
        listener = SimpleNamespace(
            on_update_start=lambda *told: call("start", *told),
            on_batch_loaded=lambda *told: call("loaded", *told),
            on_update_suspended=lambda *told: call("suspended", *told),
        )
        consumer = SimpleNamespace(
            fetch=lambda count, seconds: self.fetched,
            incremental_assign=lambda keys: call("assign", *((key.topic, key.partition, key.offset) for key in keys)),
            incremental_unassign=lambda keys: call("unassign", *((key.topic, key.partition) for key in keys)),
            get_watermark_offsets=lambda partition, cached: (0, self.ends.get(partition.topic, self.high)),
            close=lambda: call("close consumer"),
        )
        self.application: Any = SimpleNamespace(
            config=SimpleNamespace(num_standby_replicas=1, application_id="app"),
            streams_group=None,
            standby_listener=listener,
            admin="admin",
            client_id="me",
            placement=SimpleNamespace(task_counts=lambda: {0: 2, 1: 3}),
            subtopologies={0: SimpleNamespace(stores=("store",)), 1: SimpleNamespace(stores=())},
            topology=None,
            clock=None,
            directory=directory,
            supplier=SimpleNamespace(consumer=lambda settings: call("consumer", settings["client.id"]) or consumer),
        )
        self.asked = 0
        monkeypatch.setattr(standby_thread, "owners", self.owners)
        monkeypatch.setattr(standby_thread, "restore_consumer_settings", lambda *given: {})
        monkeypatch.setattr(standby_thread, "StandbyTask", self.task)
        monkeypatch.setattr(standby_thread, "restore_batch", self.restore)
        self.thread = StandbyThread("app-standby", self.application)

    def call(self, *call: Any) -> None:
        self.calls.append(call)

    def owners(self, admin: Any, group: str, placement: Any) -> Any:
        self.asked += 1
        return self.owned

    def task(self, task_id: TaskId, subtopology: Any, *, directory: Path, **given: Any) -> Any:
        assert directory == self.application.directory / str(task_id)
        topic, partition = KEYS[task_id]
        logs = [Changelog("store", topic, partition), Changelog("table", "in", partition, is_source=True)]
        if self.second_store:
            logs.append(Changelog("second", f"second-{topic}", partition))
        return SimpleNamespace(
            id=task_id,
            changelogs={each.store: each for each in logs},
            open=lambda: self.call("open", task_id),
            restore_from=lambda store: self.starts.get(task_id),
            commit=lambda: self.call("commit", task_id),
            close=lambda: self.call("close", task_id),
        )

    def restore(self, task: Any, store: str, run: Any) -> int:
        if self.broken is not None:
            raise self.broken
        self.call("restore", task.id, store, len(run))
        return int(run[-1].offset()) + 1

    def placed(self) -> list[TaskId]:
        """The tasks of which there are copies."""
        self.thread._place()
        return list(self.thread._standbys)

    def is_free(self, task_id: TaskId) -> bool:
        lock = StateLock(self.application.directory / str(task_id))
        lock.acquire()
        lock.release()
        return True


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Copies(tmp_path, monkeypatch)
    yield made
    made.thread._close(list(made.thread._standbys))


def record(key: Any, offset: int) -> Message:
    return Message(topic=key[0], partition=key[1], offset=offset)


def event(key: Any, code: int, offset: int = 0) -> Message:
    return Message(topic=key[0], partition=key[1], offset=offset, error=KafkaError(code, "why"))


def test_an_instance_keeps_copies_of_stateful_tasks_of_others_and_reads_only_changelogs_of_their_own(
    copies: Copies,
) -> None:
    copies.starts = {ONE: 7}
    assert copies.placed() == [ZERO, ONE]
    assert copies.calls == [
        ("open", ZERO),
        ("consumer", "app-standby-restore-consumer"),
        ("assign", ("changelog", 0, OFFSET_BEGINNING)),
        ("start", "changelog", 0, "store", 0),
        ("open", ONE),
        ("assign", ("changelog", 1, 7)),
        ("start", "changelog", 1, "store", 7),
    ]


@pytest.mark.parametrize("owned", [None, {"other": {ZERO, ONE}}])
def test_while_nobody_knows_who_runs_what_the_copies_stay_as_they_are(copies: Copies, owned: Any) -> None:
    copies.placed()
    copies.owned = owned
    assert copies.placed() == [ZERO, ONE]


def test_a_copy_that_is_wanted_elsewhere_is_committed_closed_and_let_go(copies: Copies) -> None:
    copies.placed()
    copies.calls.clear()
    copies.starts = {ONE: 5}
    copies.owned = {"me": {ONE}, "other": {ZERO}}
    assert copies.placed() == [ZERO]
    assert copies.calls == [
        ("suspended", "changelog", 1, "store", 5, 9, SuspendReason.MIGRATED),
        ("unassign", KEYS[ONE]),
        ("commit", ONE),
        ("close", ONE),
    ]
    assert copies.is_free(ONE)


def test_a_directory_that_somebody_has_is_left_alone_until_it_is_free(copies: Copies, tmp_path: Path) -> None:
    owner = StateLock(tmp_path / "0_0")
    owner.acquire()
    assert copies.placed() == [ONE]
    owner.release()
    assert copies.placed() == [ONE, ZERO]


def test_a_task_that_becomes_active_here_is_given_up_at_once_and_nothing_is_lost(copies: Copies) -> None:
    copies.placed()
    copies.calls.clear()
    copies.thread.release([ZERO, TaskId(5, 5)])
    copies.thread._give_up_released()
    assert copies.calls == [
        ("suspended", "changelog", 0, "store", 0, 9, SuspendReason.PROMOTED),
        ("unassign", KEYS[ZERO]),
        ("commit", ZERO),
        ("close", ZERO),
    ]
    assert copies.is_free(ZERO)


def test_records_go_to_the_copy_of_their_changelog_and_are_told(copies: Copies) -> None:
    copies.placed()
    copies.calls.clear()
    other = ("other", 0)
    copies.fetched = (
        [(KEYS[ONE], [record(KEYS[ONE], 3), record(KEYS[ONE], 4)]), (other, [record(other, 1)])],
        [event(KEYS[ONE], KafkaError._PARTITION_EOF, 6)],
    )
    copies.thread._read()
    assert copies.calls == [("restore", ONE, "store", 2), ("loaded", "changelog", 1, "store", "0_1", 5, 2, 9)]
    copies.starts = {ONE: 5}
    copies.thread._tell()
    copy = copies.thread.progress.tasks[1].copies[0]
    assert (copy.store, copy.topic, copy.partition, copy.restored, copy.remaining) == ("store", "changelog", 1, 2, 3)


def test_a_copy_that_cannot_take_a_record_is_given_up_for_good(
    copies: Copies, caplog: pytest.LogCaptureFixture
) -> None:
    copies.placed()
    copies.broken = StoreError("a foreign record")
    copies.fetched = ([(KEYS[ONE], [record(KEYS[ONE], 3)])] * 2, [])
    copies.thread._read()
    assert caplog.messages == ["standby copy of task 0_1 is given up: a foreign record"]
    assert copies.placed() == [ZERO]
    assert copies.is_free(ONE)


@pytest.mark.parametrize("code", [KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE])
def test_a_copy_whose_offset_the_changelog_does_not_have_is_deleted_and_begun_anew(
    copies: Copies, tmp_path: Path, code: int
) -> None:
    copies.placed()
    folders = [tmp_path / str(task) / OWN_FOLDER for task in (ZERO, ONE)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    copies.calls.clear()
    copies.fetched = ([], [event(KEYS[ONE], code)])
    lock, was_there = copies.thread._standbys[ONE].lock, []
    release = lock.release
    lock.release = lambda: was_there.append(folders[1].exists()) or release()  # type: ignore[method-assign,func-returns-value]
    copies.thread._read()
    assert was_there == [False]
    assert [folder.exists() for folder in folders] == [True, False]
    assert ("commit", ONE) not in copies.calls
    assert copies.calls[-1] == ("close", ONE)
    assert copies.placed() == [ZERO, ONE]


def test_a_changelog_that_may_not_be_read_is_not_tried_again(copies: Copies, caplog: pytest.LogCaptureFixture) -> None:
    copies.placed()
    copies.fetched = ([], [event(KEYS[ONE], KafkaError.TOPIC_AUTHORIZATION_FAILED)])
    copies.thread._read()
    assert "standby copy of task 0_1 is given up" in caplog.text
    assert "READ on topic 'changelog'" in caplog.text
    assert copies.placed() == [ZERO]


def test_what_may_pass_costs_no_copy(copies: Copies) -> None:
    copies.placed()
    copies.fetched = ([], [event(KEYS[ONE], KafkaError._TRANSPORT), event(("other", 0), KafkaError._AUTO_OFFSET_RESET)])
    copies.thread._read()
    assert copies.placed() == [ZERO, ONE]


def test_all_copies_are_committed_together(copies: Copies) -> None:
    copies.placed()
    copies.calls.clear()
    copies.thread._commit()
    assert copies.calls == [("commit", ZERO), ("commit", ONE)]


def test_at_the_end_all_copies_are_committed_and_closed_before_the_consumer_is(copies: Copies) -> None:
    copies.placed()
    copies.calls.clear()
    copies.thread.stop()
    copies.thread.run()
    assert [call[0] for call in copies.calls] == [*(["suspended", "unassign", "commit", "close"] * 2), "close consumer"]
    assert copies.is_free(ZERO)
    assert copies.is_free(ONE)


def test_an_error_ends_the_copies_and_not_the_application(copies: Copies, caplog: pytest.LogCaptureFixture) -> None:
    copies.owned = {"me": set(), "other": {ZERO}}
    copies.broken = ValueError("a fault")
    copies.fetched = ([(KEYS[ZERO], [record(KEYS[ZERO], 3)])], [])
    copies.thread.run()
    assert caplog.messages == ["standby copies are given up"]
    assert copies.calls[-1] == ("close consumer",)
    assert copies.is_free(ZERO)


def test_copies_are_committed_every_five_seconds_and_who_runs_what_is_asked_every_three(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, turns = 100, 6

    def fetch(count: int, seconds: float) -> Any:
        nonlocal now, turns
        now, turns = now + 2, turns - 1
        if not turns:
            copies.thread.stop()
        return [], []

    monkeypatch.setattr(standby_thread, "fetch", lambda consumer, count, seconds: fetch(count, seconds))
    monkeypatch.setattr(standby_thread, "time", SimpleNamespace(monotonic=lambda: now, time=lambda: now))
    copies.owned = {"me": {ONE}, "other": {ZERO}}
    copies.thread.run()
    assert copies.calls.count(("commit", ZERO)) == 2 + 1
    assert copies.asked == 3


def test_the_group_is_told_how_far_copies_are_of_which_all_ends_are_known(copies: Copies) -> None:
    told: list[Any] = []
    copies.second_store = True
    copies.placed()
    copies.application.streams_group = SimpleNamespace(note_copies=lambda *offsets: told.append(offsets))
    copies.starts = {ZERO: 4, ONE: 9}
    copies.thread._tell()
    copies.ends = {"second-changelog": -1}
    copies.thread._tell()
    assert told == [({ZERO: 8, ONE: 18}, {ZERO: 18, ONE: 18}), ({}, {})]
