"""The look at start: whether the cluster has state of this application that the topology would leave behind."""

from __future__ import annotations

from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import OrphanedStateError, StreamsError
from kstream_cli.logs import logger
from kstream_cli.runtime.cluster.deployed import INTERNAL_SUFFIXES, deployed_topology
from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.topology.internal_topics import internal_topics
from kstream_cli.topology.topology import Topology

log = logger(__name__)

_ORPHANS = frozenset({"KS101", "KS103", "KS201", "KS202"})


def refuse_orphans(
    topology: Topology, config: Config, admin: Any, cluster: ClusterTopics, offsets: GroupOffsets
) -> None:
    """Raise OrphanedStateError where changelogs with rows, or records on their way, would be left behind.

    It costs nothing where all internal topics on the cluster are the topology's: their names are known already.
    """
    prefix = f"{config.application_id}-"
    wanted = internal_topics(topology, config.application_id)
    unknown = [
        topic
        for topic in cluster.partitions
        if topic.startswith(prefix) and topic.endswith(INTERNAL_SUFFIXES) and topic not in wanted
    ]
    if not unknown or config.allow_orphans:
        return
    # Imported when there is something to look at: a comparison is no part of a usual start.
    from kstream_cli.changes.comparison import compared
    from kstream_cli.described.built import described

    try:
        deployed = deployed_topology(admin, cluster, config.application_id, offsets, unknown)
    except StreamsError as error:
        log.warning("topics %s are not read by the topology, and %s", ", ".join(sorted(unknown)), error)
        return
    if deployed is None or not any(part.nodes for part in deployed.subtopologies):
        return  # Without committed offsets, nobody has run this application here.
    new = described(topology, name=config.application_id, application_id=config.application_id)
    found = [each for each in compared(deployed, new).findings if each.id in _ORPHANS]
    if found:
        lines = []
        for each in found:
            topic = prefix + each.subject + ("-changelog" if each.id in ("KS101", "KS103") else "")
            lines.append(f"{each.id} {topic}: {each.message}. {each.remedy}")
        raise OrphanedStateError(
            "this start would leave state behind:\n"
            + "\n".join(lines)
            + "\nDelete these topics, or start without their state: --allow-orphans, or the setting allow.orphans=true"
        )
