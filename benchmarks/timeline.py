"""A run's progress over time, read off its output topic: every record there carries the broker's append time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition

from benchmarks.workload import Checker

BUCKET_MS = 100


@dataclass(frozen=True)
class Timeline:
    """`points` are (append time in ms, input records accounted for up to then), ascending."""

    points: tuple[tuple[int, float], ...]
    outputs: int

    @property
    def records(self) -> float:
        return self.points[-1][1]

    @property
    def start(self) -> float:
        return self.points[0][0] / 1000

    @property
    def end(self) -> float:
        return self.points[-1][0] / 1000

    @property
    def counted(self) -> float:
        """Input records between the first point and the last."""
        return self.records - self.points[0][1]

    @property
    def rate(self) -> float:
        """Input records a second from the first output to the last."""
        return self.counted / (self.end - self.start) if len(self.points) > 1 else 0.0

    def without(self, seconds: float) -> Timeline | None:
        """The same without its first seconds; None where nothing is left."""
        kept = tuple(point for point in self.points if point[0] / 1000 >= self.start + seconds)
        return Timeline(kept, self.outputs) if kept else None


def read_timeline(bootstrap: str, topic: str, checker: Checker) -> Timeline:
    """Read the whole output through `checker`."""
    progress: dict[int, float] = defaultdict(float)
    outputs = 0
    for batch in read_batches(bootstrap, topic):
        parts = [map(part, batch) for part in (Message.partition, Message.key, Message.value)]
        records: Any = zip(*parts, strict=True)
        for (_, appended), accounted in zip(map(Message.timestamp, batch), map(checker.add, records), strict=True):
            progress[appended // BUCKET_MS] += accounted
        outputs += len(batch)
    total, points = 0.0, []
    for bucket in sorted(bucket for bucket, records in progress.items() if records):
        total += progress[bucket]
        points.append((bucket * BUCKET_MS, total))
    return Timeline(tuple(points), outputs)


def read_topic(bootstrap: str, topic: str) -> Iterator[Message]:
    """The records of `read_batches`, one by one."""
    for batch in read_batches(bootstrap, topic):
        yield from batch


def read_batches(bootstrap: str, topic: str) -> Iterator[list[Message]]:
    """All committed records of a topic, up to where it ended when asked."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "benchmark-reader",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "queued.min.messages": 500_000,
            "fetch.queue.backoff.ms": 5,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        open_partitions = len(partitions)
        while open_partitions:
            messages = consumer.consume(10_000, 1)
            # The only event asked for is the end of a partition.
            records = [message for message in messages if message.error() is None]
            open_partitions -= len(messages) - len(records)
            yield records
    finally:
        consumer.close()
