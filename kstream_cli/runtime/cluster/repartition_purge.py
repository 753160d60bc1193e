"""Deletes repartition records once they are committed, so that repartition topics stay small."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import REFUSED
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.task.partition import Partition

log = logger(__name__)


class RepartitionPurge:
    """Asks the brokers in the background, every `repartition.purge.interval.ms`. Used by one stream thread."""

    def __init__(self, admin: KafkaAdmin, topics: frozenset[str], interval_seconds: float) -> None:
        self._admin = admin
        self._topics = topics
        self._interval = interval_seconds
        self._purged_at = time.monotonic()
        self._purged: dict[Partition, int] = {}
        self._asked: Mapping[TopicPartition, Future[Any]] = {}
        self._warned: set[str] = set()

    def purge(self, committed: Mapping[Partition, int], now: float) -> None:
        """Delete what lies below the committed offsets, if it is time."""
        if not self._topics or now - self._purged_at < self._interval:
            return
        self._purged_at = now
        self._tell_failures()
        due = {
            key: offset
            for key, offset in committed.items()
            if key[0] in self._topics and offset > self._purged.get(key, 0)
        }
        if not due:
            return
        try:
            self._asked = self._admin.delete_records([TopicPartition(*key, offset) for key, offset in due.items()])
        except KafkaException as failure:
            log.warning("repartition records cannot be purged: %s", failure.args[0].str())
        self._purged.update(due)

    def _tell_failures(self) -> None:
        """Warn, once a topic, of what the brokers did not delete the last time: without, the topic grows for ever."""
        for partition, answer in self._asked.items():
            if answer.done() and (failure := answer.exception()) is not None and partition.topic not in self._warned:
                self._warned.add(partition.topic)
                error = failure.args[0]
                hint = f": allow this user DELETE on topic {partition.topic!r}" if error.code() in REFUSED else ""
                log.warning("repartition records of %s are not deleted: %s%s", partition.topic, error.str(), hint)
        self._asked = {}
