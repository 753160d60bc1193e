"""The topics of an application: as its topology wants them, and as the cluster has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.operations.topic_types import Role, TopicTypes
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.cluster.preparation import source_topics
from kstream_cli.runtime.cluster.topic_setup import dead_letter_topics
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.topology.internal_topics import (
    TopicSpec,
    changelog_topics,
    repartition_partitions,
    repartition_topics,
)
from kstream_cli.topology.topology import Topology

ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class PlannedTopic:
    """One topic of the application."""

    name: str
    role: Role
    partitions: int | None
    """How many it has; None where it is missing."""
    wanted_partitions: int | None
    """How many it must have; None where any number does, or where that is not known yet."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the topic has of the settings that are wanted."""
    wanted_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        """Whether the application makes it by itself when it starts."""
        return self.role in ("repartition", "changelog")

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        if self.partitions is None:
            return () if self.is_own else ("missing",)
        found = []
        if self.wanted_partitions is not None and self.partitions != self.wanted_partitions:
            found.append(f"{self.partitions} partitions instead of {self.wanted_partitions}")
        for name, wanted in self.wanted_settings.items():
            if name in self.settings and not _same(self.settings[name], wanted):
                found.append(f"{name} is {self.settings[name]} instead of {wanted}")
        return tuple(found)


def planned_topics(
    topology: Topology, config: Config, clients: ClientSupplier | None = None
) -> tuple[PlannedTopic, ...]:
    """All topics of the application: sources, sinks, dead letters, repartition topics and changelogs, in this order.

    Raises BrokerUnavailableError, and CoPartitioningError where joined topics do not fit each other.
    """
    admin = supplier_for(config, clients).admin(config.admin())
    cluster = ClusterTopics(admin, config.bootstrap_servers)
    cluster.refresh()
    types = TopicTypes(topology, config)
    others = [
        PlannedTopic(name, role, cluster.partitions.get(name), None)
        for role, names in _others(topology, config, cluster, types)
        for name in names
    ]
    specs = _own(topology, config, cluster)
    has = _settings(admin, [spec for spec in specs.values() if spec.name in cluster.partitions])
    own = [
        _planned(name, types.of(name).role, specs.get(name), cluster, has.get(name, {}))
        for name in (*types.repartition, *types.changelogs.values())
    ]
    return (*others, *own)


def _others(
    topology: Topology, config: Config, cluster: ClusterTopics, types: TopicTypes
) -> list[tuple[Role, list[str]]]:
    found = [topic for part in topology.subtopologies().values() for topic in source_topics(part, cluster)]
    read = [topic for topic in (*found, *types.inputs) if topic not in topology.internal_topics]
    sources = list(dict.fromkeys(read))
    sinks = [topic for topic in types.outputs if topic not in sources]
    return [("source", sources), ("sink", sinks), ("dead letter", dead_letter_topics(config))]


def _own(topology: Topology, config: Config, cluster: ClusterTopics) -> dict[str, TopicSpec]:
    """What the application would make, as far as its source topics are there."""
    subtopologies = topology.subtopologies()
    sources = {number: source_topics(part, cluster) for number, part in subtopologies.items()}
    external = {topic for topics in sources.values() for topic in topics if topic not in topology.internal_topics}
    if not external or any(topic not in cluster.partitions for topic in external):
        return {}
    counts = repartition_partitions(topology, sources, {topic: cluster.partitions[topic] for topic in external})
    known = {**cluster.partitions, **counts}
    tasks = {number: max(known[topic] for topic in topics) for number, topics in sources.items() if topics}
    specs = [*repartition_topics(topology, config, counts), *changelog_topics(topology, config, tasks)]
    return {spec.name: spec for spec in specs}


def _planned(
    name: str, role: Role, spec: TopicSpec | None, cluster: ClusterTopics, settings: Mapping[str, str]
) -> PlannedTopic:
    wanted = {} if spec is None else spec.settings
    partitions = None if spec is None else spec.partitions
    return PlannedTopic(name, role, cluster.partitions.get(name), partitions, settings, wanted)


def _settings(admin: Any, specs: Iterable[TopicSpec]) -> dict[str, dict[str, str]]:
    """Topic -> its settings of the names that are wanted; of those that the cluster does not tell, nothing."""
    wanted = {spec.name: spec.settings for spec in specs}
    if not wanted:
        return {}
    asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in wanted]
    found = {}
    for resource, answer in admin.describe_configs(asked, request_timeout=ANSWER_SECONDS).items():
        try:
            entries = answer.result()
        except KafkaException as error:
            if not error.args[0].retriable():
                continue
            raise StreamsError(f"the settings of {resource.name} are not known: {error.args[0].str()}") from error
        names = wanted[resource.name]
        found[resource.name] = {name: entry.value for name, entry in entries.items() if name in names}
    return found


def _same(has: str, wanted: str) -> bool:
    return sorted(part.strip() for part in has.split(",")) == sorted(part.strip() for part in wanted.split(","))
