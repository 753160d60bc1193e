"""The input partitions of one task: which record is next, and whether to wait for a partition that has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kstream_cli.errors import StateError
from kstream_cli.processor.time_queue import TimeQueue
from kstream_cli.record import RawRecord
from kstream_cli.task.record_queue import RecordQueue

Lag = Callable[[str, int], int | None]
"""(topic, partition) -> records on the broker that were not fetched yet; None when that is not known."""

NEVER_WAIT = -1


class PartitionGroup:
    """Gives the queue whose head has the smallest timestamp."""

    def __init__(self, queues: Iterable[RecordQueue], *, max_idle_ms: int, lag: Lag) -> None:
        self.queues = {(queue.topic, queue.partition): queue for queue in queues}
        self.only: RecordQueue | None = next(iter(self.queues.values())) if len(self.queues) == 1 else None
        """The queue of a task with a single input partition; it needs no order."""
        self.enforced = 0
        """How often records were processed although a partition that could have earlier ones was empty."""
        self._by_time: TimeQueue[RecordQueue] = TimeQueue()
        self._max_idle_ms = max_idle_ms
        self._lag = lag
        self._deadlines: dict[tuple[str, int], int] = {}

    def add(self, topic: str, partition: int, records: Sequence[RawRecord]) -> int:
        """Append records of one partition; how many it has buffered then."""
        try:
            queue = self.queues[topic, partition]
        except KeyError:
            raise StateError(f"{topic}-{partition} is no input of this task: {self._names()}") from None
        queue.add(records)
        if self.only is None and queue.record is None and queue.next_head():
            self._by_time.push(queue)
        return len(queue)

    def head(self) -> RecordQueue | None:
        """The queue to take the next record from, for a task with several partitions."""
        return self._by_time.peek()

    def advance(self) -> None:
        """The head was processed: on to the next record."""
        queue = self._by_time.pop()
        if queue.next_head():
            self._by_time.push(queue)

    def release_alone(self) -> RecordQueue | None:
        """The one queue that has records, if it is the only one, with its head among its messages again.

        It needs no order until more records are added; take_back() it after. Its head is decoded twice, so a user's
        timestamp extractor, which may count its calls, keeps it from being released.
        """
        head = self._by_time.peek()
        if len(self._by_time) != 1 or head is None or not head.stamps_itself:
            return None
        queue = self._by_time.pop()
        queue.unread_head()
        return queue

    def take_back(self, queue: RecordQueue) -> None:
        """Order a released queue with the others again."""
        if queue.next_head():
            self._by_time.push(queue)

    def buffered(self, topic: str, partition: int) -> int:
        return len(self.queues[topic, partition])

    def total_buffered(self) -> int:
        return sum(map(len, self.queues.values()))

    def ready(self, now: int) -> bool:
        """Whether there is a record to take, and no need to wait for an earlier one (`max.task.idle.ms`)."""
        if self.only is not None:
            return bool(self.only.messages)
        if not len(self._by_time):
            return False
        if self._max_idle_ms == NEVER_WAIT:
            return True
        if len(self._by_time) == len(self.queues):
            self._deadlines.clear()
            return True
        for name, queue in self.queues.items():
            if queue.record is not None:
                self._deadlines.pop(name, None)
            elif not self._waited_for(name, now):
                return False
        self.enforced += 1
        return True

    def waits_for(self) -> tuple[tuple[str, int], ...]:
        """The empty partitions for which records of others wait; none where nothing waits."""
        if self.only is not None or self._max_idle_ms == NEVER_WAIT or not len(self._by_time):
            return ()
        return tuple(name for name, queue in self.queues.items() if queue.record is None)

    def _waited_for(self, name: tuple[str, int], now: int) -> bool:
        """Whether an empty partition has been waited for long enough."""
        lag = self._lag(*name)
        if lag is None or lag > 0:
            self._deadlines.pop(name, None)
            return False
        return now >= self._deadlines.setdefault(name, now + self._max_idle_ms)

    def clear(self) -> None:
        for queue in self.queues.values():
            queue.clear()
        self._by_time.clear()
        self._deadlines.clear()

    def _names(self) -> str:
        return ", ".join(f"{topic}-{partition}" for topic, partition in self.queues)
