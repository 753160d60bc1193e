"""How far a topic has grown, asked for all its partitions at once."""

from __future__ import annotations

import time

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec


class Watermarks:
    """Follows the ends of a topic's partitions."""

    def __init__(self, admin: AdminClient, topic: str, partitions: int = 1) -> None:
        self._admin = admin
        self._asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}

    def sum(self) -> int:
        """On a machine that is more than busy a topic may have no leader for a while: then it is asked again."""
        deadline = time.monotonic() + 120
        while True:
            try:
                answers = self._admin.list_offsets(self._asked, request_timeout=10)
                return sum(answer.result().offset for answer in answers.values())
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
