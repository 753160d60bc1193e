"""The first offsets of partitions, or their ends, as their leaders know them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from confluent_kafka import IsolationLevel, TopicPartition

from kstream_cli.runtime.clients.settling import once_settled
from kstream_cli.task.partition import Partition


def listed_offsets(
    admin: Any, keys: Collection[Partition], spec: Any, seconds: float, *, committed_only: bool = False
) -> dict[Partition, int]:
    """Partition -> the offset that `spec` asks for; with `committed_only`, of committed records alone.

    Waits up to `seconds` while a leader is elected. Raises KafkaException where the cluster does not answer.
    """
    wanted = {TopicPartition(*key): spec for key in keys}
    if not wanted:
        return {}
    options = {"isolation_level": IsolationLevel.READ_COMMITTED} if committed_only else {}

    def ask() -> dict[Partition, int]:
        answers = admin.list_offsets(wanted, request_timeout=seconds, **options)
        return {(each.topic, each.partition): int(future.result().offset) for each, future in answers.items()}

    return once_settled(ask, seconds)
