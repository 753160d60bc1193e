"""The test driver's producer: keeps every record that the topology writes, in order."""

from __future__ import annotations

from collections import Counter, defaultdict

from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.task.record_producer import DeliveryReport, Send
from kstream_cli.testing.raw_record import ProducedRecord

PARTITIONS = 1


class CapturedOutput:
    """Takes what Kafka's producer takes; every topic has one partition.

    A record stamped by the producer shows as one without a timestamp.
    """

    takes_text = False

    def __init__(self) -> None:
        self.records: list[ProducedRecord] = []
        self.partition_counts = defaultdict[str, int](lambda: PARTITIONS)
        self.end_offsets: Counter[str] = Counter()
        """By topic: how many records were written to it."""

    def sender(self, topic: str, report: DeliveryReport, text: int = 0) -> Send:
        def send(
            value: bytes | None, key: bytes | None, partition: int, timestamp: int | None, headers: Headers
        ) -> None:
            self.end_offsets[topic] += 1
            self.records.append(
                ProducedRecord(topic, key, value, timestamp, tuple(headers) or NO_HEADERS, max(partition, 0))
            )

        return send

    def make_room(self) -> None:
        """A list is never full."""
