"""Which clusters beside home do not answer: asked now and then by one thread of an instance, read by all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from confluent_kafka import KafkaException

from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.clients.standstill import Standstill

log = logger(__name__)

ANSWER_SECONDS = 3.0


class ClusterHealth:
    """`away` are the clusters that did not answer when they were asked last."""

    def __init__(self) -> None:
        self.away: frozenset[str] = frozenset()
        self._waiting: dict[str, Standstill] = {}

    def note(self, cluster: str, problem: str | None) -> None:
        """What came of asking a cluster: what is in the way, or None where it answers."""
        waiting = self._waiting.setdefault(cluster, Standstill(log))
        if problem is not None:
            if cluster not in self.away:
                log.warning("cluster %s does not answer: the tasks that need it wait for it (%s)", cluster, problem)
            self.away |= {cluster}
            waiting.waits(f"cluster {cluster} does not answer: the tasks that need it wait")
        elif cluster in self.away:
            log.warning("cluster %s answers again", cluster)
            self.away -= {cluster}
            waiting.over()


class ClusterWatch:
    """Asks clusters for one topic each, with a consumer, which does not make the topic by asking."""

    def __init__(
        self, health: ClusterHealth, topics: Mapping[str, str], make_consumer: Callable[[str], KafkaConsumer]
    ) -> None:
        """`topics` are a topic's name of each cluster, `make_consumer` makes a consumer of a cluster."""
        self._health = health
        self._topics = topics
        self._make_consumer = make_consumer
        self._consumers: dict[str, KafkaConsumer] = {}

    @property
    def clusters(self) -> Iterable[str]:
        return self._topics

    def look(self, cluster: str) -> None:
        """Ask one cluster whether it is there."""
        if cluster not in self._consumers:
            self._consumers[cluster] = self._make_consumer(cluster)
        try:
            self._consumers[cluster].list_topics(self._topics[cluster], ANSWER_SECONDS)
        except KafkaException as failure:
            self._health.note(cluster, failure.args[0].str())
        else:
            self._health.note(cluster, None)

    def close(self) -> None:
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers.clear()
