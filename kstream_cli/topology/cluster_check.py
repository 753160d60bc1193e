"""Whether the clusters that a topology names are configured, and whether what they promise has been accepted."""

from __future__ import annotations

from kstream_cli.clusters import cluster_of
from kstream_cli.config import Config
from kstream_cli.config.cluster_settings import CLUSTERS
from kstream_cli.config.settings import EXACTLY_ONCE
from kstream_cli.errors import ConfigError
from kstream_cli.logs import logger
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology
from kstream_cli.topology.validation import hint

log = logger(__name__)

DEAD_LETTERS = "errors.dead.letter.queue.topic.name"


def check_clusters(topology: Topology, config: Config) -> None:
    """Raise ConfigError for a cluster that is named and not configured; and as `check_promises` does."""
    configured = config.clusters
    for cluster, user in used_clusters(topology, config).items():
        if cluster not in configured or not configured[cluster].bootstrap_servers:
            raise ConfigError(
                f"{user} names cluster {cluster!r}, which is not configured{hint(cluster, configured)}: "
                f"set clusters.{cluster}.bootstrap.servers, or give --cluster {cluster}=HOST:PORT"
            )
    check_promises(topology, config)


def check_promises(topology: Topology, config: Config) -> None:
    """Raise ConfigError for a sink whose results would arrive more often than `processing.guarantee` says, and for
    sources that `group.protocol` cannot have."""
    nodes = [node for node in topology.nodes.values() if isinstance(node, SourceNode)]
    sources = {node.cluster for node in nodes if node.cluster is not None}
    if config.group_protocol == "streams" and sources:
        raise ConfigError(
            "group.protocol=streams assigns tasks only by topics of the home cluster, and sources read cluster "
            f"{min(sources)}: use group.protocol=classic"
        )
    if config.exactly_once and not config.foreign_sinks_at_least_once:
        _check_sinks(topology, config)


def unused_clusters(topology: Topology, config: Config) -> list[str]:
    """The clusters that are configured, and that nothing reads or writes."""
    return sorted(config.clusters.keys() - used_clusters(topology, config).keys())


def without_unused_clusters(topology: Topology, config: Config) -> Config:
    """The configuration with the clusters that the topology names, after a word about the others."""
    unused = unused_clusters(topology, config)
    for cluster in unused:
        log.warning("cluster %s is configured, and nothing of the topology is in it", cluster)
    left_out = tuple(f"{CLUSTERS}{cluster}." for cluster in unused)
    return config.merged({name: None for name in config.original if name.startswith(left_out)}) if unused else config


def used_clusters(topology: Topology, config: Config) -> dict[str, str]:
    """The clusters beside home, each with who names it."""
    found = {cluster: f"node {node!r}" for cluster, node in topology.clusters().items()}
    letters = cluster_of(config.errors_dead_letter_queue_topic_name or "")
    return found if letters is None else {letters: DEAD_LETTERS, **found}


def _check_sinks(topology: Topology, config: Config) -> None:
    sinks = {f"sink {node.name!r}": node.cluster for node in topology.nodes.values() if isinstance(node, SinkNode)}
    sinks[DEAD_LETTERS] = cluster_of(config.errors_dead_letter_queue_topic_name or "")
    for who, cluster in sinks.items():
        if cluster is not None:
            raise ConfigError(
                f"{who} writes to cluster {cluster!r}, and a transaction reaches no further than home: under "
                f"{EXACTLY_ONCE} its records would arrive at least once. Make {cluster!r} the home cluster "
                "(bootstrap.servers) and read the other one's topics from there, which is exactly once; or accept it "
                "with foreign.sinks.at.least.once=true"
            )
