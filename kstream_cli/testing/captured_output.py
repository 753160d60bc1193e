"""The test driver's producer: keeps every record that the topology writes, in order."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kstream_cli.record import NO_HEADERS
from kstream_cli.testing.raw_record import ProducedRecord

PARTITIONS = 1


class CapturedOutput:
    """Takes what Kafka's producer takes; every topic has one partition."""

    own_clock: int | None = None  # A record stamped by the producer shows as one without a timestamp.
    zero_time = 0
    takes_text = False

    def __init__(self) -> None:
        self.records: list[ProducedRecord] = []
        self.end_offsets: Counter[str] = Counter()
        """By topic: how many records were written to it."""

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        report: Any,
        on_delivery: Any,
        timestamp: int | None,
        headers: list[tuple[str, bytes | None]] | None,
    ) -> None:
        self.end_offsets[topic] += 1
        self.records.append(
            ProducedRecord(topic, key, value, timestamp, tuple(headers) if headers else NO_HEADERS, max(partition, 0))
        )

    def partition_count(self, topic: str) -> int:
        return PARTITIONS

    def make_room(self) -> None:
        """A list is never full."""
