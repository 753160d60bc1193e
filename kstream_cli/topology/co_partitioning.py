"""The check that topics which are joined have the same number of partitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kstream_cli.errors import CoPartitioningError
from kstream_cli.topology.topology import Topology


def equal_counts(
    topology: Topology, group: Iterable[str], external: Mapping[str, int], internal: Mapping[str, int]
) -> dict[str, int]:
    """The counts of a group's repartition topics: those of its other topics, or the largest if there are no others.

    Raises CoPartitioningError where the others differ.
    """
    members = sorted(group)
    fixed = {topic: external[topic] for topic in members if topic in external}
    asked = {
        topic: count
        for topic in members
        if topic in topology.internal_topics and (count := topology.internal_topics[topic].partitions) is not None
    }
    if len({*fixed.values(), *asked.values()}) > 1:
        figures = ", ".join(f"{topic} has {count}" for topic, count in {**fixed, **asked}.items())
        raise CoPartitioningError(
            f"topics that are joined must have the same number of partitions, but {figures}: "
            "make them alike, or put repartition(partitions=…) before the join"
        )
    repartitioned = [topic for topic in members if topic in internal]
    wanted = [*fixed.values(), *asked.values()] or [internal[topic] for topic in repartitioned]
    return dict.fromkeys(repartitioned, max(wanted)) if wanted else {}
