"""A stream thread: its own consumer, producer and tasks, and the loop that moves records through them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, TopicPartition

from kstream_cli.errors import (
    BrokerUnavailableError,
    CommitFailedError,
    FencedInstanceIdError,
    StreamsError,
    TaskCorruptedError,
    TaskMigratedError,
)
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import access_denied
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.clients.standstill import Standstill
from kstream_cli.runtime.cluster.topics import UNKNOWN_TOPIC
from kstream_cli.runtime.threads.backoff import Backoff
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.questions import Question, Questions
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.task_manager import TaskManager, corrupted_tasks
from kstream_cli.runtime.threads.thread_clients import ThreadClients
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics
from kstream_cli.runtime.threads.thread_progress import progress_of
from kstream_cli.runtime.threads.thread_summary import ThreadSummary
from kstream_cli.task.fencing import INSTANCE_FENCED, is_fatal
from kstream_cli.task.partition import Partition
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

POLL_EVERY_SECONDS = 0.2
WAITING_SECONDS = 0.01
LONGEST_POLL_SECONDS = 1.0
SLICE_SECONDS = 0.05
FIRST_SLICE = 500
LARGEST_SLICE = 10_000
PROGRESS_SECONDS = 0.25
WITHOUT_GROUP = frozenset({ThreadState.STARTING, ThreadState.PARTITIONS_REVOKED})
LOST_OFFSETS = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})


class StreamThread(threading.Thread):
    """Runs until `stop` is called or an error ends it; `on_state` and `on_end` tell the application of both."""

    def __init__(
        self,
        name: str,
        *,
        make_clients: Callable[[StreamThread], ThreadClients],
        metrics: ThreadMetrics,
        on_state: Callable[[], None],
        on_end: Callable[[StreamThread, BaseException | None], None],
        wait_seconds: float = 0.0,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.state = ThreadState.CREATED
        self.progress = ThreadProgress(name, self.state.value, time.time())
        self.metrics = metrics
        metrics.bind(lambda: self.state, lambda: self.progress)
        self._make_clients = make_clients
        self._on_state = on_state
        self._on_end = on_end
        self._wait_seconds = wait_seconds
        """How long the thread does nothing at first: the one before it failed."""
        self._stopping = threading.Event()
        self._paused = False
        self._questions = Questions()
        self._rejoins = Backoff(first_seconds=0.5, most_seconds=10, calm_seconds=5)
        self._is_uncommitted = False
        """Whether records were processed that the group has no commit of."""

    # Called by other threads

    def stop(self) -> None:
        """End after the present step: commit, give the tasks back and leave the group."""
        self._stopping.set()

    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def pause(self, paused: bool) -> None:
        """Stop or go on processing; membership and restoring go on."""
        self._paused = paused

    def put(self, question: Question) -> None:
        """Have the thread answer a question about its stores, between two steps."""
        self._questions.put(question)
        if self.state is ThreadState.DEAD:
            self._refuse_questions()

    @property
    def current_task(self) -> TaskId | None:
        """The task whose records are being processed, for the log."""
        tasks: TaskManager | None = getattr(self, "_tasks", None)
        return None if tasks is None else tasks.working_on

    # The thread itself

    def run(self) -> None:
        error: BaseException | None = None
        self._set_state(ThreadState.STARTING)
        self._stopping.wait(self._wait_seconds)
        try:
            self._run_memberships()
        except BrokerUnavailableError as failure:
            # Told to stop while it waited for a broker, and with nothing to commit, it ends as it should.
            error = None if self.is_stopping() and not self._is_uncommitted else failure
        except BaseException as failure:
            error = failure
        finally:
            self._set_state(ThreadState.PENDING_SHUTDOWN)
            self._set_state(ThreadState.DEAD)
            self._refuse_questions()
            self._on_end(self, error)

    def _run_memberships(self) -> None:
        """Be a member of the group; once fenced, or when other topics carry the tasks, start over as a new one."""
        while not self.is_stopping():
            try:
                self._be_member()
            except (TaskCorruptedError, TaskMigratedError) as error:
                if self.is_stopping():
                    if self._is_uncommitted:
                        raise CommitFailedError(f"the last commit failed: {error}") from error
                    return
                log.warning("%s; the thread joins its group again", error)
                self._stopping.wait(self._rejoins.failed())

    def _be_member(self) -> None:
        self._is_uncommitted = False
        clients = self._make_clients(self)
        clean = False
        try:
            self._start(clients)
            while not self.is_stopping() and self._is_carried():
                self._run_once()
            self._set_state(ThreadState.PENDING_SHUTDOWN if self.is_stopping() else ThreadState.PARTITIONS_REVOKED)
            clean = True
        except TaskMigratedError:
            clients.require_place()
            raise
        except BaseException:
            clients.tasks.commit_others()
            raise
        finally:
            self._is_uncommitted = clients.tasks.has_uncommitted
            clients.close(commit=clean)
            self._is_uncommitted &= not clean
            self._publish(0.0)

    def _start(self, clients: ThreadClients) -> None:
        config = clients.config
        self._clients = clients
        self._consumer, self._tasks, self._listener = clients.consumer, clients.tasks, clients.listener
        self._batch_size = config.max_poll_records
        self._poll_seconds = config.poll_ms / 1000
        self._commit_seconds = config.commit_interval_ms / 1000
        self._slice = FIRST_SLICE
        self._committed_at = self._polled_at = time.monotonic()
        self._published_at = 0.0
        self._summary = ThreadSummary(self.metrics, config.log_summary_interval_ms)
        self._waiting = False
        """What is left in the buffers waits for another partition's records, or all is paused."""
        self._held_back: dict[Partition, int] = {}
        """Paused partitions, and at how many records that wait they are fetched again."""
        self._standstill = Standstill(log)
        while not clients.application.topics.is_agreed.wait(WAITING_SECONDS):
            if self.is_stopping():
                return
        clients.subscribe()

    def _is_carried(self) -> bool:
        """Whether the group's topics are still those that this member subscribed to."""
        tasks, placement = self._tasks, self._clients.application.placement
        return placement is tasks.placement or placement.same_carriers(tasks.placement)

    def _run_once(self) -> None:
        """One turn: records in, tasks forward, results committed."""
        self._poll()
        try:
            self._listener.raise_error()
            self._take_up_changes()
            self._start_new_tasks()
            self._process()
            self._answer_questions()
        except TaskCorruptedError as error:
            self._start_again(error)
        self._tell_of_wait()
        self._publish(time.monotonic())

    def _tell_of_wait(self) -> None:
        """Without tasks, and not told why, by the group: its coordinator may not answer, or a member not come back."""
        if self.state in WITHOUT_GROUP and not self._clients.application.join_refusal.is_waiting:
            self._standstill.waits(
                f"waiting for group {self._clients.config.application_id} to give out its tasks: its coordinator does "
                "not answer, or waits for other members to join"
            )
        else:
            self._standstill.over()

    # Records in

    def _poll(self) -> None:
        """Take what the consumer has fetched; wait only where there is nothing else to do."""
        self._polled_at = time.monotonic()
        consumer, buffered = self._consumer, self._tasks.buffered()
        # A poll with work in hand is for the group's sake: it must not wait, nor pile up records.
        full = buffered < self._batch_size or (self._waiting and not self._paused)
        seconds = 0.0
        if (not buffered or self._waiting) and not self._tasks.is_restoring:
            # Tasks that wait for their offsets, or restore, are looked after often, but not without a pause.
            is_brief = (buffered and not self._paused) or self._questions.are_likely or not self._tasks.all_running
            seconds = WAITING_SECONDS if is_brief else self._longest_poll()
        runs, events = fetch(consumer, self._batch_size if full else 1, seconds)
        count = sum(len(run) for _, run in runs) + len(events)
        self.metrics.polled(time.monotonic() - self._polled_at, count)
        if count:
            self._add_records(runs, events)

    def _longest_poll(self) -> float:
        """How long to wait for records: `poll.ms`, but not past a commit that is due, and with an ear for all else."""
        seconds = min(self._poll_seconds, LONGEST_POLL_SECONDS)
        if self._tasks.has_uncommitted:
            due = self._committed_at + self._commit_seconds - time.monotonic()
            seconds = max(min(seconds, due), min(seconds, WAITING_SECONDS))
        return seconds

    def _add_records(self, runs: Sequence[tuple[Partition, Sequence[Any]]], events: Sequence[Any]) -> None:
        by_task, positions = self._tasks.by_partition, self._tasks.positions
        last: dict[Partition, int] = {}
        for key, run in runs:
            task = by_task.get(key)
            if task is None:
                continue  # Fetched before the partition was given back.
            positions.pop(key, None)
            last[key] = run[-1].offset()
            buffered = task.add_records(*key, run)
            if self._paused or self._clients.pause_limit.is_exceeded(buffered, run[-1]):
                self._hold_back(key, buffered // 2)
        for event in events:
            self._take_event(event, last)

    def _hold_back(self, key: Partition, resume_at: int) -> None:
        """Fetch no more of a partition whose task waits for another one."""
        if key not in self._held_back:
            self._held_back[key] = resume_at
            self._consumer.pause([TopicPartition(*key)])

    def _let_go(self) -> None:
        """Fetch partitions again whose tasks have caught up."""
        for key, resume_at in list(self._held_back.items()):
            task = self._tasks.by_partition.get(key)
            if task is None:
                del self._held_back[key]
            elif not self._paused and task.buffered(*key) <= resume_at:
                del self._held_back[key]
                self._consumer.resume([TopicPartition(*key)])

    def _take_event(self, event: Any, last: Mapping[Partition, int]) -> None:
        """Take an event that came with a batch; `last` are the last offsets of the records beside it."""
        error, key = event.error(), (event.topic(), event.partition())
        if error.code() == KafkaError._PARTITION_EOF:
            # Records may have come after the partition was at its end.
            if key in self._tasks.by_partition and last.get(key, -1) < event.offset():
                self._tasks.at_end(key, event.offset())
        elif error.code() in LOST_OFFSETS:
            if key in self._tasks.by_partition:
                self._clients.offset_lost(*key)
        elif error.code() == KafkaError._MAX_POLL_EXCEEDED:
            log.warning(
                "%s: records take too long for max.poll.interval.ms; the group takes the tasks away", error.str()
            )
        elif error.name() == INSTANCE_FENCED or (
            is_fatal(error) and self._clients.config.group_instance_id is not None
        ):
            # A static member that joined again would put out its successor, and so on for ever.
            raise FencedInstanceIdError(error.str())
        elif error.fatal():
            raise StreamsError(f"this member was put out of its group for good: {error.str()}")
        elif error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            raise access_denied(error, f"READ on group {self._clients.config.application_id!r}")
        elif error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            raise access_denied(error, f"READ on topic {event.topic()!r}")
        elif error.code() == KafkaError._FATAL:
            raise StreamsError(f"the cluster refuses: {error.str()}")
        elif not self._clients.application.join_refusal.take(error):
            if error.code() in UNKNOWN_TOPIC:
                self._clients.application.look_at_topics()
            log.warning("consumer: %s", error.str())

    # Tasks forward

    def _start_new_tasks(self) -> None:
        tasks = self._tasks
        tasks.advance()
        if self.state is ThreadState.PARTITIONS_ASSIGNED and tasks.all_running and self._is_rebalanced():
            self._set_state(ThreadState.RUNNING)

    def _is_rebalanced(self) -> bool:
        return self._clients.rebalance_end.is_over(self._tasks.placement, len(self._tasks.running))

    def _take_up_changes(self) -> None:
        """Go by the topics, and by the clusters that answer, as the instance knows them now."""
        placement, outages = self._clients.application.placement, self._clients.outages
        has_changed = outages is not None and outages.look()
        if placement is not self._tasks.placement and placement.same_carriers(self._tasks.placement):
            self._tasks.adopt(placement)
            has_changed = True
        if has_changed and not self._tasks.all_running:
            self.rebalanced(ThreadState.PARTITIONS_ASSIGNED)

    def _process(self) -> None:
        """Process what is buffered, in slices, so that commits, punctuations and the group are never kept waiting."""
        self._waiting = True
        tasks, producer, metrics = self._tasks, self._clients.producer, self.metrics
        while not self._paused:
            began = time.monotonic()
            processed = tasks.process(self._slice)
            done = time.monotonic()
            if processed:
                metrics.processed(done - began, processed)
            if tasks.punctuate():
                metrics.punctuated(time.monotonic() - done)
            producer.poll()
            now = time.monotonic()
            self._adapt_slice(processed, now - began)
            self._commit_if_due(now)
            self._answer_questions()
            self._waiting = not processed
            if self._waiting or now - self._polled_at > POLL_EVERY_SECONDS or self.is_stopping():
                break
        if self._paused:
            self._commit_if_due(time.monotonic())
        if self._held_back:
            self._let_go()

    def _adapt_slice(self, processed: int, seconds: float) -> None:
        """Slices grow while they are quick, and shrink when user code is slow."""
        if seconds > 2 * SLICE_SECONDS:
            self._slice = max(1, self._slice // 2)
        elif processed >= self._slice and seconds < SLICE_SECONDS:
            self._slice = min(LARGEST_SLICE, self._slice * 2)

    def _commit_if_due(self, now: float) -> None:
        if now - self._committed_at < self._commit_seconds and not self._tasks.commit_requested:
            return
        if self._tasks.commit():
            self._clients.purge(now)
        self._clients.share_cache()
        self._committed_at = time.monotonic()

    def rebalanced(self, state: ThreadState) -> None:
        """Called by the listener, inside a poll. Each rebalance ends with a call, most of them without a change."""
        if state is ThreadState.PARTITIONS_ASSIGNED and self.state is ThreadState.RUNNING and self._tasks.all_running:
            return
        self._clients.application.join_refusal.joined()
        self._clients.rebalance_end.begin()
        if self.state is not ThreadState.PENDING_SHUTDOWN:
            self._set_state(state)

    # When something went wrong

    def _start_again(self, error: TaskCorruptedError) -> None:
        """Drop all uncommitted work, and start the tasks from the last commit."""
        log.warning("%s", error)
        self._set_state(ThreadState.PARTITIONS_ASSIGNED)
        self._held_back.clear()
        self._tasks.start_again(corrupted_tasks(error))

    # Telling

    def _answer_questions(self) -> None:
        if self._questions.are_waiting:
            self._questions.answer(self._tasks.local_stores, self._tasks.commit)

    def _refuse_questions(self) -> None:
        self._questions.refuse(f"{self.name} has ended")

    def _set_state(self, state: ThreadState) -> None:
        if state is self.state and state is ThreadState.PENDING_SHUTDOWN:
            return
        self.state = self.state.to(state)
        self._on_state()

    def _publish(self, now: float) -> None:
        """Make a new snapshot for whoever watches, a few times a second."""
        if now - self._published_at >= PROGRESS_SECONDS or not now:
            self._published_at = now
            self.metrics.observe()
            self._summary.log_if_due(time.monotonic())
            self.progress = progress_of(self.name, self.state, self._clients)
