"""What a task asks of its parts, and in which order: from its start through its commits to its end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli import Topology
from kstream_cli.errors import ProducerError
from kstream_cli.processor.punctuation import Punctuations
from kstream_cli.task.fusion import FusedNodes
from kstream_cli.task.state_manager import Changelog
from kstream_cli.task.stream_task import StreamTask, no_lag
from kstream_cli.task.task_state import TaskState

GROUP = object()


class Parts:
    """A running task whose parts write what is asked of them into one list."""

    def __init__(self, state: TaskState = TaskState.RUNNING) -> None:
        self.calls: list[Any] = []
        self.errors: dict[str, BaseException] = {}
        self.processed = 0
        self.punctuated = False
        self.committed: dict[Any, int] = {}
        call = self.call
        self.task: Any = object.__new__(StreamTask)
        task = self.task
        task.id, task.state, task.commit_needed = "0_0", state, False
        task._states = SimpleNamespace(
            flush=lambda: call("flush stores"),
            commit=lambda reached: call("commit stores", reached),
            commit_restored=lambda: call("commit restored"),
            close=lambda: call("close stores") or [],
            changelogs={},
            stores={},
        )
        task.collector = SimpleNamespace(check=lambda: call("check sends"))
        task._offsets = SimpleNamespace(
            next=lambda group, positions: call("offsets", group is task._group, positions) or {"key": (5, "")},
            note=lambda offsets: call("note", offsets) or self.committed.update(offsets),
            last=lambda topic, partition: self.committed.get((topic, partition)),
        )
        task._group = SimpleNamespace(clear=lambda: call("drop records"), ready=lambda now: now == 7)
        task._loop = SimpleNamespace(
            process=lambda limit: call("process", limit) or self.processed,
            punctuate_wall_clock=lambda: call("punctuate") or self.punctuated,
            fail=self.fail,
        )
        task._fused = SimpleNamespace(close=lambda: call("close processors") or [])
        task._clock = lambda: 7
        task._idle = None
        task.context = SimpleNamespace(
            commit_requested=True,
            by_stream_time=Punctuations(),
            by_wall_clock=Punctuations(),
        )

    def call(self, name: str, *given: Any) -> None:
        self.calls.append((name, *given) if given else name)
        if name in self.errors:
            raise self.errors[name]

    def fail(self, error: BaseException, record: Any, *, moment: str) -> None:
        self.calls.append(("failed", record, moment))
        raise RuntimeError from error


# Commits


def test_a_commit_is_prepared_by_flushing_the_caches_and_then_looking_at_sends_and_offsets() -> None:
    parts = Parts()
    assert parts.task.prepare_commit({"in": 7}) == {"key": (5, "")}
    assert parts.calls == ["flush stores", "check sends", ("offsets", True, {"in": 7})]
    parts.task.prepare_commit()
    assert parts.calls[-1] == ("offsets", True, {})


def test_a_send_that_failed_stops_a_commit_before_its_offsets_are_known() -> None:
    parts = Parts()
    parts.errors["check sends"] = ProducerError("too large")
    with pytest.raises(ProducerError):
        parts.task.prepare_commit()
    assert parts.calls == ["flush stores", "check sends"]


def test_what_fails_as_the_caches_are_flushed_stops_a_commit() -> None:
    parts = Parts()
    parts.errors["flush stores"] = SystemExit(1)
    with pytest.raises(RuntimeError):
        parts.task.prepare_commit()
    assert parts.calls == ["flush stores", ("failed", None, "while its caches were flushed")]


def test_sends_are_looked_at_again_after_the_flush_of_the_producer() -> None:
    parts = Parts()
    parts.task.check_sends()
    assert parts.calls == ["check sends"]


def test_stores_are_durable_with_the_ends_that_are_known_once_the_offsets_are_noted() -> None:
    parts = Parts()
    parts.task.commit_needed = True
    parts.task.post_commit({"store": 4}, {("in", 0): 5})
    assert parts.calls == [("note", {("in", 0): 5}), ("commit stores", {"store": 4})]
    assert (parts.task.commit_needed, parts.task.commit_requested) == (False, False)


def test_a_store_that_is_restored_from_its_source_is_as_of_the_offset_committed_there() -> None:
    parts = Parts()
    parts.task._states.changelogs = {
        "table": Changelog("table", "in", 0, is_source=True),
        "unread": Changelog("unread", "other", 0, is_source=True),
        "counts": Changelog("counts", "in", 0),
    }
    parts.task.post_commit({"counts": 40}, {("in", 0): 0})
    parts.task.post_commit({"table": 9, "counts": 41})
    reached = [call[1] for call in parts.calls if call[0] == "commit stores"]
    assert reached == [{"table": 0, "counts": 40}, {"table": 0, "counts": 41}]


def test_the_ends_that_are_given_are_not_changed() -> None:
    parts = Parts()
    parts.task._states.changelogs = {"table": Changelog("table", "in", 0, is_source=True)}
    ends = {"counts": 4}
    parts.task.post_commit(ends, {("in", 0): 5})
    assert ends == {"counts": 4}
    assert parts.calls[-1] == ("commit stores", {"counts": 4, "table": 5})


def test_a_commit_is_needed_after_records_or_punctuations_and_as_long_as_none_is_made() -> None:
    parts = Parts()
    assert (parts.task.process(3), parts.task.commit_needed) == (0, False)
    parts.processed = 2
    assert (parts.task.process(3), parts.task.commit_needed) == (2, True)
    parts.processed = 0
    assert (parts.task.process(3), parts.task.commit_needed) == (0, True)
    parts.task.post_commit()
    assert (parts.task.punctuate(), parts.task.commit_needed) == (False, False)
    parts.punctuated = True
    assert (parts.task.punctuate(), parts.task.commit_needed) == (True, True)
    parts.punctuated = False
    assert (parts.task.punctuate(), parts.task.commit_needed) == (False, True)
    assert parts.calls.count(("process", 3)) == 3


def test_after_a_record_that_failed_a_commit_is_needed_for_those_before_it() -> None:
    parts = Parts()
    parts.errors["process"] = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        parts.task.process(3)
    assert parts.task.commit_needed


def test_what_would_end_the_process_says_that_it_came_from_a_record() -> None:
    parts = Parts()
    parts.errors["process"] = SystemExit(1)
    with pytest.raises(RuntimeError):
        parts.task.process(3)
    assert parts.calls[-1] == ("failed", None, "while it read a record")


@pytest.mark.parametrize("state", [state for state in TaskState if state is not TaskState.RUNNING])
def test_a_task_that_does_not_run_processes_nothing(state: TaskState) -> None:
    parts = Parts(state)
    assert (parts.task.process(3), parts.task.punctuate()) == (0, False)
    assert (parts.calls, parts.task.commit_needed) == ([], False)


def test_whether_a_record_is_next_depends_on_the_clock() -> None:
    parts = Parts()
    assert parts.task.ready()
    parts.task._clock = lambda: 8
    assert not parts.task.ready()


# The end


def test_a_suspended_task_has_closed_its_processors_and_dropped_its_records_and_schedules() -> None:
    parts = Parts()
    for punctuations in (parts.task.context.by_stream_time, parts.task.context.by_wall_clock):
        punctuations.due = 5
    parts.task.suspend()
    assert parts.calls == ["close processors", "drop records"]
    assert parts.task.state is TaskState.SUSPENDED
    later = Punctuations().due
    assert (parts.task.context.by_stream_time.due, parts.task.context.by_wall_clock.due) == (later, later)
    parts.task.suspend()
    assert len(parts.calls) == 2


def test_a_processor_that_cannot_be_closed_is_told_after_all_else_is_dropped() -> None:
    parts = Parts()
    parts.task._fused.close = lambda: parts.call("close processors") or [ValueError("first"), ValueError("second")]
    with pytest.raises(ValueError, match="first"):
        parts.task.suspend()
    assert parts.calls == ["close processors", "drop records"]


def test_a_processor_that_would_end_the_process_as_it_is_closed_does_not() -> None:
    parts = Parts()
    parts.task._fused.close = lambda: [SystemExit(1)]
    with pytest.raises(RuntimeError):
        parts.task.suspend()
    assert parts.calls[-1] == ("failed", None, "while it was closed")


def test_a_task_is_suspended_before_its_stores_are_closed_and_nothing_is_committed() -> None:
    parts = Parts()
    parts.task.close()
    assert parts.calls == ["close processors", "drop records", "close stores"]
    assert parts.task.state is TaskState.CLOSED
    parts.task.close()
    assert len(parts.calls) == 3


def test_a_task_that_was_suspended_only_closes_its_stores() -> None:
    parts = Parts(TaskState.SUSPENDED)
    parts.task.close()
    assert parts.calls == ["close stores"]


def test_stores_are_closed_whatever_a_processor_raises(caplog: pytest.LogCaptureFixture) -> None:
    parts = Parts()
    parts.errors["close processors"] = SystemExit(1)
    parts.task._states.close = lambda: parts.call("close stores") or [OSError("disk")]
    parts.task.close()
    assert parts.calls[-1] == "close stores"
    assert [each.split(":")[0] for each in caplog.messages] == ["task 0_0"] * 2
    assert caplog.messages[1] == "task 0_0: a store could not be closed: OSError: disk"


# The start


def test_a_start_commits_what_was_restored_then_goes_on_from_the_commit_and_then_calls_the_processors(
    run_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def noting(owner: Any, name: str, call: str) -> None:
        original = getattr(owner, name)

        def note(*given: Any, **named: Any) -> Any:
            calls.append(call)
            return original(*given, **named)

        monkeypatch.setattr(owner, name, note)

    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_sink("snk", "out", parents="src", key=str, value=str)
    task = run_task(topology).task
    task.state = TaskState.RESTORING
    noting(task._states, "commit_restored", "restored rows committed")
    noting(task._offsets, "resume", "resumed")
    noting(FusedNodes, "init", "processors initialised")
    task.start()
    assert calls == ["restored rows committed", "resumed", "processors initialised"]
    assert task.state is TaskState.RUNNING


def test_without_a_broker_nothing_waits_elsewhere() -> None:
    assert no_lag("in", 0) == 0
