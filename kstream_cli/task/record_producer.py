"""What a task writes through: a Kafka producer as far as a task knows one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

PRODUCER_CHOOSES = -1
"""The partition of a record that the producer places itself: by the murmur2 hash of its key, at random without one."""

VALUE_IS_TEXT = 1
KEY_IS_TEXT = 2

DeliveryReport: TypeAlias = Callable[[Any, Any], None]
"""(error or None, message): tells how a send ended, from inside a poll or flush of the producer."""


class RecordProducer(Protocol):
    """Kafka's producer, or the test driver's list."""

    @property
    def produce(self) -> Callable[..., None]:
        """Called with positional arguments only, those of confluent_kafka.Producer.produce, whose bound method this can
        be: topic, value, key, partition, delivery report, None, timestamp, headers (a list or None). Where it takes
        text, the None may be VALUE_IS_TEXT, KEY_IS_TEXT or their sum. Raises BufferError when the queue is full."""

    @property
    def takes_text(self) -> bool:
        """Whether `produce` encodes text itself."""

    @property
    def own_clock(self) -> int | None:
        """The timestamp to pass for a record that the producer is to stamp with its own clock."""

    @property
    def zero_time(self) -> int:
        """The timestamp to pass for 1970-01-01T00:00: 0, unless the producer takes that for no timestamp at all."""

    def partition_count(self, topic: str) -> int:
        """How many partitions a topic has; asked only where a partitioner needs it."""

    def make_room(self) -> None:
        """Wait until the queue may take records again."""
