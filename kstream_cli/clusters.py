"""In which cluster a topic is: one of home goes by its name, one of another cluster has that cluster in front of it.

So `east:orders` is the topic orders of the cluster east. Kafka allows no colon in a topic's name.
"""

from __future__ import annotations

import re

from kstream_cli.errors import TopologyError

HOME = "home"
"""How the cluster of bootstrap.servers is called where it stands beside others."""
CLUSTER_NAME = re.compile(r"[a-z][a-z0-9-]{0,49}")
STAND_IN_SUFFIX = "-stand-in"
_MARK = ":"


def in_cluster(topic: str, cluster: str | None) -> str:
    """The name by which an application knows a topic of a cluster; None is the home cluster."""
    return topic if cluster is None else f"{cluster}{_MARK}{topic}"


def cluster_of(topic: str) -> str | None:
    """The cluster of a topic; None for home."""
    cluster, mark, _ = topic.partition(_MARK)
    return cluster if mark and CLUSTER_NAME.fullmatch(cluster) else None


def name_of(topic: str) -> str:
    """The topic's name in its own cluster."""
    cluster = cluster_of(topic)
    return topic if cluster is None else topic[len(cluster) + len(_MARK) :]


def check_cluster(cluster: object, where: str) -> None:
    """Raise TopologyError unless a cluster can be named so."""
    if cluster is None:
        return
    if cluster == HOME:
        raise TopologyError(f"{where}: home is the cluster of bootstrap.servers: leave cluster= out")
    if not isinstance(cluster, str) or not CLUSTER_NAME.fullmatch(cluster):
        raise TopologyError(
            f"{where}: no cluster can be named {cluster!r}: use up to 50 small letters, digits and '-', a letter first"
        )


def stand_in(topic: str, application_id: str) -> str:
    """The home topic that stands for one of another cluster; a home topic stands for itself.

    The stand-in is empty and has as many partitions. The group gives out its partitions, and keeps under them the
    offsets up to which the other cluster's topic has been read.
    """
    cluster = cluster_of(topic)
    return topic if cluster is None else f"{application_id}-{cluster}.{name_of(topic)}{STAND_IN_SUFFIX}"


def stood_for(topic: str, application_id: str) -> str:
    """The topic that a stand-in of the application stands for; any other topic stands for itself."""
    prefix = f"{application_id}-"
    if not topic.startswith(prefix) or not topic.endswith(STAND_IN_SUFFIX):
        return topic
    cluster, dot, name = topic[len(prefix) : -len(STAND_IN_SUFFIX)].partition(".")
    return in_cluster(name, cluster) if dot and name and CLUSTER_NAME.fullmatch(cluster) else topic
