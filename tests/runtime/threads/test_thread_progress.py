"""What a thread tells of itself: how much its tasks did, how far behind they are, and what is not known of that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.threads.past_tasks import PastTasks
from kstream_cli.runtime.threads.progress import RestoreProgress, ThreadProgress
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.thread_progress import progress_of
from kstream_cli.task.task_id import TaskId
from kstream_cli.task.task_state import TaskState

ZERO, ONE = TaskId(0, 0), TaskId(0, 1)
IN, OTHER = ("in", 0), ("other", 0)
AWAY = KafkaException(KafkaError(KafkaError._TRANSPORT, "away"))


class Thread:
    """The parts of a thread that has one task of two partitions."""

    def __init__(self) -> None:
        self.highs: dict[Any, Any] = {IN: 10, OTHER: 20}
        self.reached: dict[Any, Any] = {IN: 10, OTHER: 20}
        self.buffered = {IN: 0, OTHER: 0}
        self.past = PastTasks()
        self.tasks: Any = SimpleNamespace(
            past=self.past,
            starting=[],
            running={ZERO: self.task(ZERO)},
            positions={},
            processed={ZERO: 4},
            progressed_at={ZERO: 99.0},
            placement=SimpleNamespace(partitions=lambda task: (("in", task.partition),)),
        )
        self.clients: Any = SimpleNamespace(
            tasks=self.tasks,
            committer=SimpleNamespace(commits=3, committed={IN: (8, "meta")}, committed_at={ZERO: 98.0}),
            consumer=SimpleNamespace(
                get_watermark_offsets=lambda key, cached: (0, of(self.highs, key)),
                position=lambda keys: [SimpleNamespace(offset=of(self.reached, key)) for key in keys],
            ),
            reader=SimpleNamespace(restoring=[]),
            outages=None,
        )

    def task(self, task_id: TaskId, *, sent: int | None = 3, filtered: int | None = 1, time: int = 50) -> Any:
        return SimpleNamespace(
            id=task_id,
            state=TaskState.RUNNING,
            inputs=(IN, OTHER),
            buffered=lambda topic, partition: self.buffered[topic, partition],
            context=SimpleNamespace(drops=SimpleNamespace(by_reason={"late": 2}), stream_time=time),
            collector=SimpleNamespace(sent=sent),
            filtered=lambda processed: filtered,
            held=(),
            waits_for=lambda: (),
        )

    def progress(self) -> ThreadProgress:
        return progress_of("thread-1", ThreadState.RUNNING, self.clients)

    def lag(self) -> int | None:
        return self.progress().tasks[0].lag


def of(known: dict[Any, Any], key: Any) -> int:
    found = known[key.topic, key.partition]
    if isinstance(found, KafkaException):
        raise found
    return int(found)


@pytest.fixture
def thread() -> Thread:
    return Thread()


def test_a_lag_is_what_waits_in_the_task_and_what_lies_beyond_it_on_the_broker(thread: Thread) -> None:
    assert thread.lag() == 0
    thread.buffered = {IN: 2, OTHER: 3}
    thread.reached = {IN: 9, OTHER: 16}
    assert thread.lag() == 2 + 3 + 1 + 4


def test_a_partition_at_its_end_lags_by_what_waits_in_the_task_whatever_was_fetched_last(thread: Thread) -> None:
    thread.tasks.positions = {IN: 12}
    thread.reached[IN] = 0
    thread.buffered[IN] = 2
    assert thread.lag() == 2
    assert thread.progress().tasks[0].ends == ((*IN, 12), (*OTHER, 20))


def test_a_position_beyond_the_end_of_the_last_fetch_does_not_make_up_for_others(thread: Thread) -> None:
    thread.reached = {IN: 13, OTHER: 16}
    assert thread.lag() == 4


@pytest.mark.parametrize("unknown", [-1001, AWAY])
def test_a_lag_of_which_a_part_is_not_known_is_not_known(thread: Thread, unknown: Any) -> None:
    for known in (thread.highs, thread.reached):
        before, known[OTHER] = known[OTHER], unknown
        assert thread.lag() is None
        known[OTHER] = before
    assert thread.lag() == 0


def test_nobody_knows_what_has_come_to_a_cluster_that_is_away(thread: Thread) -> None:
    thread.clients.outages = SimpleNamespace(needed=lambda task: "east")
    [task] = thread.progress().tasks
    assert (task.lag, task.away) == (None, "east")


def test_a_task_tells_what_it_did_and_what_is_committed(thread: Thread) -> None:
    [task] = thread.progress().tasks
    assert (task.task, task.state, task.processed, task.partitions) == ("0_0", "running", 4, (IN, OTHER))
    assert (task.committed, task.ends) == (((*IN, 8),), ((*IN, 10), (*OTHER, 20)))
    assert (task.last_commit, task.last_progress, task.stream_time, task.sent) == (98.0, 99.0, 50, 3)


def test_a_thread_counts_what_its_tasks_did_also_those_that_it_has_given_up(thread: Thread) -> None:
    thread.past.add(thread.task(ONE, sent=5, filtered=2, time=70), 6)
    told = thread.progress()
    assert (told.processed, told.sent, told.filtered, told.commits) == (10, 8, 3, 3)
    assert (dict(told.dropped), told.stream_time) == ({"late": 4}, 70)
    assert thread.past.dropped == {"late": 2}


def test_a_sum_of_which_a_part_is_not_known_is_not_known(thread: Thread) -> None:
    thread.past.add(thread.task(ONE, filtered=None), 0)
    assert (thread.progress().sent, thread.progress().filtered) == (6, None)
    thread.tasks.running[ONE] = thread.task(ONE, sent=None)
    assert thread.progress().sent is None


def test_a_task_that_starts_tells_which_stores_are_restored(thread: Thread) -> None:
    thread.tasks.starting = [SimpleNamespace(id=ONE), SimpleNamespace(id=TaskId(0, 2))]
    thread.clients.reader.restoring = [
        SimpleNamespace(
            task=SimpleNamespace(id=ONE), store="s", topic="log", partition=1, restored=4, remaining=6, began=90.0
        )
    ]
    assert [(task.task, task.state) for task in thread.progress().tasks] == [
        ("0_0", "running"),
        ("0_1", "restoring"),
        ("0_2", "starting"),
    ]
    [restoring] = thread.progress().tasks[1].restoring
    assert restoring == RestoreProgress("s", "log", 1, 4, 6, 90.0)


@pytest.mark.parametrize(
    ("restored", "remaining", "began", "left"),
    [
        (4, 6, 90.0, 15.0),
        (4, 0, 90.0, 0.0),
        (4, 6, 110.0, 0.0),
        (0, 6, 90.0, None),
        (4, None, 90.0, None),
        (4, 6, None, None),
    ],
)
def test_the_time_that_a_restore_takes_yet_goes_by_its_pace_so_far(
    restored: int, remaining: int | None, began: float | None, left: float | None
) -> None:
    assert RestoreProgress("s", "log", 1, restored, remaining, began).seconds_left(100.0) == left
