"""Which topics an application needs for itself, with how many partitions and which settings; worked out, not made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kstream_cli.clusters import cluster_of, stand_in
from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.topology.co_partitioning import equal_counts
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Topology

REPARTITION_DEFAULTS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "message.timestamp.type": "CreateTime",
    "retention.ms": "-1",
    "segment.bytes": "52428800",
}
CHANGELOG_DEFAULTS: Mapping[str, str] = {"message.timestamp.type": "CreateTime"}


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic that the application makes, named as on the broker."""

    name: str
    partitions: int
    settings: Mapping[str, str] = field(default_factory=dict)


def repartition_partitions(
    topology: Topology, sources: Mapping[int, Iterable[str]], external: Mapping[str, int]
) -> dict[str, int]:
    """Partition counts of the repartition topics, named without application id.

    `sources` are each subtopology's source topics, those that a pattern found among them; `external` the partition
    counts of topics that others own. Raises CoPartitioningError where joined topics cannot meet, and TopologyError
    where a count cannot be derived.
    """
    counts = {name: topic.partitions for name, topic in topology.internal_topics.items()}
    _derive(topology.subtopologies(), sources, external, counts)
    unknown = [name for name, count in counts.items() if count is None]
    if unknown:
        raise TopologyError(
            f"the number of partitions of {', '.join(unknown)} cannot be derived from upstream: "
            "give it with repartition(partitions=…)"
        )
    known = {name: count for name, count in counts.items() if count is not None}
    for group in topology.copartition_groups:
        known.update(equal_counts(topology, group, external, known))
    return known


def repartition_topics(topology: Topology, config: Config, counts: Mapping[str, int]) -> list[TopicSpec]:
    """The repartition topics to make."""
    settings = {**REPARTITION_DEFAULTS, **config.topic_settings()}
    return [
        TopicSpec(topology.topic_name(name, config.application_id), count, settings) for name, count in counts.items()
    ]


def changelog_topics(topology: Topology, config: Config, tasks: Mapping[int, int]) -> list[TopicSpec]:
    """The changelog topics to make; `tasks` is how many tasks each subtopology has: none, where it has no topic yet."""
    specs = []
    for number, subtopology in topology.subtopologies().items():
        for name in subtopology.stores if number in tasks else ():
            store = topology.stores[name]
            if store.logging and name not in topology.source_changelogs:
                settings = {
                    **CHANGELOG_DEFAULTS,
                    **store.changelog_defaults(config),
                    **config.topic_settings(),
                    **store.changelog_config,
                }
                specs.append(TopicSpec(f"{config.application_id}-{name}-changelog", tasks[number], settings))
    return specs


def stand_in_topics(config: Config, counts: Mapping[str, int]) -> list[TopicSpec]:
    """The home topics that stand for source topics of other clusters, which have so many partitions."""
    return [
        TopicSpec(stand_in(topic, config.application_id), count, config.topic_settings())
        for topic, count in sorted(counts.items())
        if cluster_of(topic) is not None
    ]


def internal_topics(topology: Topology, application_id: str) -> set[str]:
    """Repartition and changelog topics and stand-ins, under their names on the broker; no stand-ins of topics that a
    pattern finds."""
    repartition = {topology.topic_name(topic, application_id) for topic in topology.internal_topics}
    changelogs = {
        f"{application_id}-{name}-changelog"
        for name, store in topology.stores.items()
        if store.logging and name not in topology.source_changelogs
    }
    read = [topic for part in topology.subtopologies().values() for topic in part.source_topics]
    stand_ins = {stand_in(topic, application_id) for topic in read if cluster_of(topic) is not None}
    return repartition | changelogs | stand_ins


def _derive(
    subtopologies: Mapping[int, Subtopology],
    sources: Mapping[int, Iterable[str]],
    external: Mapping[str, int],
    counts: dict[str, int | None],
) -> None:
    """Give each repartition topic as many partitions as the widest source of what writes to it.

    The two topics of a foreign-key join are written by each other's readers: where nothing else is left, the sources
    known by then decide, as in Java, and co-partitioning with the tables corrects them.
    """
    open_topics = {name for name, count in counts.items() if count is None}
    while open_topics:
        found = {
            name: [
                external.get(topic, counts.get(topic))
                for number, subtopology in subtopologies.items()
                if name in subtopology.sink_topics
                for topic in sources[number]
            ]
            for name in sorted(open_topics)
        }
        known = {name: [count for count in some if count is not None] for name, some in found.items()}
        derived = {name: max(some) for name, some in known.items() if some and len(some) == len(found[name])}
        if not derived:
            derived = {name: max(some) for name, some in known.items() if some}
        if not derived:
            return
        counts.update(derived)
        open_topics -= derived.keys()
