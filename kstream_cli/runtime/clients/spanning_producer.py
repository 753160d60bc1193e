"""A producer whose topics may be in several clusters: home's, with its transactions, and one for each other cluster."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import TopicPartition

from kstream_cli.clusters import cluster_of, name_of
from kstream_cli.runtime.clients.bounded_call import call_in_background
from kstream_cli.runtime.clients.cluster_health import ClusterHealth
from kstream_cli.runtime.clients.kafka_clients import KafkaProducer
from kstream_cli.runtime.clients.renamed import Renamed
from kstream_cli.runtime.clients.senders import has_senders, sender
from kstream_cli.runtime.clients.spanning_consumer import at_home
from kstream_cli.task.record_producer import DeliveryReport, Send

LOOK_SECONDS = 0.2


class SpanningProducer:
    """As KafkaProducer; topics of other clusters have their cluster in front. `make` makes such a cluster's producer.

    A flush covers all clusters, so that what is committed at home is acknowledged everywhere. One that is away ends it
    early: see `give_up`.
    """

    def __init__(
        self, home: KafkaProducer, make: Callable[[str], KafkaProducer], application_id: str, health: ClusterHealth
    ) -> None:
        self._home = home
        self._make = make
        self._application_id = application_id
        self._health = health
        self._others: dict[str, KafkaProducer] = {}
        if has_senders(home):
            self.sender = self._sender

    def _sender(self, topic: str, report: DeliveryReport, text: int = 0) -> Send:
        return sender(self._of(topic), name_of(topic), report, text)

    def produce(self, topic: str, /, *record: Any) -> None:
        self._of(topic).produce(name_of(topic), *record)

    def list_topics(self, topic: str, timeout: float, /) -> Any:
        answer = self._of(topic).list_topics(name_of(topic), timeout)
        return Renamed(answer, topics={topic: answer.topics[name_of(topic)]})

    def poll(self, timeout: float, /) -> Any:
        for other in self._others.values():
            other.poll(0)
        return self._home.poll(timeout)

    def flush(self, timeout: float, /) -> int:
        """How many records are not acknowledged when the time is up, or when a cluster that some are for is away."""
        deadline = time.monotonic() + timeout
        left = 0
        for cluster, other in self._others.items():
            waiting = other.flush(max(0.0, min(LOOK_SECONDS, timeout)))
            while waiting and cluster not in self._health.away and (rest := deadline - time.monotonic()) > 0:
                waiting = other.flush(min(LOOK_SECONDS, rest))
            left += waiting
        return left + self._home.flush(max(0.0, deadline - time.monotonic()))

    def give_up(self, cluster: str) -> None:
        """Forget what is on its way to a cluster: who sent it sends it again, by senders that are made from here on."""
        other = self._others.pop(cluster, None)
        if other is not None:
            call_in_background(_dropped, other, thread_name="kstream-dropped-producer")

    def purge(self) -> None:
        for each in (*self._others.values(), self._home):
            each.purge()

    def init_transactions(self, timeout: float, /) -> None:
        self._home.init_transactions(timeout)

    def begin_transaction(self) -> None:
        self._home.begin_transaction()

    def send_offsets_to_transaction(
        self, positions: list[TopicPartition], group_metadata: Any, timeout: float, /
    ) -> None:
        self._home.send_offsets_to_transaction(at_home(positions, self._application_id), group_metadata, timeout)

    def commit_transaction(self, timeout: float, /) -> None:
        self._home.commit_transaction(timeout)

    def abort_transaction(self, timeout: float, /) -> None:
        self._home.abort_transaction(timeout)

    def _of(self, topic: str) -> KafkaProducer:
        cluster = cluster_of(topic)
        if cluster is None:
            return self._home
        if cluster not in self._others:
            self._others[cluster] = self._make(cluster)
        return self._others[cluster]


def _dropped(producer: KafkaProducer) -> None:
    producer.purge()
    producer.flush(1.0)
