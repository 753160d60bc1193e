"""From the assignment of a task until it is given back: in which order, and what it goes on from."""

from __future__ import annotations

import logging
import re
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException

from kstream_cli.errors import BrokerUnavailableError, StateDirectoryLockedError, TaskCorruptedError
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.runtime.threads import new_task, task_manager
from kstream_cli.runtime.threads.task_manager import TaskManager, corrupted_tasks
from kstream_cli.state.disk.store_folder import OWN_FOLDER
from kstream_cli.task.task_id import TaskId

ZERO, ONE = TaskId(0, 0), TaskId(0, 1)


class Thread:
    """A manager whose surroundings write what is asked of them into one list."""

    def __init__(self, directory: Path, *, transactional: bool = False) -> None:
        self.calls: list[Any] = []
        self.group: dict[tuple[str, int], tuple[int, str | None]] = {}
        """The offsets that the group has."""
        self.refusal: KafkaException | None = None
        self.error: KafkaError | None = None
        self.restored = True
        self.default_offset = OFFSET_BEGINNING
        self.committed: dict[Any, tuple[int, str]] = {}
        self.tasks: dict[TaskId, Any] = {}
        self.inputs = {ZERO: (("in", 0),), ONE: (("in", 1),)}
        self.failed_commit: Exception | None = None
        self.counted: list[str] = []
        note = self.note
        self.manager = TaskManager(
            SimpleNamespace(
                committed=self.ask,
                incremental_assign=lambda found: note("assign", [(e.topic, e.partition, e.offset) for e in found]),
                incremental_unassign=self.unassign,
                resume=lambda found: note("resume", [(e.topic, e.partition) for e in found]),
            ),
            placement=self.placement(),
            make_task=self.make_task,
            reader=SimpleNamespace(
                add=lambda task, offsets: note("restore", task.id, offsets),
                remove=lambda task: note("restore no more", task.id),
                read=lambda seconds: note("read", seconds),
                is_restored=lambda task: self.restored and task is self.tasks[task.id],
                is_busy=False,
            ),
            committer=SimpleNamespace(
                committed=self.committed,
                commit=self.commit,
                commit_last=lambda tasks, positions: self.commit(tasks, positions, "commit last"),
                forget=lambda tasks: note("forget", [task.id for task in tasks]),
            ),
            start_offsets=SimpleNamespace(of=lambda topic, partition: self.default_offset),
            metrics=SimpleNamespace(
                created_task=lambda: self.counted.append("created"), closed_task=lambda: self.counted.append("closed")
            ),
            application_directory=directory,
            timeout_seconds=60,
            transactional=transactional,
            release_standbys=lambda tasks: note("release standbys", list(tasks)),
        )

    def note(self, *call: Any) -> None:
        self.calls.append(call)

    def placement(self) -> Any:
        return SimpleNamespace(partitions=lambda task_id: self.inputs.get(task_id, ()))

    def ask(self, wanted: Any, seconds: float) -> list[Any]:
        self.note("committed?", [(each.topic, each.partition) for each in wanted], seconds)
        if self.refusal is not None:
            raise self.refusal
        found = [((e.topic, e.partition), self.group.get((e.topic, e.partition), (-1001, None))) for e in wanted]
        return [
            SimpleNamespace(topic=key[0], partition=key[1], offset=offset, metadata=metadata, error=self.error)
            for key, (offset, metadata) in found
        ]

    def unassign(self, found: Any) -> None:
        self.note("unassign", [(each.topic, each.partition) for each in found])
        if self.refusal is not None:
            raise self.refusal

    def commit(self, tasks: Any, positions: Any, name: str = "commit") -> bool:
        self.note(name, [task.id for task in tasks], dict(positions))
        if self.failed_commit is not None:
            raise self.failed_commit
        return True

    def make_task(self, task_id: TaskId, inputs: Any, directory: Path) -> Any:
        note = self.note
        task = self.tasks[task_id] = SimpleNamespace(
            id=task_id,
            inputs=inputs,
            directory=directory,
            commit_needed=False,
            commit_requested=False,
            stores={"store": task_id},
            open=lambda: note("open", task_id),
            start=lambda offsets: note("start", task_id, offsets),
            suspend=lambda: note("suspend", task_id),
            close=lambda: None,
            process=lambda limit: 0,
            punctuate=lambda: False,
            total_buffered=lambda: 0,
            context=SimpleNamespace(drops=SimpleNamespace(by_reason={"late": 2}), stream_time=5),
            collector=SimpleNamespace(sent=3),
            filtered=lambda processed: None,
            metrics=SimpleNamespace(processed=lambda count, seconds: note("processed", task_id, count, seconds)),
        )
        return task

    def run(self, *tasks: TaskId) -> TaskManager:
        """With these tasks running, and what it took to start them forgotten."""
        self.manager.assign(tasks)
        self.manager.advance()
        self.calls.clear()
        return self.manager


@pytest.fixture
def thread(tmp_path: Path) -> Any:
    made = Thread(tmp_path)
    yield made
    made.refusal = made.failed_commit = None
    made.manager.close()
    made.manager.end()


def test_a_task_is_opened_then_restored_then_started_and_only_then_are_its_partitions_fetched(thread: Thread) -> None:
    thread.group[("in", 0)] = (7, "meta")
    thread.restored = False
    thread.manager.assign([ZERO])
    assert not thread.manager.advance()
    assert thread.calls == [
        ("release standbys", [ZERO]),
        ("open", ZERO),
        ("committed?", [("in", 0)], 1.0),
        ("restore", ZERO, {("in", 0): 7}),
        ("read", 0.1),
    ]
    assert not thread.manager.all_running
    thread.calls.clear()
    thread.restored = True
    assert thread.manager.advance()
    assert thread.calls == [
        ("read", 0.1),
        ("start", ZERO, {("in", 0): (7, "meta")}),
        ("assign", [("in", 0, 7)]),
        ("resume", [("in", 0)]),
    ]
    assert thread.manager.all_running
    assert thread.manager.started_at == {("in", 0): (7, "meta")}
    assert thread.manager.by_partition == {("in", 0): thread.tasks[ZERO]}
    assert not thread.manager.advance()


def test_while_other_tasks_work_a_restore_waits_for_nothing(thread: Thread) -> None:
    manager = thread.run(ZERO)
    thread.restored = False
    manager.assign([ONE])
    manager.advance()
    assert thread.calls[-1] == ("read", 0.0)
    assert manager.ids == [ZERO, ONE]
    assert [task.id for task in manager.all_tasks()] == [ZERO, ONE]
    assert set(manager.local_stores(stale=False)) == {ZERO}
    assert set(manager.local_stores(stale=True)) == {ZERO, ONE}


def test_a_task_whose_restore_ends_with_a_read_runs_at_once(thread: Thread) -> None:
    thread.restored = False
    thread.manager._reader.read = lambda seconds: setattr(thread, "restored", True)
    thread.manager.assign(iter([ZERO]))
    assert thread.manager.advance()
    assert list(thread.manager.running) == [ZERO]


def test_a_thread_without_new_tasks_reads_no_changelogs(thread: Thread) -> None:
    manager = thread.run(ZERO)
    assert manager.advance() is False
    assert thread.calls == []
    assert manager.is_restoring is False
    manager._reader.is_busy = True
    assert manager.is_restoring is True


def test_one_task_with_work_is_enough_for_a_commit(thread: Thread) -> None:
    manager = thread.run(ZERO, ONE)
    assert (manager.has_uncommitted, manager.commit_requested) == (False, False)
    thread.tasks[ONE].commit_needed = thread.tasks[ONE].commit_requested = True
    assert (manager.has_uncommitted, manager.commit_requested) == (True, True)


def test_who_measures_sees_all_tasks(thread: Thread) -> None:
    manager = thread.run(ZERO)
    assert manager._metrics.tasks() == [thread.tasks[ZERO]]


def test_a_task_that_the_thread_has_is_not_made_again(thread: Thread) -> None:
    manager = thread.run(ZERO)
    running = thread.tasks[ZERO]
    manager.assign([ZERO])
    assert not manager.starting
    assert manager.running == {ZERO: running}


def test_tasks_run_in_the_order_of_their_ids(thread: Thread) -> None:
    manager = thread.run(ONE)
    manager.assign([ZERO])
    manager.advance()
    assert list(manager.running) == [ZERO, ONE]


def test_a_partition_without_a_committed_offset_goes_by_the_reset_policy(thread: Thread) -> None:
    thread.manager.assign([ZERO])
    thread.manager.advance()
    assert ("assign", [("in", 0, OFFSET_BEGINNING)]) in thread.calls
    assert thread.manager.started_at == {}


def test_a_task_whose_topic_is_not_there_yet_waits_for_it(thread: Thread) -> None:
    del thread.inputs[ZERO]
    thread.manager.assign([ZERO])
    told = waits_of(thread, ZERO)
    assert not thread.manager.advance()
    assert thread.calls == [("release standbys", [ZERO]), ("read", 0.1)]
    assert told == ["task 0_0 waits for input partitions that this instance does not see yet"]


def waits_of(thread: Thread, task_id: TaskId) -> list[str]:
    """What a task that starts says that it waits for, from now on."""
    told: list[str] = []
    [new] = [new for new in thread.manager.starting if new.id == task_id]
    new.standstill.waits = told.append  # type: ignore[method-assign]
    return told


def test_a_task_that_needs_a_cluster_that_is_away_is_restored_and_waits_for_it(thread: Thread) -> None:
    away: str | None = "east"
    thread.manager.missing_cluster = lambda task: away if task == ZERO else None
    thread.manager.assign([ZERO, ONE])
    told = waits_of(thread, ZERO)
    assert thread.manager.advance()
    assert list(thread.manager.running) == [ONE]
    assert ("restore", ZERO, {}) in thread.calls
    assert len(told) == 1
    assert "east" in told[0]
    away = None
    assert thread.manager.advance()
    assert list(thread.manager.running) == [ZERO, ONE]


@pytest.mark.parametrize("way", ["raised", "told of a partition"])
def test_offsets_that_nobody_can_tell_are_asked_for_again(
    thread: Thread, way: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    error = KafkaError(KafkaError.NOT_COORDINATOR, "the coordinator moved")
    if way == "raised":
        thread.refusal = KafkaException(error)
    else:
        thread.error = error
    thread.manager.assign([ZERO])
    assert not thread.manager.advance()
    assert ("restore", ZERO, {}) not in thread.calls
    monkeypatch.setattr(task_manager, "WARN_SECONDS", -1)
    thread.manager.advance()
    said = r"tasks 0_0 wait for their committed offsets: the coordinator moved, since \d+ s"
    assert re.fullmatch(said, caplog.messages[-1])
    thread.refusal = thread.error = None
    assert thread.manager.advance()


def test_an_offset_of_0_is_one(thread: Thread) -> None:
    thread.group[("in", 0)] = (0, "meta")
    thread.default_offset = OFFSET_END
    thread.manager.assign([ZERO])
    thread.manager.advance()
    assert ("restore", ZERO, {("in", 0): 0}) in thread.calls
    assert ("assign", [("in", 0, 0)]) in thread.calls
    assert thread.manager.started_at == {("in", 0): (0, "meta")}
    thread.manager.at_end(("in", 0), 0)
    assert not thread.manager.has_uncommitted


class Clock:
    """Stands for the module `time`; nobody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        monkeypatch.setattr(task_manager, "time", self)
        monkeypatch.setattr(new_task, "time", self)

    def monotonic(self) -> float:
        return self.now

    time = perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_a_state_directory_that_its_owner_still_has_is_waited_for(
    thread: Thread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    owner = StateLock(tmp_path / "0_0")
    owner.acquire()
    thread.manager.assign([ZERO, ONE])
    told = waits_of(thread, ZERO)
    clock.now += 60
    assert thread.manager.advance()
    assert (list(thread.manager.running), [new.id for new in thread.manager.starting]) == ([ONE], [ZERO])
    assert (told, clock.slept) == (["task 0_0 waits for its state directory, which its owner before still has"], [0.02])
    owner.release()
    assert thread.manager.advance()
    assert list(thread.manager.running) == [ZERO, ONE]
    assert thread.tasks[ZERO].directory == tmp_path / "0_0"


def test_it_is_not_waited_for_longer_than_task_timeout_ms(
    thread: Thread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    owner = StateLock(tmp_path / "0_0")
    owner.acquire()
    thread.manager.assign([ZERO])
    clock.now += 60.1
    with pytest.raises(StateDirectoryLockedError):
        thread.manager.advance()
    owner.release()


def test_a_task_that_was_given_up_lets_another_have_its_directory(thread: Thread, tmp_path: Path) -> None:
    thread.run(ZERO).close([ZERO])
    thread.manager.end()
    owner = StateLock(tmp_path / "0_0")
    owner.acquire()
    owner.release()


def test_a_task_that_could_not_be_opened_lets_another_have_its_directory(thread: Thread, tmp_path: Path) -> None:
    make_task = thread.make_task

    def broken(*given: Any) -> Any:
        task = make_task(*given)
        task.open = lambda: 1 / 0
        return task

    thread.manager._make_task = broken
    thread.manager.assign([ZERO])
    with pytest.raises(ZeroDivisionError):
        thread.manager.advance()
    thread.manager.close()
    owner = StateLock(tmp_path / "0_0")
    owner.acquire()
    owner.release()
    assert thread.counted == []


def test_tasks_are_counted_when_they_are_opened_and_when_they_are_given_up(thread: Thread) -> None:
    thread.run(ZERO, ONE).close([ZERO])
    assert thread.counted == ["created", "created", "closed"]


def test_what_keeps_tasks_from_their_offsets_is_told_every_fifteen_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(monkeypatch)
    thread = Thread(tmp_path, transactional=True)
    thread.refusal = KafkaException(KafkaError(KafkaError.NOT_COORDINATOR, "moved"))
    manager = thread.manager
    manager.assign([ZERO])
    clock.now += 5
    manager.assign([ONE])
    for seconds in (10, 1, 15, 1, 15, 1):
        clock.now += seconds
        assert not manager.advance()
    assert ("restore", ZERO, {}) not in thread.calls
    hint = "a transaction of a member that was killed may still be open"
    assert caplog.messages == [
        f"tasks 0_0, 0_1 wait for their committed offsets: moved, since {seconds} s; {hint}" for seconds in (16, 32, 48)
    ]
    clock.now += 12
    manager.advance()
    clock.now += 0.1
    with pytest.raises(BrokerUnavailableError, match=r"moved \(for 60 s, which is task.timeout.ms\)"):
        manager.advance()
    manager.close()
    manager.end()


def test_offsets_are_not_waited_for_longer_than_task_timeout_ms(thread: Thread) -> None:
    thread.refusal = KafkaException(KafkaError(KafkaError.NOT_COORDINATOR, "moved"))
    thread.manager.assign([ZERO])
    thread.manager.starting[0].since = time.monotonic() - 61
    with pytest.raises(BrokerUnavailableError, match=r"moved \(for 61 s, which is task.timeout.ms\)"):
        thread.manager.advance()


def test_revoked_tasks_are_committed_with_all_others_before_they_are_closed(thread: Thread) -> None:
    manager = thread.run(ZERO, ONE)
    manager.positions[("in", 0)] = 4
    manager.revoke([ZERO])
    assert thread.calls == [
        ("commit last", [ZERO, ONE], {("in", 0): 4}),
        ("forget", [ZERO]),
        ("unassign", [("in", 0)]),
        ("suspend", ZERO),
    ]
    assert list(manager.running) == [ONE]
    assert (manager.positions, list(manager.by_partition)) == ({}, [("in", 1)])


def test_nothing_is_known_any_more_of_a_task_that_was_given_up(thread: Thread) -> None:
    thread.group = {("in", 0): (7, "meta"), ("in", 1): (8, "meta")}
    manager = thread.run(ZERO, ONE)
    manager.process(1)
    manager.close([ZERO])
    assert manager.started_at == {("in", 1): (8, "meta")}
    assert list(manager.progressed_at) == [ONE]
    assert (manager.processed, manager.past.processed) == ({}, 0)


def test_revoked_tasks_are_closed_even_where_they_cannot_be_committed(thread: Thread) -> None:
    manager = thread.run(ZERO)
    thread.failed_commit = BrokerUnavailableError("away")
    with pytest.raises(BrokerUnavailableError):
        manager.revoke([ZERO])
    assert manager.ids == []


def test_a_task_that_is_revoked_while_it_is_restored_needs_no_commit(thread: Thread) -> None:
    thread.restored = False
    manager = thread.run(ZERO)
    manager.revoke([ZERO])
    assert thread.calls == [("restore no more", ZERO), ("suspend", ZERO)]
    assert manager.ids == []


def test_a_partition_that_comes_back_is_fetched_again_though_it_was_paused_when_it_left(thread: Thread) -> None:
    manager = thread.run(ZERO)
    manager.revoke([ZERO])
    manager.assign([ZERO])
    manager._closer.wait()
    thread.group[("in", 0)] = (9, None)
    manager.advance()
    assert thread.calls[-2:] == [("assign", [("in", 0, 9)]), ("resume", [("in", 0)])]


def test_an_assignment_that_is_gone_already_is_no_error(thread: Thread, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    manager = thread.run(ZERO)
    assert caplog.messages == ["task 0_0 runs"]
    thread.refusal = KafkaException(KafkaError(KafkaError._STATE, "gone"))
    manager.close()
    assert manager.ids == []
    assert caplog.messages[1:] == ["task 0_0: gone"]


def test_after_a_dropped_transaction_all_tasks_start_again_from_the_last_commit(tmp_path: Path) -> None:
    thread = Thread(tmp_path, transactional=True)
    manager = thread.run(ZERO, ONE)
    manager.on_lost = lambda: thread.note("transaction dropped")
    manager.lose([ONE])
    assert thread.calls[0] == ("transaction dropped",)
    assert thread.calls[-1] == ("release standbys", [ZERO])
    assert ("suspend", ZERO) in thread.calls
    assert (list(manager.running), [new.id for new in manager.starting]) == ([], [ZERO])
    manager.end()


def test_a_corrupted_task_loses_its_state_and_nothing_beside_it(thread: Thread, tmp_path: Path) -> None:
    manager = thread.run(ZERO, ONE)
    manager.on_lost = lambda: thread.note("transaction dropped")
    for task_id in (ZERO, ONE):
        (tmp_path / str(task_id) / OWN_FOLDER).mkdir(parents=True)
    (tmp_path / "0_0" / "java").mkdir()
    manager.start_again([ZERO, TaskId(0, 2)])  # That one never had any.
    assert thread.calls[0] == ("transaction dropped",)
    assert not (tmp_path / "0_0" / OWN_FOLDER).exists()
    assert (tmp_path / "0_0" / "java").exists()
    assert (tmp_path / "0_1" / OWN_FOLDER).exists()
    assert [new.id for new in manager.starting] == [ZERO, ONE]


def test_the_state_of_a_corrupted_task_is_deleted_once_its_stores_are_closed_and_no_other_task_is_waited_for(
    thread: Thread, tmp_path: Path
) -> None:
    manager = thread.run(ZERO, ONE)
    folder, is_wiped, closed = tmp_path / "0_0" / OWN_FOLDER, threading.Event(), []
    folder.mkdir(parents=True)
    thread.tasks[ZERO].close = lambda: time.sleep(0.01) or closed.append(folder.exists())
    thread.tasks[ONE].close = lambda: closed.append(is_wiped.wait(20))
    manager.start_again([ZERO])
    assert (closed, folder.exists()) == ([True], False)
    is_wiped.set()
    manager.end()
    assert closed == [True, True]


@pytest.mark.parametrize(
    ("committed", "started_at", "default", "offset", "is_work"),
    [
        pytest.param(5, None, OFFSET_BEGINNING, 5, False, id="all is committed"),
        pytest.param(5, None, OFFSET_BEGINNING, 6, True, id="markers follow what was committed"),
        pytest.param(5, 9, OFFSET_BEGINNING, 6, True, id="the last commit counts"),
        pytest.param(None, 9, OFFSET_BEGINNING, 9, False, id="as at the start"),
        pytest.param(None, 9, OFFSET_BEGINNING, 10, True, id="past the start"),
        pytest.param(None, None, OFFSET_BEGINNING, 0, False, id="empty"),
        pytest.param(None, None, OFFSET_BEGINNING, 1, True, id="only markers"),
        pytest.param(None, None, OFFSET_END, 0, True, id="the first position of one that starts at its end"),
    ],
)
def test_the_end_of_a_partition_is_committed_where_it_lies_past_the_last_commit(
    thread: Thread, committed: int | None, started_at: int | None, default: int, offset: int, is_work: bool
) -> None:
    thread.default_offset = default
    if started_at is not None:
        thread.group[("in", 0)] = (started_at, None)
    manager = thread.run(ZERO)
    if committed is not None:
        thread.committed[("in", 0)] = (committed, "")
    manager.at_end(("in", 0), offset)
    assert manager.positions == {("in", 0): offset}
    assert manager.has_uncommitted is is_work


def test_after_an_error_in_one_task_the_work_of_the_others_is_committed(
    thread: Thread, caplog: pytest.LogCaptureFixture
) -> None:
    manager = thread.run(ZERO, ONE)
    manager.working_on = ONE
    manager.commit_others()
    assert thread.calls == [("commit", [ZERO], {})]
    thread.failed_commit = RuntimeError("no")
    manager.commit_others()
    assert caplog.messages == ["the work of the other tasks is done again: no"]


def test_an_error_outside_of_tasks_commits_nothing(thread: Thread) -> None:
    thread.run(ZERO, ONE).commit_others()
    assert thread.calls == []


def test_nor_does_an_error_in_a_transaction(tmp_path: Path) -> None:
    thread = Thread(tmp_path, transactional=True)
    manager = thread.run(ZERO, ONE)
    manager.working_on = ONE
    manager.commit_others()
    assert thread.calls == []
    manager.close()
    manager.end()


def test_what_each_task_processed_is_counted_and_timed_also_after_it_is_gone(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)

    def process(limit: int) -> int:
        clock.now += 2
        return limit

    manager = thread.run(ZERO, ONE, TaskId(0, 2))
    thread.tasks[ZERO].process = process
    thread.tasks[ONE].process = lambda limit: 1
    assert manager.process(3) == 4
    assert manager.process(3) == 4
    assert thread.calls == [("processed", ZERO, 3, 2.0), ("processed", ONE, 1, 0.0)] * 2
    assert manager.processed == {ZERO: 6, ONE: 2}
    manager.close([ZERO])
    assert (manager.processed, manager.past.processed) == ({ONE: 2}, 6)


def test_a_task_that_waits_with_records_makes_no_progress(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    manager = thread.run(ZERO, ONE)
    thread.tasks[ONE].total_buffered = lambda: 2
    manager.process(3)
    assert manager.progressed_at == {ZERO: clock.now}
    assert manager.buffered() == 2


def test_all_tasks_are_committed_together_with_where_their_partitions_end(thread: Thread) -> None:
    manager = thread.run(ZERO, ONE)
    manager.positions[("in", 0)] = 4
    assert manager.commit() is True
    assert thread.calls == [("commit", [ZERO, ONE], {("in", 0): 4})]


def test_the_task_at_work_is_known_while_it_works(thread: Thread) -> None:
    manager = thread.run(ZERO, ONE)
    seen: list[Any] = []
    thread.tasks[ZERO].process = lambda limit: seen.append(manager.working_on) or 0
    thread.tasks[ONE].punctuate = lambda: seen.append(manager.working_on) is None
    manager.process(1)
    assert manager.working_on is None
    manager.punctuate()
    assert (seen, manager.working_on) == ([ZERO, ONE], None)


def test_one_task_that_punctuates_is_enough_to_say_so(thread: Thread) -> None:
    manager = thread.run(ZERO, ONE)
    assert manager.punctuate() is False
    thread.tasks[ZERO].punctuate = lambda: True
    assert manager.punctuate() is True


def test_only_tasks_whose_inputs_changed_start_over(thread: Thread) -> None:
    manager = thread.run(ZERO, ONE)
    old = manager.placement = SimpleNamespace(partitions=dict(thread.inputs).get)
    thread.inputs[ONE] = (("in", 1), ("more", 1))
    seen: list[Any] = []

    def commit_last(tasks: Any, positions: Any) -> bool:
        seen.append(manager.placement)
        return thread.commit(tasks, positions, "commit last")

    manager._committer.commit_last = commit_last
    new = thread.placement()
    manager.adopt(new)
    assert (seen, manager.placement) == ([old], new)
    assert thread.calls[0] == ("commit last", [ZERO, ONE], {})
    assert (list(manager.running), [new.id for new in manager.starting]) == ([ZERO], [ONE])


def test_a_corrupted_task_is_named_by_its_id_or_its_text() -> None:
    assert corrupted_tasks(TaskCorruptedError("bad", tasks=(ZERO, "0_1"))) == [ZERO, ONE]


def test_what_a_task_dropped_counts_after_it_was_given_up(thread: Thread) -> None:
    manager = thread.run(ZERO)
    assert (manager.past.dropped, manager.past.stream_time) == ({}, -1)
    manager.close()
    assert (manager.past.dropped, manager.past.stream_time) == ({"late": 2}, 5)


def test_what_a_task_sent_counts_after_it_was_given_up(thread: Thread) -> None:
    manager = thread.run(ZERO)
    manager.close()
    assert (manager.past.sent, manager.past.filtered) == (3, None)
