"""What the cluster has of an application: its changelogs, its records on their way, its committed offsets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import OffsetSpec

from kstream_cli.clusters import STAND_IN_SUFFIX
from kstream_cli.described.model import DescribedNode, DescribedStore, DescribedSubtopology, DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.runtime.clients.listed_offsets import listed_offsets
from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
from kstream_cli.runtime.cluster.topics import ClusterTopics

ANSWER_SECONDS = 10.0
INTERNAL_SUFFIXES = ("-changelog", "-repartition", STAND_IN_SUFFIX)


def own_topics(
    admin: Any, cluster: ClusterTopics, application_id: str, topics: Iterable[str] | None = None
) -> list[str]:
    """The topics named like changelogs and repartition topics of the application; of `topics`, where they are given.

    Those of another one whose id begins like this one's are left out: `orders-v2` beside `orders`.
    """
    prefix = f"{application_id}-"
    among = cluster.partitions if topics is None else topics
    own = sorted(topic for topic in among if topic.startswith(prefix) and topic.endswith(INTERNAL_SUFFIXES))
    if not own:
        return []
    groups = admin.list_consumer_groups(request_timeout=ANSWER_SECONDS).result().valid
    longer = tuple(f"{each.group_id}-" for each in groups if each.group_id.startswith(prefix))
    return [topic for topic in own if not topic.startswith(longer)]


def deployed_topology(
    admin: Any,
    cluster: ClusterTopics,
    application_id: str,
    offsets: GroupOffsets,
    topics: Iterable[str] | None = None,
) -> DescribedTopology | None:
    """The application as the cluster shows it: stores by their changelogs, sources by their committed offsets.

    `topics` are those to look at, by default all that are named like its own. Changelogs without a row and repartition
    topics that have been read to their end are left out: nothing is lost with them. None where nobody has used the
    application id. Raises StreamsError when the cluster refuses an answer.
    """
    try:
        committed = offsets.offsets(cluster.partitions)
        own = own_topics(admin, cluster, application_id, topics)
        if not committed and not own:
            return None
        held = _holding(admin, cluster, own, committed)
    except (KafkaException, StreamsError) as error:
        reason = error.args[0].str() if isinstance(error, KafkaException) else error
        raise StreamsError(f"the cluster does not say what it has of {application_id}: {reason}") from error
    return _topology(application_id, held, {topic for topic, _ in committed} - set(own), cluster)


def _topology(application_id: str, held: list[str], read: set[str], cluster: ClusterTopics) -> DescribedTopology:
    prefix = f"{application_id}-"
    stores = tuple(
        DescribedStore(name=topic.removeprefix(prefix).removesuffix("-changelog"), changelog=topic)
        for topic in held
        if topic.endswith("-changelog")
    )
    internal = tuple(topic for topic in held if topic.endswith("-repartition"))
    sources = tuple(
        DescribedNode(name=f"committed offsets of {topic}", kind="source", topics=(topic,)) for topic in sorted(read)
    )
    part = DescribedSubtopology(id=0, source_topics=tuple(sorted(read)), nodes=sources, stores=stores)
    return DescribedTopology(
        name=f"app:{application_id}",
        subtopologies=(part,),
        internal_topics=internal,
        application_id=application_id,
        partitions={topic: cluster.partitions[topic] for topic in internal},
    )


def _holding(
    admin: Any, cluster: ClusterTopics, topics: Iterable[str], committed: Mapping[tuple[str, int], int]
) -> list[str]:
    """Changelogs that have rows, and repartition topics with records that have not been read."""
    own = list(topics)
    partitions = [(topic, number) for topic in own for number in range(cluster.partitions.get(topic, 0))]
    earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
    begins = listed_offsets(admin, partitions, earliest, ANSWER_SECONDS)
    ends = listed_offsets(admin, partitions, latest, ANSWER_SECONDS)
    found = []
    for topic in own:
        for number in range(cluster.partitions.get(topic, 0)):
            key = topic, number
            read = max(begins[key], committed.get(key, 0) if topic.endswith("-repartition") else 0)
            if ends[key] > read:
                found.append(topic)
                break
    return found
