"""Commits the work of a thread's tasks: the few calls whose order is at-least-once, or exactly-once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from confluent_kafka import KafkaException, TopicPartition

from kstream_cli.errors import (
    BrokerUnavailableError,
    FencedInstanceIdError,
    TaskCorruptedError,
    TaskMigratedError,
)
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.clients.streams_producer import StreamsProducer, TransactionalProducer
from kstream_cli.runtime.restore.changelog_ends import ChangelogEnds
from kstream_cli.task.fencing import INSTANCE_FENCED, is_fatal
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

Offsets = dict[Partition, tuple[int, str]]

FLUSH_SECONDS = 15.0
LEAST_FLUSH_SECONDS = 0.1
LAST_COMMIT_SECONDS = 15.0


class Committer:
    """Used by one stream thread, with its consumer and producer."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        producer: StreamsProducer,
        ends: ChangelogEnds,
        *,
        timeout_seconds: float,
        on_commit: Callable[[float], None],
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._ends = ends
        self._timeout = timeout_seconds
        self._on_commit = on_commit
        """Told the seconds that a commit took."""
        self._failing_since: float | None = None
        self._problem = ""
        """What was last in the way of a commit."""
        self.committed: Offsets = {}
        """What was committed last, by input partition."""
        self.commits = 0
        self.committed_at: dict[TaskId, float] = {}

    def commit(self, tasks: Iterable[StreamTask], positions: Mapping[Partition, int]) -> bool:
        """Commit what the tasks did; False when the group cannot take a commit now, as in a rebalance.

        A member that was put out learns so at its next poll. Under exactly-once a commit that fails raises
        TaskMigratedError or TaskCorruptedError, as its transaction cannot be saved.
        """
        working = [task for task in tasks if task.commit_needed]
        if not working:
            self._failing_since = None  # What could not be committed was given up.
            return True
        began = time.monotonic()
        prepared = {task.id: task.prepare_commit(positions) for task in working}
        offsets = {key: entry for each in prepared.values() for key, entry in each.items()}
        if not offsets:
            # Punctuations have written, and nothing was read. The broker looks at the membership only where offsets
            # are committed, so a zombie's transaction would be taken: those of the last commit show who it is.
            offsets = {key: self.committed[key] for task in working for key in task.inputs if key in self.committed}
        if not self._send(working, offsets):
            return False
        ends = self._ends.take()
        for task in working:
            task.post_commit(_reached(task, ends), prepared[task.id])
        self.committed.update(offsets)
        self.commits += 1
        self.committed_at.update(dict.fromkeys(prepared, time.time()))
        self._ends.list(_changelogs(working))
        self._on_commit(time.monotonic() - began)
        return True

    def commit_last(self, tasks: Sequence[StreamTask], positions: Mapping[Partition, int]) -> None:
        """Commit tasks that are about to be closed, and note how far their changelogs reach.

        For the latter the same offsets are committed once more, which proves that nobody else wrote meanwhile.
        Raises TaskMigratedError, with the reason, where no commit is possible for 15 s.
        """
        deadline = time.monotonic() + LAST_COMMIT_SECONDS
        while not self.commit(tasks, positions):
            if time.monotonic() > deadline:
                raise TaskMigratedError(f"no commit was possible for {LAST_COMMIT_SECONDS:g} s: {self._problem}")
            time.sleep(0.05)
        stateful = [task for task in tasks if _changelogs([task])]
        again = {key: self.committed[key] for task in stateful for key in task.inputs if key in self.committed}
        if not again:
            return
        self._ends.forget()
        self._ends.list(_changelogs(stateful), now=True)
        self._ends.wait()
        try:
            acknowledged = self._send([], again)
        except (BrokerUnavailableError, FencedInstanceIdError, TaskCorruptedError, TaskMigratedError) as error:
            # What the tasks did is committed. Only how far their changelogs reach stays unknown.
            log.info("local state is noted as of an earlier commit: %s", error)
            return
        if acknowledged:
            ends = self._ends.take()
            for task in stateful:
                task.post_commit(_reached(task, ends))

    def forget(self, tasks: Iterable[StreamTask]) -> None:
        """The tasks are not the thread's any more."""
        for task in tasks:
            self.committed_at.pop(task.id, None)
            for key in task.inputs:
                self.committed.pop(key, None)

    def _send(self, tasks: Sequence[StreamTask], offsets: Offsets) -> bool:
        """Make records and offsets stand on the broker."""
        entries = [
            TopicPartition(topic, partition, offset, metadata)
            for (topic, partition), (offset, metadata) in offsets.items()
        ]
        left = self._producer.flush(min(FLUSH_SECONDS, max(self._timeout, LEAST_FLUSH_SECONDS)))
        for task in tasks:
            task.check_sends()
        if left:
            return self._not_yet(f"{left} record{'s are' if left > 1 else ' is'} not acknowledged by the brokers")
        if isinstance(self._producer, TransactionalProducer):
            self._producer.commit(entries, _metadata_for(self._consumer, entries))
        elif entries and (problem := self._commit_offsets(entries)):
            return self._not_yet(problem)
        self._failing_since = None
        return True

    def _commit_offsets(self, entries: list[TopicPartition]) -> str | None:
        """Commit to the group; what is in the way, if it may pass."""
        try:
            self._consumer.commit(offsets=entries, asynchronous=False)
        except KafkaException as failure:
            error = failure.args[0]
            if error.name() == INSTANCE_FENCED or is_fatal(error):
                raise FencedInstanceIdError(error.str()) from failure
            # The generation is out of date while a rebalance goes on in the background: librdkafka tells, at the next
            # poll, whether the tasks are lost.
            return str(error.str())
        return None

    def _not_yet(self, problem: str) -> bool:
        """The commit is tried again after the next poll, for as long as task.timeout.ms allows."""
        now = time.monotonic()
        self._problem = problem
        self._failing_since = self._failing_since or now
        if now - self._failing_since > self._timeout:
            raise BrokerUnavailableError(f"no commit was possible for {self._timeout:g} s (task.timeout.ms): {problem}")
        log.info("the commit is tried again: %s", problem)
        return False


def _metadata_for(consumer: KafkaConsumer, entries: Sequence[TopicPartition]) -> bytes | None:
    """Who commits the offsets; a consumer may have a say in whether they are its own."""
    own = getattr(consumer, "metadata_for", None)
    found: bytes | None = consumer.consumer_group_metadata() if own is None else own(entries)
    return found


def _changelogs(tasks: Iterable[StreamTask]) -> list[Partition]:
    return [(each.topic, each.partition) for task in tasks for each in task.changelogs.values() if not each.is_source]


def _reached(task: StreamTask, ends: Mapping[Partition, int]) -> dict[str, int]:
    """By store: how far its changelog reaches, where that is known."""
    return {
        store: ends[each.topic, each.partition]
        for store, each in task.changelogs.items()
        if (each.topic, each.partition) in ends
    }
