"""Before a start: which topics the cluster has, making the missing ones, and holding them to a number of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import NewTopic

from kstream_cli.clusters import cluster_of, name_of
from kstream_cli.config import Config
from kstream_cli.errors import MissingTopicsError, StreamsError, TopicPartitionsError
from kstream_cli.runtime.clients.access import require_access
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology

CREATE_WITHIN_SECONDS = 15.0


class TopicSetup:
    """The topics that an application reads and writes but does not own, on the cluster that `config` names."""

    def __init__(self, config: Config, clients: ClientSupplier | None = None) -> None:
        self._config = config
        self._admin = supplier_for(config, clients).admin(config.admin())
        self._cluster = ClusterTopics(self._admin, config.bootstrap_servers)

    def partitions(self, topics: Iterable[str]) -> dict[str, int | None]:
        """Topic -> partition count; None where it is missing. Raises BrokerUnavailableError."""
        self._cluster.refresh()
        return {topic: self._cluster.partitions.get(topic) for topic in topics}

    def require(self, topics: Iterable[str]) -> None:
        """Raise MissingTopicsError with all topics that are not there, and the commands that make them; or
        AccessDeniedError with those that the user may not read."""
        missing = [topic for topic, count in self.partitions(topics).items() if count is None]
        if missing:
            # The cluster does not show topics that its user may not see.
            require_access(self._admin, self._config, dict.fromkeys(missing, ("READ",)))
            cluster = cluster_of(missing[0])
            at = self._config if cluster is None else self._config.clusters[cluster]
            raise MissingTopicsError(
                f"missing topics: {', '.join(missing)}\n"
                "Create them all: kstream run --create-topics --tasks N, with N partitions each\n"
                f"Or create each one: kafka-topics --bootstrap-server {at.bootstrap_servers} --create "
                f"--topic {name_of(missing[0])} --partitions N",
                topics=tuple(missing),
            )

    def create(
        self, topics: Iterable[str], partitions: int, settings: Mapping[str, str] = MappingProxyType({})
    ) -> list[str]:
        """Make those of the topics that are missing, with `settings`, and wait until the cluster shows them.

        Returns which ones were made.
        """
        existing = self.partitions(topics)
        missing = [topic for topic, count in existing.items() if count is None]
        if not missing:
            return []
        replicas = self._config.replication_factor
        made = self._admin.create_topics(
            [
                NewTopic(topic, num_partitions=partitions, replication_factor=replicas, config=dict(settings))
                for topic in missing
            ],
            request_timeout=CREATE_WITHIN_SECONDS,
        )
        for topic, answer in made.items():
            try:
                answer.result()
            except KafkaException as error:
                # Another instance may have been quicker.
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise StreamsError(f"topic {topic} cannot be created: {error.args[0].str()}") from error
        self._cluster.await_topics(missing, CREATE_WITHIN_SECONDS)
        return missing


def source_topics(topology: Topology) -> list[str]:
    """Topics that make tasks and belong to others: repartition and global topics are left out."""
    nodes = [node for node in topology.nodes.values() if isinstance(node, SourceNode)]
    return _unique(topic for node in nodes for topic in node.topics if topic not in topology.internal_topics)


def global_topics(topology: Topology) -> list[str]:
    return _unique(topic for store in topology.global_stores.values() for topic in store.source.topics)


def sink_topics(topology: Topology) -> list[str]:
    """Fixed sink topics; those chosen per record are not known beforehand."""
    nodes = [node for node in topology.nodes.values() if isinstance(node, SinkNode)]
    return _unique(node.topic for node in nodes if node.topic and node.topic not in topology.internal_topics)


def dead_letter_topics(config: Config) -> list[str]:
    """The topic that the built-in handlers send failed records to, if one is named."""
    return [config.errors_dead_letter_queue_topic_name] if config.errors_dead_letter_queue_topic_name else []


def check_tasks(counts: Mapping[str, int | None], tasks: int) -> None:
    """Raise TopicPartitionsError, naming each topic that would make another number of tasks."""
    wrong = [f"{topic} has {count}" for topic, count in counts.items() if count is not None and count != tasks]
    if wrong:
        raise TopicPartitionsError(
            f"--tasks {tasks} needs source topics of {tasks} partitions, but {', '.join(wrong)}\n"
            "Give --tasks that number, leave --tasks out, or create the topic again with the number of partitions you "
            "want (adding partitions to a topic with keyed data moves keys)"
        )


def _unique(topics: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(topics))
