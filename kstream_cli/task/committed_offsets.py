"""What a task commits: the offset from which each input partition goes on, with the times that depend on it."""

from __future__ import annotations

from collections.abc import Mapping

from kstream_cli.task import commit_metadata
from kstream_cli.task.partition import Partition
from kstream_cli.task.partition_group import PartitionGroup
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.task_context import TaskContext

Offsets = dict[Partition, tuple[int, str]]
"""(topic, partition) -> (offset, metadata)."""


class CommittedOffsets:
    """What was committed last, and what is to be committed next."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._last: Offsets = {}

    def resume(self, group: PartitionGroup, committed: Mapping[Partition, tuple[int, str | None]]) -> None:
        """Take partition times and the processors' numbers from what was committed last."""
        context = self._context
        for name, queue in group.queues.items():
            offset, metadata = committed.get(name, (None, None))
            if offset is not None:
                queue.position = offset
            queue.partition_time, numbers = commit_metadata.decode(metadata)
            context.stream_time = max(context.stream_time, queue.partition_time)
            for number_name, number in numbers.items():
                context.metadata[number_name] = max(context.metadata.get(number_name, number), number)

    def next(self, group: PartitionGroup, positions: Mapping[Partition, int]) -> Offsets:
        """Of each partition that moved since the last commit; `positions` are the consumer's own."""
        found: Offsets = {}
        for name, queue in group.queues.items():
            offset = _offset(queue, positions.get(name))
            if offset is not None:
                entry = (offset, commit_metadata.encode(queue.partition_time, self._context.metadata))
                if self._last.get(name) != entry:
                    found[name] = entry
        return found

    def note(self, offsets: Offsets) -> None:
        """These were committed."""
        self._last.update(offsets)

    def last(self, topic: str, partition: int) -> int | None:
        """The offset committed last."""
        committed = self._last.get((topic, partition))
        return None if committed is None else committed[0]


def _offset(queue: RecordQueue, position: int | None) -> int | None:
    """Where the partition goes on. The consumer's position counts where nothing is buffered: it is past records that
    a consumer is not shown."""
    offset = queue.next_offset()
    if position is None or len(queue) or queue.failed_at is not None:
        return offset
    return position if offset is None else max(position, offset)
