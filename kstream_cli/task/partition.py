"""One partition of a topic, as a key: the Kafka client's own TopicPartition carries an offset and an error as well."""

from __future__ import annotations

from typing import TypeAlias

Partition: TypeAlias = tuple[str, int]
"""A topic's name on the broker, and a partition number."""
