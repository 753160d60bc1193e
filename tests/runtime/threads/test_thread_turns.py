"""A turn of a stream thread: records in, partitions held back and let go, events of the consumer, commits when due."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, Message

from kstream_cli import Config
from kstream_cli.errors import AccessDeniedError, FencedInstanceIdError, StreamsError, TaskCorruptedError
from kstream_cli.runtime.threads import stream_thread
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.stream_thread import StreamThread
from kstream_cli.task.task_id import TaskId

IN, OTHER = ("in", 0), ("in", 1)


class Clock:
    """Stands for the module `time`."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now

    time = monotonic


class Task:
    """How many records it has of each partition."""

    def __init__(self) -> None:
        self.waiting: dict[Any, int] = {}

    def add_records(self, topic: str, partition: int, run: Any) -> int:
        self.waiting[topic, partition] = self.waiting.get((topic, partition), 0) + len(run)
        return self.waiting[topic, partition]

    def buffered(self, topic: str, partition: int) -> int:
        return self.waiting.get((topic, partition), 0)


class Turn:
    """A thread in the middle of its work; what it asks of others goes into one list."""

    def __init__(self, clock: Clock, **settings: Any) -> None:
        self.calls: list[Any] = []
        self.clock = clock
        self.task = Task()
        self.fetched: Any = ([], [])
        self.processed: list[int] = []
        """How many records each call of the tasks is to process."""
        self.punctuated = False
        self.committed = True
        self.refused = False
        note = self.note
        self.tasks = SimpleNamespace(
            by_partition={IN: self.task},
            positions={},
            placement=None,
            running={},
            all_running=True,
            is_restoring=False,
            has_uncommitted=False,
            commit_requested=False,
            buffered=lambda: sum(self.task.waiting.values()),
            at_end=lambda key, offset: note("at end", key, offset),
            process=self.process,
            punctuate=lambda: self.punctuated,
            commit=lambda: note("commit") or self.committed,
            start_again=lambda wiped: note("start again", wiped),
            local_stores={},
            advance=lambda: note("advance"),
            adopt=lambda placement: note("adopt", placement),
        )
        application = SimpleNamespace(
            topics=SimpleNamespace(is_agreed=threading.Event()),
            placement=None,
            join_refusal=SimpleNamespace(is_waiting=False, take=lambda error: self.refused, joined=lambda: None),
            look_at_topics=lambda: note("look at topics"),
        )
        application.topics.is_agreed.set()
        self.clients: Any = SimpleNamespace(
            config=Config.from_mapping({"application.id": "app", **settings}),
            consumer=SimpleNamespace(
                fetch=self.fetch,
                pause=lambda keys: note("pause", [(key.topic, key.partition) for key in keys]),
                resume=lambda keys: note("resume", [(key.topic, key.partition) for key in keys]),
            ),
            tasks=self.tasks,
            listener=SimpleNamespace(raise_error=lambda: None),
            producer=SimpleNamespace(poll=lambda: note("poll producer")),
            application=application,
            outages=None,
            subscribe=lambda: note("subscribe"),
            pause_limit=SimpleNamespace(is_exceeded=lambda waiting, newest: waiting > 10),
            offset_lost=lambda topic, partition: note("offset lost", topic, partition),
            purge=lambda now: note("purge"),
            share_cache=lambda: note("share cache"),
            rebalance_end=SimpleNamespace(
                begin=lambda: note("a round ends"), is_over=lambda placement, running: self.is_over
            ),
        )
        self.is_over = True
        metrics: Any = SimpleNamespace(
            bind=lambda state, progress: None,
            counts=lambda: (0, 0, 0),
            polled=lambda seconds, count: None,
            processed=lambda seconds, count: None,
            punctuated=lambda seconds: note("punctuated"),
        )
        self.thread = StreamThread(
            "thread-1",
            make_clients=lambda thread: None,
            metrics=metrics,
            on_state=lambda: None,
            on_end=lambda *end: None,
        )
        self.thread._start(self.clients)
        self.calls.clear()

    def note(self, *call: Any) -> None:
        self.calls.append(call if len(call) > 1 else call[0])

    def fetch(self, count: int, seconds: float) -> Any:
        self.note("fetch", count, seconds)
        fetched, self.fetched = self.fetched, ([], [])
        return fetched

    def process(self, limit: int) -> int:
        self.note("process", limit)
        return self.processed.pop(0) if self.processed else 0

    def arrive(self, *runs: Any, events: Any = ()) -> None:
        """A poll that has these: (partition, offsets of records)."""
        made = [
            (key, [Message(topic=key[0], partition=key[1], offset=each) for each in offsets]) for key, offsets in runs
        ]
        self.fetched = (made, list(events))
        self.thread._poll()
        self.calls = [call for call in self.calls if call[0] != "fetch"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(stream_thread, "time", made)
    return made


@pytest.fixture
def turn(clock: Clock) -> Turn:
    return Turn(clock)


def event(code: int, *, key: Any = IN, offset: int = 0, text: str = "why", fatal: bool = False) -> Message:
    return Message(topic=key[0], partition=key[1], offset=offset, error=KafkaError(code, text, fatal))


def end_at(offset: int, key: Any = IN) -> Message:
    return event(KafkaError._PARTITION_EOF, key=key, offset=offset)


# Records in


def test_records_go_to_the_task_of_their_partition_and_those_of_one_that_was_given_back_to_nobody(turn: Turn) -> None:
    turn.arrive((IN, [5, 6]), (OTHER, [1]))
    assert turn.task.waiting == {IN: 2}
    assert turn.calls == []


def test_with_new_records_a_partition_is_not_at_its_end_any_more(turn: Turn) -> None:
    turn.tasks.positions.update({IN: 5, OTHER: 3})
    turn.arrive((IN, [5]), (OTHER, [3]))
    assert turn.tasks.positions == {OTHER: 3}


def test_the_end_of_a_partition_is_noted_after_the_records_before_it(turn: Turn) -> None:
    turn.arrive((IN, [5, 6]), events=[end_at(7)])
    assert turn.calls == [("at end", IN, 7)]


def test_the_end_of_a_partition_without_records_is_noted_also_at_offset_0(turn: Turn) -> None:
    turn.arrive(events=[end_at(0)])
    assert turn.calls == [("at end", IN, 0)]


@pytest.mark.parametrize("last", [7, 8])
def test_records_that_came_after_the_end_was_told_mean_that_it_is_none(turn: Turn, last: int) -> None:
    turn.arrive((IN, [6, last]), events=[end_at(7)])
    assert turn.calls == []


def test_the_end_of_a_partition_that_was_given_back_is_nobodys(turn: Turn) -> None:
    turn.arrive(events=[end_at(7, OTHER)])
    assert turn.calls == []


@pytest.mark.parametrize(
    ("buffered", "waiting", "paused", "count"),
    [
        (0, False, False, 1000),
        (999, False, False, 1000),
        (1000, False, False, 1),
        (1000, True, False, 1000),
        (1000, True, True, 1),
    ],
)
def test_a_poll_takes_a_batch_and_only_one_record_while_the_tasks_have_enough(
    turn: Turn, buffered: int, waiting: bool, paused: bool, count: int
) -> None:
    turn.task.waiting[IN] = buffered
    turn.thread._waiting = waiting
    turn.thread.pause(paused)
    turn.thread._poll()
    assert turn.calls[0][:2] == ("fetch", count)


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 0.1),
        ({"buffered": 1}, 0.0),
        ({"buffered": 1, "waiting": True}, 0.01),
        ({"buffered": 1, "waiting": True, "paused": True}, 0.1),
        ({"is_restoring": True}, 0.0),
        ({"all_running": False}, 0.01),
    ],
    ids=["idle", "with work", "with work that waits", "paused", "restoring", "with tasks that start"],
)
def test_a_poll_waits_only_where_there_is_nothing_else_to_do(turn: Turn, change: Any, seconds: float) -> None:
    turn.task.waiting[IN] = change.pop("buffered", 0)
    turn.thread._waiting = change.pop("waiting", False)
    turn.thread.pause(change.pop("paused", False))
    for name, value in change.items():
        setattr(turn.tasks, name, value)
    turn.thread._poll()
    assert turn.calls[0][2] == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("settings", "uncommitted", "passed", "seconds"),
    [
        ({"poll.ms": 50}, False, 0.0, 0.05),
        ({"poll.ms": 5000}, False, 0.0, 1.0),
        ({"poll.ms": 50, "commit.interval.ms": 1000}, True, 0.0, 0.05),
        ({"poll.ms": 500, "commit.interval.ms": 1000}, True, 0.7, 0.3),
        ({"poll.ms": 500, "commit.interval.ms": 1000}, True, 1.7, 0.01),
        ({"poll.ms": 5, "commit.interval.ms": 1000}, True, 1.7, 0.005),
        ({"poll.ms": 500, "commit.interval.ms": 1000}, False, 1.7, 0.5),
    ],
)
def test_a_poll_does_not_wait_past_a_commit_that_is_due(
    clock: Clock, settings: Any, uncommitted: bool, passed: float, seconds: float
) -> None:
    turn = Turn(clock, **settings)
    turn.tasks.has_uncommitted = uncommitted
    clock.now += passed
    turn.thread._poll()
    assert turn.calls[0][2] == pytest.approx(seconds)


# Held back and let go


def test_a_partition_of_which_too_much_waits_is_paused_once(turn: Turn) -> None:
    turn.arrive((IN, range(10)))
    assert turn.calls == []
    turn.arrive((IN, [10]))
    turn.arrive((IN, [11]))
    assert turn.calls == [("pause", [IN])]


def test_it_is_fetched_again_when_half_of_it_is_done_and_may_be_paused_again(turn: Turn) -> None:
    turn.arrive((IN, range(12)))
    turn.calls.clear()
    turn.task.waiting[IN] = 7
    turn.thread._process()
    assert ("resume", [IN]) not in turn.calls
    turn.task.waiting[IN] = 6
    turn.thread._process()
    assert turn.calls[-1] == ("resume", [IN])
    turn.thread._process()
    assert turn.calls.count(("resume", [IN])) == 1
    turn.calls.clear()
    turn.arrive((IN, range(12, 20)))
    assert turn.calls == [("pause", [IN])]


def test_a_paused_thread_holds_all_back_that_comes_and_lets_it_go_when_it_goes_on(turn: Turn) -> None:
    turn.thread.pause(True)
    turn.arrive((IN, [5]))
    assert turn.calls == [("pause", [IN])]
    turn.task.waiting[IN] = 0
    turn.thread._process()
    assert ("resume", [IN]) not in turn.calls
    turn.thread.pause(False)
    turn.thread._process()
    assert turn.calls[-1] == ("resume", [IN])


def test_a_partition_that_was_given_back_while_it_was_paused_is_left_alone_and_paused_anew_when_it_is_back(
    turn: Turn,
) -> None:
    turn.arrive((IN, range(12)))
    turn.tasks.by_partition.clear()
    turn.calls.clear()
    turn.thread._process()
    assert ("resume", [IN]) not in turn.calls
    turn.tasks.by_partition[IN] = turn.task
    turn.arrive((IN, [12]))
    assert turn.calls[-1] == ("pause", [IN])


def test_tasks_that_start_again_have_nothing_that_is_held_back(turn: Turn) -> None:
    turn.arrive((IN, range(12)))
    turn.thread.state = ThreadState.RUNNING
    turn.thread._start_again(TaskCorruptedError("bad", tasks=(TaskId(0, 0),)))
    assert turn.calls[-1] == ("start again", [TaskId(0, 0)])
    assert turn.thread.state is ThreadState.PARTITIONS_ASSIGNED
    turn.task.waiting.clear()
    turn.arrive((IN, range(12)))
    assert turn.calls[-1] == ("pause", [IN])


# Events


@pytest.mark.parametrize("code", [KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE])
def test_an_offset_that_the_broker_no_longer_has_is_looked_after(turn: Turn, code: int) -> None:
    turn.arrive(events=[event(code), event(code, key=OTHER)])
    assert turn.calls == [("offset lost", "in", 0)]


@pytest.mark.parametrize("fatal", [False, True])
def test_a_member_of_which_there_is_a_later_one_ends(turn: Turn, fatal: bool) -> None:
    with pytest.raises(FencedInstanceIdError, match="taken"):
        turn.arrive(events=[event(KafkaError.FENCED_INSTANCE_ID, text="taken", fatal=fatal)])


@pytest.mark.parametrize(("code", "fatal"), [(KafkaError.UNKNOWN, True), (KafkaError._FATAL, False)])
def test_a_static_member_that_can_do_nothing_more_ends_as_one_that_was_replaced(
    clock: Clock, code: int, fatal: bool
) -> None:
    turn = Turn(clock, **{"group.instance.id": "one"})
    with pytest.raises(FencedInstanceIdError, match="why"):
        turn.arrive(events=[event(code, text="why", fatal=fatal)])


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (event(KafkaError.UNKNOWN, fatal=True), StreamsError, "this member was put out of its group for good: why"),
        (event(KafkaError._FATAL), StreamsError, "the cluster refuses: why"),
        (event(KafkaError.GROUP_AUTHORIZATION_FAILED), AccessDeniedError, "READ on group 'app'"),
        (event(KafkaError.TOPIC_AUTHORIZATION_FAILED), AccessDeniedError, "READ on topic 'in'"),
    ],
    ids=["fatal", "refused", "group", "topic"],
)
def test_what_cannot_pass_ends_the_thread(turn: Turn, given: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        turn.arrive(events=[given])


def test_records_that_take_too_long_are_told(turn: Turn, caplog: pytest.LogCaptureFixture) -> None:
    turn.arrive(events=[event(KafkaError._MAX_POLL_EXCEEDED, text="too slow")])
    assert caplog.messages == [
        "too slow: records take too long for max.poll.interval.ms; the group takes the tasks away"
    ]


def test_what_may_pass_is_told_and_a_topic_that_is_missing_is_looked_for(
    turn: Turn, caplog: pytest.LogCaptureFixture
) -> None:
    turn.arrive(events=[event(KafkaError._TRANSPORT, text="away")])
    assert (turn.calls, caplog.messages) == ([], ["consumer: away"])
    turn.arrive(events=[event(KafkaError.UNKNOWN_TOPIC_OR_PART, text="no topic")])
    assert (turn.calls, caplog.messages[1:]) == (["look at topics"], ["consumer: no topic"])


def test_a_refusal_to_join_is_told_elsewhere(turn: Turn, caplog: pytest.LogCaptureFixture) -> None:
    turn.refused = True
    turn.arrive(events=[event(KafkaError.UNKNOWN_TOPIC_OR_PART)])
    assert (turn.calls, caplog.messages) == ([], [])


# Tasks forward, commits


def test_records_are_processed_in_slices_until_none_is_left(turn: Turn) -> None:
    turn.processed = [400, 400]
    turn.thread._process()
    assert turn.calls == [("process", 500), "poll producer"] * 3
    assert turn.thread._waiting


def test_the_group_is_polled_again_after_a_fifth_of_a_second_of_work(turn: Turn) -> None:
    turn.processed = [400] * 10

    def slow(limit: int) -> int:
        turn.clock.now += 0.05
        return Turn.process(turn, limit)

    turn.tasks.process = slow
    turn.thread._polled_at = turn.clock.now
    turn.thread._process()
    assert turn.calls.count("poll producer") == 5
    assert not turn.thread._waiting


@pytest.mark.parametrize(
    ("processed", "seconds", "slice_after"),
    [(500, 0.04, 1000), (500, 0.05, 500), (499, 0.04, 500), (500, 0.1, 500), (500, 0.11, 250), (0, 0.04, 500)],
)
def test_slices_grow_while_they_are_quick_and_shrink_when_they_are_slow(
    turn: Turn, processed: int, seconds: float, slice_after: int
) -> None:
    turn.thread._adapt_slice(processed, seconds)
    assert turn.thread._slice == slice_after


def test_slices_have_between_one_and_ten_thousand_records(turn: Turn) -> None:
    for _ in range(20):
        turn.thread._adapt_slice(10_000, 0.0)
    assert turn.thread._slice == 10_000
    for _ in range(20):
        turn.thread._adapt_slice(0, 1.0)
    assert turn.thread._slice == 1


def test_a_commit_is_made_when_the_interval_is_up_and_the_next_one_an_interval_later(turn: Turn) -> None:
    thread = turn.thread
    interval = turn.clients.config.commit_interval_ms / 1000
    thread._committed_at = turn.clock.now
    turn.clock.now += interval - 0.001
    thread._commit_if_due(turn.clock.now)
    assert turn.calls == []
    turn.clock.now += 0.001
    thread._commit_if_due(turn.clock.now)
    assert turn.calls == ["commit", "purge", "share cache"]
    turn.clock.now += interval - 0.001
    thread._commit_if_due(turn.clock.now)
    assert len(turn.calls) == 3


def test_a_commit_that_a_processor_asks_for_is_made_at_once(turn: Turn) -> None:
    turn.thread._committed_at = turn.clock.now
    turn.tasks.commit_requested = True
    turn.thread._commit_if_due(turn.clock.now)
    assert turn.calls[0] == "commit"


def test_without_a_commit_nothing_is_deleted(turn: Turn) -> None:
    turn.committed = False
    turn.thread._commit_if_due(turn.clock.now + 1000)
    assert turn.calls == ["commit", "share cache"]


def test_a_paused_thread_processes_nothing_and_commits_all_the_same(turn: Turn) -> None:
    turn.thread.pause(True)
    turn.clock.now += 1000
    turn.thread._process()
    assert turn.calls == ["commit", "purge", "share cache"]


def test_a_thread_that_stops_ends_after_the_present_slice(turn: Turn) -> None:
    turn.processed = [400] * 10
    turn.thread.stop()
    turn.thread._process()
    assert turn.calls.count("poll producer") == 1


def test_what_a_punctuation_did_is_measured(turn: Turn) -> None:
    turn.punctuated = True
    turn.thread._process()
    assert turn.calls == [("process", 500), "punctuated", "poll producer"]


# What others have decided


def begun(turn: Turn, state: ThreadState = ThreadState.RUNNING) -> StreamThread:
    """The thread in this state, which publishes nothing meanwhile."""
    turn.thread.state = state
    turn.thread._published_at = turn.clock.now
    return turn.thread


def test_a_turn_polls_then_raises_what_went_wrong_in_a_callback_and_processes_only_then(turn: Turn) -> None:
    thread = begun(turn)
    thread._run_once()
    assert turn.calls == [("fetch", 1000, 0.1), "advance", ("process", 500), "poll producer"]
    turn.calls.clear()

    def raise_error() -> None:
        raise StreamsError("a revoked task could not be committed")

    turn.clients.listener.raise_error = raise_error
    with pytest.raises(StreamsError, match="could not be committed"):
        thread._run_once()
    assert turn.calls == [("fetch", 1000, 0.1)]


def test_corrupted_tasks_are_started_again_within_the_turn(turn: Turn) -> None:
    def process(limit: int) -> int:
        raise TaskCorruptedError("lost", tasks=(TaskId(0, 0),))

    turn.tasks.process = process
    begun(turn)._run_once()
    assert turn.calls[-1] == ("start again", [TaskId(0, 0)])


def test_a_thread_runs_when_all_its_tasks_run_and_the_rebalance_is_over(turn: Turn) -> None:
    thread = begun(turn, ThreadState.PARTITIONS_ASSIGNED)
    turn.tasks.all_running = False
    thread._start_new_tasks()
    assert thread.state is ThreadState.PARTITIONS_ASSIGNED
    turn.tasks.all_running, turn.is_over = True, False
    thread._start_new_tasks()
    assert thread.state is ThreadState.PARTITIONS_ASSIGNED
    turn.is_over = True
    thread._start_new_tasks()
    assert thread.state is ThreadState.RUNNING


def test_a_rebalance_that_changes_nothing_leaves_a_thread_running(turn: Turn) -> None:
    thread = begun(turn)
    thread.rebalanced(ThreadState.PARTITIONS_ASSIGNED)
    assert (thread.state, turn.calls) == (ThreadState.RUNNING, [])
    thread.rebalanced(ThreadState.PARTITIONS_REVOKED)
    assert (thread.state, turn.calls) == (ThreadState.PARTITIONS_REVOKED, ["a round ends"])


def test_a_rebalance_with_new_tasks_has_the_thread_wait_for_them(turn: Turn) -> None:
    thread = begun(turn)
    turn.tasks.all_running = False
    thread.rebalanced(ThreadState.PARTITIONS_ASSIGNED)
    assert (thread.state, turn.calls) == (ThreadState.PARTITIONS_ASSIGNED, ["a round ends"])


def test_a_thread_that_shuts_down_stays_so_whatever_its_group_does(turn: Turn) -> None:
    thread = begun(turn, ThreadState.PENDING_SHUTDOWN)
    thread.rebalanced(ThreadState.PARTITIONS_REVOKED)
    assert thread.state is ThreadState.PENDING_SHUTDOWN


@pytest.mark.parametrize(("same", "new_tasks"), [(True, False), (True, True), (False, True)])
def test_other_topics_are_taken_up_at_once_where_the_group_need_not_know_of_them(
    turn: Turn, same: bool, new_tasks: bool
) -> None:
    thread = begun(turn)
    turn.clients.application.placement = other = SimpleNamespace(same_carriers=lambda placement: same)
    turn.tasks.all_running = not new_tasks
    thread._take_up_changes()
    assert turn.calls == ([("adopt", other), *(["a round ends"] if new_tasks else [])] if same else [])
    assert thread.state is (ThreadState.PARTITIONS_ASSIGNED if same and new_tasks else ThreadState.RUNNING)
    assert thread._is_carried() is same
