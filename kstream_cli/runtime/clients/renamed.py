"""What a client of another cluster gives, under the name by which the application knows its topic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from confluent_kafka import TopicPartition

from kstream_cli.clusters import cluster_of, in_cluster, name_of


class Renamed:
    """A client's object (a partition, an event, a record), all of it but what is given another name here."""

    def __init__(self, given: Any, **names: Any) -> None:
        self._given = given
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._given, name)


def told_by(cluster: str, message: Any) -> Any:
    """An event or record of a cluster, whose `topic()` names it."""
    topic = message.topic()
    known = None if topic is None else in_cluster(topic, cluster)
    return Renamed(message, topic=lambda: known)


def in_its_cluster(partition: TopicPartition) -> TopicPartition:
    """The partition, named as in its own cluster."""
    if cluster_of(partition.topic) is None:
        return partition
    return renamed(partition, name_of(partition.topic))


def renamed(partition: TopicPartition, topic: str) -> TopicPartition:
    """A partition of another topic, with the same offset and metadata."""
    if partition.metadata is None:
        return TopicPartition(topic, partition.partition, partition.offset)
    return TopicPartition(topic, partition.partition, partition.offset, partition.metadata)


def by_cluster(partitions: Iterable[TopicPartition]) -> dict[str | None, list[TopicPartition]]:
    """Cluster -> its partitions, named as there."""
    found: dict[str | None, list[TopicPartition]] = {}
    for each in partitions:
        found.setdefault(cluster_of(each.topic), []).append(in_its_cluster(each))
    return found
