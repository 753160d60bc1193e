"""What the cluster says about topics: which exist, with how many partitions; and that it answers at all."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial

from confluent_kafka import KafkaError, KafkaException

from kstream_cli.clusters import name_of
from kstream_cli.errors import BrokerUnavailableError, MissingTopicsError
from kstream_cli.runtime.clients.bounded_call import call_in_background
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.topology.nodes import SourceNode

ANSWER_WITHIN_SECONDS = 6.0
UNKNOWN_TOPIC = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})
"""How clients say that a topic, or a partition of it, is not there."""


class ClusterTopics:
    """Topic -> partition count, as of the last `refresh`."""

    def __init__(self, admin: KafkaAdmin, bootstrap_servers: str) -> None:
        self._admin = admin
        self._bootstrap_servers = bootstrap_servers
        self.partitions: Mapping[str, int] = {}
        self.cluster_id: str | None = None

    def refresh(self) -> None:
        """Ask the cluster. Raises BrokerUnavailableError within ten seconds when nobody answers."""
        try:
            # Not here: a signal would wait for the client's own patience to end.
            asked = call_in_background(partial(self._admin.list_topics, timeout=ANSWER_WITHIN_SECONDS))
            metadata = asked.result()
        except KafkaException as error:
            raise self._unavailable(error) from error
        self.cluster_id = getattr(metadata, "cluster_id", None)
        self.partitions = {
            name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None
        }

    def _unavailable(self, error: KafkaException) -> BrokerUnavailableError:
        refusal = getattr(self._admin, "refusal", None)
        if refusal is not None:
            return BrokerUnavailableError(
                f"the cluster at {self._bootstrap_servers} cannot be talked to: {refusal}\n"
                "Check security.protocol and sasl.mechanism, sasl.username and sasl.password, ssl.ca.location"
            )
        return BrokerUnavailableError(
            f"no broker answers at {self._bootstrap_servers} ({error.args[0].str()}): "
            "check bootstrap.servers and that the cluster is up"
        )

    def matching(self, source: SourceNode) -> tuple[str, ...]:
        """Topics whose whole name a source's pattern matches, in the order of the alphabet; none of Kafka's own."""
        return tuple(sorted(name for name in self.partitions if name_of(name)[:2] != "__" and source.reads(name)))

    def require(self, topics: Iterable[str]) -> None:
        """Raise MissingTopicsError, naming all topics that are not there."""
        missing = tuple(sorted(set(topics) - self.partitions.keys()))
        if missing:
            raise MissingTopicsError(
                f"missing source topics: {', '.join(missing)}. Create them, or let `kstream run --create-topics` do it",
                topics=missing,
            )

    def await_topics(self, topics: Iterable[str], seconds: float) -> bool:
        """Wait until metadata shows the topics, which comes a moment after they were created."""
        wanted = set(topics)
        deadline = time.monotonic() + seconds
        while not wanted <= self.partitions.keys():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
            self.refresh()
        return True
