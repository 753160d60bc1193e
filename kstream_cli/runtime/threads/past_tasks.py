"""What the tasks did that a thread has given up: counts of a thread go on when its tasks move."""

from __future__ import annotations

from collections import Counter

from kstream_cli.task.stream_task import StreamTask


class PastTasks:
    """Sums over tasks that are closed."""

    def __init__(self) -> None:
        self.processed = 0
        self.sent: int | None = 0
        self.filtered: int | None = 0
        self.dropped: Counter[str] = Counter()
        self.stream_time = -1

    def add(self, task: StreamTask, processed: int) -> None:
        self.processed += processed
        self.sent = _sum(self.sent, task.collector.sent)
        self.filtered = _sum(self.filtered, task.filtered(processed))
        self.dropped.update(task.context.drops.by_reason)
        self.stream_time = max(self.stream_time, task.context.stream_time)


def _sum(total: int | None, count: int | None) -> int | None:
    return None if total is None or count is None else total + count
