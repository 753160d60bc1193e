"""Before any thread starts: look at the cluster, work out the tasks, and make the application's own topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kstream_cli.config import Config
from kstream_cli.config.settings import STREAMS
from kstream_cli.errors import TopologyError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import require_access
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.assignment import Placement, place
from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
from kstream_cli.runtime.cluster.internal_topic_manager import InternalTopicManager
from kstream_cli.runtime.cluster.leftovers import report_leftovers
from kstream_cli.runtime.cluster.orphans import refuse_orphans
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.task.partition import Partition
from kstream_cli.topology.internal_topics import (
    changelog_topics,
    repartition_partitions,
    repartition_topics,
    stand_in_topics,
)
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Topology

log = logger(__name__)


@dataclass(frozen=True)
class Preparation:
    """What the threads need to know of the cluster."""

    placement: Placement
    repartition_topics: frozenset[str]
    """Under their names on the broker."""
    global_partitions: tuple[Partition, ...]


def prepare(
    topology: Topology,
    config: Config,
    admin: KafkaAdmin,
    *,
    offsets: GroupOffsets | None = None,
    before: Placement | None = None,
) -> Preparation:
    """Internal topics that are missing are made here, but for a streams group: its broker makes them.

    Args:
        offsets: Those of the application, at its start: then it is looked for what this start would leave behind.
        before: The tasks so far, while it runs: an internal topic of theirs that is missing was deleted.

    Raises BrokerUnavailableError, AccessDeniedError, MissingTopicsError, CoPartitioningError,
    OrphanedStateError or TopicPartitionsError, each saying what is wrong with the cluster or its topics.
    """
    cluster = ClusterTopics(admin, config.bootstrap_servers)
    cluster.refresh()
    subtopologies = topology.subtopologies()
    global_topics = sorted({topic for store in topology.global_stores.values() for topic in store.source.topics})
    sources = {number: source_topics(subtopology, cluster) for number, subtopology in subtopologies.items()}
    external = {topic for topics in sources.values() for topic in topics if topic not in topology.internal_topics}
    sinks = {topic for subtopology in subtopologies.values() for topic in subtopology.sink_topics}
    _require_external_access(admin, config, [*external, *global_topics], sinks - topology.internal_topics.keys())
    cluster.require([*external, *global_topics])
    _look_for_dead_letters(config, cluster)
    if offsets is not None:
        refuse_orphans(topology, config, admin, cluster, offsets)
        report_leftovers(topology, config, admin, cluster, offsets)
    if not any(sources.values()) and not global_topics:
        raise TopologyError("the topology reads no topic: no pattern of a source matches one that exists")

    counts = repartition_partitions(topology, sources, {topic: cluster.partitions[topic] for topic in external})
    made_here = config.group_protocol != STREAMS
    known: frozenset[str] = frozenset() if before is None else _made_before(topology, config, before, sources)
    manager = InternalTopicManager(
        admin, cluster, replication_factor=config.replication_factor, makes=made_here, known=known
    )
    repartitioned = repartition_topics(topology, config, counts)
    stand_ins = stand_in_topics(config, {topic: cluster.partitions[topic] for topic in external})
    manager.widen(stand_ins)
    manager.make_ready([*repartitioned, *stand_ins])
    on_broker = {
        number: [topology.topic_name(topic, config.application_id) for topic in topics]
        for number, topics in sources.items()
    }
    expected = {spec.name: spec.partitions for spec in repartitioned}
    placement = place(on_broker, {**expected, **cluster.partitions}, config.application_id)
    tasks = placement.task_counts()
    changelogs = changelog_topics(topology, config, tasks)
    manager.make_ready(changelogs)
    require_access(admin, config, {spec.name: ("READ", "WRITE") for spec in (*repartitioned, *changelogs)})
    require_access(admin, config, {spec.name: ("READ",) for spec in stand_ins})
    return Preparation(
        placement,
        frozenset(spec.name for spec in repartitioned),
        tuple((topic, partition) for topic in global_topics for partition in range(cluster.partitions[topic])),
    )


def _made_before(
    topology: Topology, config: Config, before: Placement, sources: Mapping[int, Iterable[str]]
) -> frozenset[str]:
    """The internal topics that the tasks so far read and write, under their names on the broker."""
    tasks = before.task_counts()
    read = {topic for number in tasks for topic in sources.get(number, ()) if topic in topology.internal_topics}
    names = {topology.topic_name(topic, config.application_id) for topic in read}
    return frozenset(names | {spec.name for spec in changelog_topics(topology, config, tasks)})


def _look_for_dead_letters(config: Config, cluster: ClusterTopics) -> None:
    """A cluster may make topics when they are written to, so that one that is missing is no error yet."""
    topic = config.errors_dead_letter_queue_topic_name
    if topic is not None and topic not in cluster.partitions:
        log.warning(
            "topic %s of errors.dead.letter.queue.topic.name does not exist: unless the cluster makes it, the first "
            "record that fails ends the application",
            topic,
        )


def _require_external_access(admin: KafkaAdmin, config: Config, sources: Iterable[str], sinks: Iterable[str]) -> None:
    needed = {topic: ["READ"] for topic in sources}
    for topic in sorted(sinks):
        needed.setdefault(topic, []).append("WRITE")
    require_access(admin, config, needed)


def source_topics(subtopology: Subtopology, cluster: ClusterTopics) -> list[str]:
    """The subtopology's source topics, without application id; those that a pattern matches among them."""
    found = list(subtopology.source_topics)
    for node in subtopology.nodes:
        if isinstance(node, SourceNode) and node.pattern is not None:
            found += cluster.matching(node)
    return list(dict.fromkeys(found))
