"""Looks whether the topics that an application writes to are still there.

A producer notices only after half a minute (topic.metadata.propagation.max.ms), and does not say which topic it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaException

from kstream_cli.clusters import cluster_of
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.cluster.topics import UNKNOWN_TOPIC

log = logger(__name__)

ANSWER_SECONDS = 2.0


class WrittenTopics:
    """Used by one thread of an instance. `names` are those on the broker."""

    def __init__(self, consumer: KafkaConsumer, names: Iterable[str]) -> None:
        self._consumer = consumer
        self._names = sorted(names)
        self._seen: set[str] = set()
        """Those that were there at the last look."""

    def look(self) -> None:
        """Say which topics are gone that were there before, and which have come back."""
        for topic, is_there in self._found().items():
            if is_there:
                self._seen.add(topic)
            elif topic in self._seen:
                self._seen.discard(topic)
                log.error(
                    "topic %s is gone: what is written to it waits, and the application ends in half a minute; "
                    "create the topic again, with as many partitions as before",
                    topic,
                )

    def _found(self) -> dict[str, bool]:
        """Whether each topic is there, as far as the brokers can tell.

        A consumer asks, for a producer or an admin client might make the topic by asking.
        """
        found: dict[str, bool] = {}
        silent: set[str | None] = set()
        for topic in self._names:
            if cluster_of(topic) in silent:
                continue
            try:
                answer = self._consumer.list_topics(topic, ANSWER_SECONDS).topics[topic]
            except KafkaException:
                silent.add(cluster_of(topic))
                continue
            if answer.error is None or answer.error.code() in UNKNOWN_TOPIC:
                found[topic] = answer.error is None
        return found
