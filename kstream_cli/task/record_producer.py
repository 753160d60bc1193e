"""What a task writes through: a Kafka producer as far as a task knows one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from kstream_cli.record import Headers

PRODUCER_CHOOSES = -1
"""The partition of a record that the producer places itself: by the murmur2 hash of its key, at random without one."""

VALUE_IS_TEXT = 1
KEY_IS_TEXT = 2

DeliveryReport: TypeAlias = Callable[[Any, Any], None]
"""(error or None, message): tells how a send ended, from inside a poll or flush of the producer."""


Send: TypeAlias = Callable[[Any, Any, int, int | None, Headers], None]
"""Sends (value, key, partition, timestamp, headers), always given by position, to the topic it was made for.

Partition may be PRODUCER_CHOOSES, and timestamp None, for the producer's own clock. Raises BufferError when the
producer's queue is full.
"""


class RecordProducer(Protocol):
    """Kafka's producer, or the test driver's list."""

    @property
    def takes_text(self) -> bool:
        """Whether senders encode text themselves, and have copied what they were given when they return."""

    def sender(self, topic: str, report: DeliveryReport, text: int = 0) -> Send:
        """What sends to a topic; where it takes text, `text` is VALUE_IS_TEXT, KEY_IS_TEXT or their sum."""

    @property
    def partition_counts(self) -> Mapping[str, int]:
        """Topic -> how many partitions it has; asked only where a partition is chosen here."""

    def has_partition(self, topic: str, partition: int) -> bool:
        """Whether a topic has a partition, as far as anybody knows."""

    def make_room(self) -> None:
        """Wait until the queue may take records again."""
