"""How far a topic has grown, asked for all its partitions at once."""

from __future__ import annotations

import time

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

PATIENCE_SECONDS = 60


class Watermarks:
    """Follows the ends of a topic's partitions."""

    def __init__(self, bootstrap: str, topic: str, partitions: int = 1) -> None:
        self._bootstrap = bootstrap
        self._admin = self._client()
        self._asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}

    def sum(self) -> int:
        """All that was ever appended, transactions' markers among it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answers = self._admin.list_offsets(self._asked, request_timeout=10)
                return sum(answer.result().offset for answer in answers.values())
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
                # A client that once asked for a topic a moment too early goes on saying that it has no leader.
                self._admin = self._client()

    def _client(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self._bootstrap, "log_level": 0})
