"""Restores the stores of new tasks from their changelogs, in batches, while the thread's other tasks keep working.

It has a consumer of its own, which is there only while there is something to restore. A changelog is at its end when
the consumer says so (end of partition), that is where its leader says it ends, and nothing written before is still held
back by an open transaction. What the last commit of a store holds is not read again, so a restore that was broken off
goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from kstream_cli.errors import StreamsError, TaskCorruptedError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import REFUSED, access_denied
from kstream_cli.runtime.clients.kafka_clients import BATCH, KafkaConsumer
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.restore.changelog_ends import LIST_SECONDS, ChangelogEnds
from kstream_cli.runtime.restore.restore_listener import StateRestoreListener
from kstream_cli.runtime.restore.restored_batch import restore_batch
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

RECORDS_PER_COMMIT = 200_000
ASK_AGAIN_SECONDS = 0.5
ANSWER_SECONDS = LIST_SECONDS + 1.0
WARN_SECONDS = 15.0
OUT_OF_RANGE = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})
GONE = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})


@dataclass(slots=True)
class Restoring:
    """One store on its way to the end of its changelog."""

    task: StreamTask
    store: str
    topic: str
    partition: int
    position: int
    """The next offset to read; 0 stands for the beginning, wherever that is."""
    limit: int | None = None
    """Where to stop: the committed offset of a source topic that serves as changelog."""
    end: int | None = None
    asked: Future[Any] | None = None
    """Where the changelog ended when the task was assigned, as its leader says; asked for again while it cannot say."""
    asked_at: float = 0.0
    stood_at: int | None = None
    stood_since: float = 0.0
    warned_at: float = 0.0
    is_at_end: bool = False
    """The consumer has been at the end of what it may read."""
    restored: int = 0
    uncommitted: int = 0
    began: float = field(default_factory=time.time)

    @property
    def key(self) -> Partition:
        return self.topic, self.partition

    @property
    def remaining(self) -> int | None:
        """Records left, as far as known."""
        end = self.end if self.limit is None else self.limit
        return None if end is None else max(0, end - self.position)


class ChangelogReader:
    """Reads for one stream thread. Only that thread calls it."""

    def __init__(
        self,
        make_consumer: Callable[[], KafkaConsumer],
        ends: ChangelogEnds,
        listener: StateRestoreListener,
        on_restored: Callable[[int], None],
    ) -> None:
        self._make_consumer = make_consumer
        self._ends = ends
        self._consumer: Any = None
        self._listener = listener
        self._on_restored = on_restored
        """Told the number of records of each batch."""
        self._restoring: dict[Partition, Restoring] = {}
        self._waiting: dict[TaskId, set[Partition]] = {}
        self.is_busy = False
        """Whether the last read had records: there may be more at once."""

    @property
    def restoring(self) -> Iterable[Restoring]:
        return self._restoring.values()

    def add(self, task: StreamTask, committed: Mapping[Partition, int]) -> None:
        """Start restoring an opened task; `committed` are the offsets of its input partitions that there are."""
        found = []
        for store, changelog in task.changelogs.items():
            key = changelog.topic, changelog.partition
            start = task.restore_from(store) or 0
            limit = committed.get(key, 0) if changelog.is_source else None
            if limit is None or start < limit:
                found.append(Restoring(task, store, changelog.topic, changelog.partition, start, limit))
        self._waiting[task.id] = {each.key for each in found}
        self._restoring.update((each.key, each) for each in found)
        if found:
            self._ask([each for each in found if each.limit is None])
            self._assign(found)

    def remove(self, task: StreamTask) -> None:
        """Stop restoring a task that moved away."""
        keys = self._waiting.pop(task.id, set())
        for key in keys:
            each = self._restoring[key]
            self._listener.on_restore_suspended(each.topic, each.partition, each.store, each.restored)
        self._forget(keys)

    def is_restored(self, task: StreamTask) -> bool:
        return not self._waiting.get(task.id)

    def read(self, seconds: float) -> None:
        """Read and apply one batch, waiting for it at most so long."""
        self.is_busy = False
        if not self._restoring:
            return
        runs, events = fetch(self._consumer, BATCH, seconds)
        self.is_busy = bool(runs)
        for key, batch in runs:
            if key in self._restoring:
                self._apply(self._restoring[key], batch)
        for event in events:
            each = self._restoring.get((event.topic(), event.partition()))
            if each is not None:
                self._take(each, event)
        for each in list(self._restoring.values()):
            if each.is_at_end:
                self._finish_if_complete(each)
            else:
                each.end = each.end or self._high_watermark(each)
                self._require_reachable(each)

    def close(self) -> None:
        self._restoring.clear()
        self._waiting.clear()
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _assign(self, added: Sequence[Restoring]) -> None:
        if self._consumer is None:
            self._consumer = self._make_consumer()
        self._consumer.incremental_assign(
            [TopicPartition(each.topic, each.partition, each.position or OFFSET_BEGINNING) for each in added]
        )

    def _forget(self, keys: Collection[Partition]) -> None:
        for key in keys:
            del self._restoring[key]
        if not self._restoring:
            self.close_consumer()
        elif keys:
            self._consumer.incremental_unassign([TopicPartition(*key) for key in keys])

    def close_consumer(self) -> None:
        """Give its threads and memory back until there is something to restore again."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _apply(self, each: Restoring, batch: Sequence[Any]) -> None:
        # Where the records just before the limit were compacted away, only a later one shows that it is passed.
        is_past_limit = each.limit is not None and batch[-1].offset() + 1 >= each.limit
        if each.limit is not None:
            batch = [message for message in batch if message.offset() < each.limit]
        if not each.restored:
            self._begin(each, batch)
        if batch:
            next_offset = each.position = restore_batch(each.task, each.store, batch)
            each.restored += len(batch)
            each.uncommitted += len(batch)
            each.task.metrics.restored(each.store, len(batch), each.remaining)
            self._on_restored(len(batch))
            self._listener.on_batch_restored(each.topic, each.partition, each.store, next_offset, len(batch))
            if each.uncommitted >= RECORDS_PER_COMMIT:
                each.task.commit_restored()
                each.uncommitted = 0
        if is_past_limit:
            self._finish(each)

    def _begin(self, each: Restoring, batch: Sequence[Any]) -> None:
        each.end = self._high_watermark(each)
        start = batch[0].offset() if batch else each.position
        end = each.end if each.limit is None else each.limit
        log.info(
            "task %s: restoring store %s from %s-%d, offsets %d to %s", each.task.id, each.store, *each.key, start, end
        )
        self._listener.on_restore_start(each.topic, each.partition, each.store, start, end or start)

    def _take(self, each: Restoring, event: Any) -> None:
        """An event instead of a record: the end of the changelog, or something wrong with it."""
        code = event.error().code()
        if code == KafkaError._PARTITION_EOF:
            each.position = max(each.position, event.offset())
            each.is_at_end = True
        elif code in OUT_OF_RANGE:
            raise _out_of_reach(each, "which the broker does not have")
        elif code in REFUSED:
            raise access_denied(event.error(), f"READ on topic {each.topic!r}")
        elif code in GONE:
            raise StreamsError(
                f"task {each.task.id}: changelog topic {each.topic!r} of store {each.store!r} does not exist "
                "(any more): without it the state cannot be restored"
            )
        else:
            log.warning("task %s: reading %s-%d: %s", each.task.id, *each.key, event.error().str())

    def _require_reachable(self, each: Restoring) -> None:
        """A store ahead of its changelog would wait for ever: not every broker refuses to be read past the end."""
        if each.limit is None and not each.restored:
            end = self._told_end(each)
            if end is not None and end < each.position:
                raise _out_of_reach(each, f"which ends at {end}")
        self._warn(each, "nothing comes from the broker")

    def _told_end(self, each: Restoring) -> int | None:
        """Where the changelog ends, as its leader says; None while it does not: then it is asked again."""
        waited, answer = time.monotonic() - each.asked_at, each.asked
        if answer is not None and not answer.done() and waited < ANSWER_SECONDS:
            return None
        end = self._ends.told(each.key, answer) if answer is not None and answer.done() else None
        if end is None and waited > ASK_AGAIN_SECONDS:
            self._ask([each])
        return end

    def _ask(self, changelogs: Sequence[Restoring]) -> None:
        futures = self._ends.ask(each.key for each in changelogs)
        for each in changelogs:
            each.asked, each.asked_at = futures.get(each.key), time.monotonic()

    def _finish_if_complete(self, each: Restoring) -> None:
        if each.limit is None:
            end = self._told_end(each)
            if end is None:
                self._warn(each, "nobody can tell where it ends")
                return
            each.end = max(end, self._high_watermark(each) or 0)
            if each.position < each.end:
                self._warn(each, f"it ends at {each.end}: a transaction of a member that was killed may still be open")
                return
        self._finish(each)

    def _warn(self, each: Restoring, reason: str) -> None:
        """Say so, now and then, when a restore stands still at the end of what it may read."""
        now = time.monotonic()
        if each.position != each.stood_at:
            each.stood_at, each.stood_since, each.warned_at = each.position, now, now
        elif now - each.warned_at > WARN_SECONDS:
            each.warned_at = now
            log.warning(
                "task %s: restoring store %s waits at offset %d of %s-%d, since %.0f s; %s",
                *(each.task.id, each.store, each.position, *each.key, now - each.stood_since, reason),
            )

    def _finish(self, each: Restoring) -> None:
        if each.limit is None:
            # The end may lie past the last record: markers of transactions take up offsets, too.
            each.task.restore(each.store, (), each.position)
        if each.restored:
            log.info("task %s: store %s is restored, %d records", each.task.id, each.store, each.restored)
            self._listener.on_restore_end(each.topic, each.partition, each.store, each.restored)
        self._waiting[each.task.id].discard(each.key)
        self._forget([each.key])

    def _high_watermark(self, each: Restoring) -> int | None:
        """The end of the partition as of the last fetch, open transactions included."""
        try:
            _, high = self._consumer.get_watermark_offsets(TopicPartition(*each.key), cached=True)
        except KafkaException:
            return None
        return high if high >= 0 else None


def _out_of_reach(each: Restoring, reason: str) -> TaskCorruptedError:
    """The error for a local copy that does not fit its changelog; it is told before the copy is deleted."""
    return TaskCorruptedError(
        f"task {each.task.id}: store {each.store!r} is as of offset {each.position} of {each.topic}-{each.partition}, "
        f"{reason}, as after the topic was created again: its local copy is deleted, and it is rebuilt from the "
        "beginning of the changelog; what the changelog no longer has is lost",
        tasks=(each.task.id,),
    )
