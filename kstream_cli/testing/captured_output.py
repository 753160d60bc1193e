"""The test driver's producer: places every record that the topology writes, and keeps it, in order."""

from __future__ import annotations

from collections import Counter, defaultdict

from kstream_cli.errors import StreamsError
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.task.partition import Partition
from kstream_cli.task.record_producer import PRODUCER_CHOOSES, DeliveryReport, Send
from kstream_cli.testing.partitions import TopicPartitions
from kstream_cli.testing.raw_record import ProducedRecord
from kstream_cli.testing.refusals import check_outgoing

LARGEST_BYTES = 1_000_000
"""Of a record, by default."""


class CapturedOutput:
    """Takes what Kafka's producer and a broker take, and refuses what they refuse.

    Without `topics` every one has one partition.

    A record stamped by the producer shows as one without a timestamp.
    """

    takes_text = False

    def __init__(self, topics: TopicPartitions | None = None, *, largest: int = LARGEST_BYTES) -> None:
        self._largest = largest
        self.records: list[ProducedRecord] = []
        self.partition_counts: defaultdict[str, int] | TopicPartitions = (
            defaultdict(lambda: 1) if topics is None else topics
        )
        self.end_offsets: Counter[Partition] = Counter()
        """By partition: how many records were written to it."""
        self._topics = topics if topics is not None and topics.is_divided else None

    def sender(self, topic: str, report: DeliveryReport, text: int = 0) -> Send:
        largest = self._largest

        def send(
            value: bytes | None, key: bytes | None, partition: int, timestamp: int | None, headers: Headers
        ) -> None:
            check_outgoing(value, key, partition, timestamp, headers, largest=largest)
            placed = (
                max(partition, 0)
                if self._topics is None
                else _placed(self._topics, topic, key and bytes(key), partition)
            )
            self.end_offsets[topic, placed] += 1
            self.records.append(ProducedRecord(topic, key, value, timestamp, tuple(headers) or NO_HEADERS, placed))

        return send

    def has_partition(self, topic: str, partition: int) -> bool:
        """Any from 0 on where nobody has said how many there are, as in Java's driver."""
        return partition >= 0 and (self._topics is None or partition < self._topics[topic])

    def make_room(self) -> None:
        """A list is never full."""


def _placed(topics: TopicPartitions, topic: str, key: bytes | None, partition: int) -> int:
    if partition == PRODUCER_CHOOSES:
        return topics.place(topic, key)
    if partition >= topics[topic]:
        raise StreamsError(f"topic {topic!r} has {topics[topic]} partitions: there is no partition {partition}")
    return partition
