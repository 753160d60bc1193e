"""Learns how far the changelogs of a thread's stores reach, so that a restart need not read what the stores hold.

Ends are asked of the leaders. What a fetch says of them may be too little: a leader that was elected a moment ago, or a
broker that came back, does not know yet how much of its log the others have, and only this request waits until it does.

The offset that a store keeps must never be ahead of its data. An end listed after one commit is therefore used only
when the *next* commit has succeeded: by then it is sure that the thread still owned the task when it listed the end, so
that all records below it were its own, and they are all in the store.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.task.partition import Partition

LIST_SECONDS = 5.0
LOOK_UP_SECONDS = 1.0


class ChangelogEnds:
    """Lists ends in the background at a bounded rate. Used by one stream thread."""

    def __init__(self, admin: KafkaAdmin, *, interval_seconds: float = 5.0) -> None:
        self._admin = admin
        self._interval = interval_seconds
        self._listing: dict[Partition, Future[Any]] = {}
        self._listed_at = 0.0
        self._moved: set[str] = set()
        """Topics whose leaders may be others than the client believes."""

    def ask(self, changelogs: Iterable[Partition]) -> dict[Partition, Future[Any]]:
        """Where these end, open transactions included: told once their leaders can say; none if nobody can be asked."""
        wanted = {TopicPartition(*key): OffsetSpec.latest() for key in changelogs}  # type: ignore[no-untyped-call]
        if not wanted:
            return {}
        try:
            self._look_up_leaders({each.topic for each in wanted} & self._moved)
            futures = self._admin.list_offsets(wanted, request_timeout=LIST_SECONDS)
        except KafkaException:
            return {}
        return {(each.topic, each.partition): future for each, future in futures.items()}

    def told(self, key: Partition, answer: Future[Any]) -> int | None:
        """The end in an answer that is there; None where nobody could tell. librdkafka gives some errors as offsets."""
        if answer.exception() is None:
            offset: int = answer.result().offset
            if offset >= 0:
                return offset
        self._moved.add(key[0])
        return None

    def _look_up_leaders(self, topics: Iterable[str]) -> None:
        """librdkafka would go on asking the leader of before, or in its epoch, until its metadata is due."""
        for topic in topics:
            self._admin.list_topics(topic, LOOK_UP_SECONDS)
            self._moved.discard(topic)

    def take(self) -> dict[Partition, int]:
        """The ends listed before; call it when a commit has succeeded. Each is given once."""
        ends: dict[Partition, int] = {}
        for key, future in list(self._listing.items()):
            if future.done():
                del self._listing[key]
                end = self.told(key, future)
                if end is not None:
                    ends[key] = end
        return ends

    def list(self, changelogs: Iterable[Partition], *, now: bool = False) -> None:
        """Ask for the ends, unless that was done a moment ago; call it after `take`."""
        if self._listing or (not now and time.monotonic() - self._listed_at < self._interval):
            return
        if listing := self.ask(changelogs):
            self._listed_at = time.monotonic()
            self._listing = listing

    def wait(self) -> None:
        """Wait for the ends asked for; those that do not come are done without."""
        for future in self._listing.values():
            try:
                future.result(LIST_SECONDS)
            except (KafkaException, TimeoutError):
                continue

    def forget(self) -> None:
        """Drop what was listed: the work since then was not committed."""
        self._listing = {}
