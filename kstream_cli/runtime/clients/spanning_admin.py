"""An admin client of several clusters: what is about topics goes to the cluster of each, what is of groups to home."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import ConfigResource, NewPartitions, NewTopic

from kstream_cli.clusters import HOME, cluster_of, in_cluster, name_of
from kstream_cli.errors import BrokerUnavailableError, ConfigError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.clients.renamed import Renamed, in_its_cluster

log = logger(__name__)


class SpanningAdmin:
    """As KafkaAdmin; topics of other clusters have their cluster in front. `make` makes a cluster's admin client.

    Args:
        servers: The clusters beside home, and where each of them is.
    """

    def __init__(
        self, home: KafkaAdmin, make: Callable[[str], KafkaAdmin], application_id: str, servers: Mapping[str, str]
    ) -> None:
        self._home = home
        self._make = make
        self._application_id = application_id
        self._servers = servers
        self._others: dict[str, KafkaAdmin] = {}
        self._seen: dict[str, Any] = {}
        """Cluster -> what it said last of its topics."""

    @property
    def refusal(self) -> str | None:
        return getattr(self._home, "refusal", None)

    # Topics

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> Any:
        """All topics of all clusters. One that is away counts with what it said last; where it never answered, this
        raises BrokerUnavailableError. Raises ConfigError where two names are one cluster."""
        if topic is not None:
            answer = self._of(topic).list_topics(name_of(topic), timeout)
            return Renamed(answer, topics={topic: answer.topics[name_of(topic)]})
        home = self._home.list_topics(timeout=timeout)
        found = {cluster: self._list(cluster, timeout) for cluster in self._servers}
        _check_apart({HOME: home, **found})
        topics = {
            in_cluster(name, cluster): each for cluster, all_ in found.items() for name, each in all_.topics.items()
        }
        return Renamed(home, topics={**home.topics, **topics})

    def create_topics(self, new_topics: list[Any], **options: Any) -> Mapping[str, Future[Any]]:
        def named(topic: Any) -> Any:
            if cluster_of(topic.topic) is None:
                return topic
            counts = topic.num_partitions, topic.replication_factor
            return NewTopic(name_of(topic.topic), *counts, config=topic.config or {})

        return self._asked(new_topics, lambda each: each.topic, named, "create_topics", options)

    def create_partitions(self, new_partitions: list[Any], **options: Any) -> Mapping[str, Future[Any]]:
        def named(topic: Any) -> Any:
            return NewPartitions(name_of(topic.topic), topic.new_total_count)

        return self._asked(new_partitions, lambda each: each.topic, named, "create_partitions", options)

    def delete_topics(self, topics: list[str], **options: Any) -> Mapping[str, Future[Any]]:
        return self._asked(topics, str, name_of, "delete_topics", options)

    def describe_topics(self, topics: Any, **options: Any) -> Mapping[str, Future[Any]]:
        found: dict[str, Future[Any]] = {}
        for cluster, names in _by_cluster(topics.topic_names, str).items():
            asked = self._at(cluster).describe_topics(TopicCollection(list(map(name_of, names))), **options)
            found |= {in_cluster(name, cluster): answer for name, answer in asked.items()}
        return found

    def describe_configs(self, resources: list[Any], **options: Any) -> Mapping[Any, Future[Any]]:
        found: dict[Any, Future[Any]] = {}
        for cluster, some in _by_cluster(resources, lambda each: each.name).items():
            asked = [ConfigResource(each.restype, name_of(each.name)) for each in some]
            given = {name_of(each.name): each for each in some}
            answers = self._at(cluster).describe_configs(asked, **options)
            found |= {given[each.name]: answer for each, answer in answers.items()}
        return found

    def delete_records(self, topic_partition_offsets: Any, **options: Any) -> Mapping[Any, Future[Any]]:
        return self._home.delete_records(topic_partition_offsets, **options)

    def list_offsets(self, topic_partition_offsets: Any, **options: Any) -> Mapping[Any, Future[Any]]:
        found: dict[Any, Future[Any]] = {}
        for cluster, some in _by_cluster(topic_partition_offsets, lambda each: each.topic).items():
            asked = {in_its_cluster(each): topic_partition_offsets[each] for each in some}
            for each, answer in self._at(cluster).list_offsets(asked, **options).items():
                found[TopicPartition(in_cluster(each.topic, cluster), each.partition)] = answer
        return found

    # Groups

    def list_groups(self, group: str | None = None, timeout: float = -1) -> Any:
        return self._home.list_groups(group, timeout) if group is not None else self._home.list_groups(timeout=timeout)

    def list_consumer_groups(self, **options: Any) -> Future[Any]:
        return self._home.list_consumer_groups(**options)

    def delete_consumer_groups(self, group_ids: list[str], **options: Any) -> Mapping[str, Future[Any]]:
        return self._home.delete_consumer_groups(group_ids, **options)

    def __getattr__(self, name: str) -> Any:
        """What else there is, home does: poll, describe_cluster, …"""
        return getattr(self._home, name)

    def _list(self, cluster: str, timeout: float) -> Any:
        admin = self._at(cluster)
        try:
            self._seen[cluster] = admin.list_topics(timeout=timeout)
        except KafkaException as error:
            if cluster not in self._seen:
                raise self._unavailable(cluster, admin, error) from error
            log.debug("cluster %s does not answer; its topics are taken to be as before", cluster)
        return self._seen[cluster]

    def _unavailable(self, cluster: str, admin: KafkaAdmin, error: KafkaException) -> BrokerUnavailableError:
        where = f"cluster {cluster!r} at {self._servers[cluster]}"
        refusal = getattr(admin, "refusal", None)
        if refusal is not None:
            return BrokerUnavailableError(
                f"{where} cannot be talked to: {refusal}\nCheck clusters.{cluster}.security.protocol, "
                f"clusters.{cluster}.sasl.* and clusters.{cluster}.ssl.*: nothing of home's is used there"
            )
        return BrokerUnavailableError(
            f"no broker of {where} answers ({error.args[0].str()}): check clusters.{cluster}.bootstrap.servers "
            "and that the cluster is up"
        )

    def _asked(
        self,
        given: Iterable[Any],
        topic_of: Callable[[Any], str],
        named: Callable[[Any], Any],
        request: str,
        options: Mapping[str, Any],
    ) -> dict[str, Future[Any]]:
        found: dict[str, Future[Any]] = {}
        for cluster, some in _by_cluster(given, topic_of).items():
            answers = getattr(self._at(cluster), request)(list(map(named, some)), **options)
            found |= {in_cluster(topic, cluster): answer for topic, answer in answers.items()}
        return found

    def _of(self, topic: str) -> KafkaAdmin:
        return self._at(cluster_of(topic))

    def _at(self, cluster: str | None) -> KafkaAdmin:
        if cluster is None:
            return self._home
        if cluster not in self._others:
            self._others[cluster] = self._make(cluster)
        return self._others[cluster]


def _check_apart(clusters: Mapping[str, Any]) -> None:
    """Raise ConfigError where two names are one cluster: its topics would be read and written as another's."""
    known: dict[str, str] = {}
    for name, answer in clusters.items():
        if answer.cluster_id is None:
            continue
        other = known.setdefault(answer.cluster_id, name)
        if other != name:
            which = "the home cluster" if other == HOME else f"cluster {other!r} as well"
            raise ConfigError(
                f"cluster {name!r} is {which}: both are {answer.cluster_id}. Leave cluster={name!r} out where its "
                f"topics are named, or correct clusters.{name}.bootstrap.servers"
            )


def _by_cluster(given: Iterable[Any], topic_of: Callable[[Any], str]) -> dict[str | None, list[Any]]:
    found: dict[str | None, list[Any]] = {}
    for each in given:
        found.setdefault(cluster_of(topic_of(each)), []).append(each)
    return found
