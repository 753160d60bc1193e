"""The look at start, at what ends no start and should be known: changelogs that keep too little, offsets left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.logs import logger
from kstream_cli.runtime.cluster.group_offsets import COMMITTED_OFFSETS, GroupOffsets
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.internal_topics import internal_topics
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology

log = logger(__name__)

ANSWER_SECONDS = 10.0


def report_leftovers(
    topology: Topology, config: Config, admin: Any, cluster: ClusterTopics, offsets: GroupOffsets
) -> None:
    """Warn of changelogs that do not keep what the stores need (KS116), and of offsets that nobody uses (KS212).

    Nothing is asked where the cluster has neither changelogs of the topology's nor anybody's offsets.
    """
    prefix, suffix = f"{config.application_id}-", "-changelog"
    logged = {
        topic: topology.stores[topic.removeprefix(prefix).removesuffix(suffix)]
        for topic in sorted(internal_topics(topology, config.application_id))
        if topic.endswith(suffix) and topic in cluster.partitions
    }
    kept = {topic: ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in logged}
    asked = admin.describe_configs(list(kept.values()), request_timeout=ANSWER_SECONDS) if kept else {}
    for topic, store in logged.items():
        for message in _too_short(store, _settings(asked, kept[topic])):
            log.warning("KS116 %s: %s", topic, message)
    read = _read(topology, config, cluster)
    for topic in sorted(
        _committed(offsets, {each: count for each, count in cluster.partitions.items() if each not in read})
    ):
        log.warning(
            "KS212 %s: the group %s has committed offsets of it, and no source reads it: they expire",
            topic,
            config.application_id,
        )


def _settings(asked: Mapping[Any, Any], resource: Any) -> dict[str, str]:
    """A topic's configuration; none where the cluster does not tell it."""
    try:
        return {name: str(entry.value) for name, entry in asked[resource].result().items()}
    except (KafkaException, KeyError):
        return {}


def _too_short(store: StoreBuilder[Any, Any], settings: Mapping[str, str]) -> Iterator[str]:
    """What a changelog's configuration drops that the store still needs."""
    policy = settings.get("cleanup.policy", "")
    wanted = dict(store.changelog_config).get("cleanup.policy")
    retention = getattr(store, "retention_ms", None)
    if "delete" in policy and "retention.ms" in settings and wanted is None:
        given = int(settings["retention.ms"])
        if retention is None and "compact" not in policy:
            yield (
                f"its cleanup.policy is {policy}, so that rows are gone {given} ms after they were written: "
                "set it to compact"
            )
        elif retention is not None and 0 <= given < retention:
            yield (
                f"its retention.ms is {given}, and the store keeps rows for {retention} ms: those in between are not "
                f"restored; set retention.ms to {retention} or more"
            )
    history = getattr(store, "history_retention_ms", None)
    lag = settings.get("min.compaction.lag.ms")
    if history is not None and "compact" in policy and lag is not None and int(lag) < history:
        yield (
            f"its min.compaction.lag.ms is {lag}, and the store keeps the past for {history} ms: older versions are "
            f"not restored; set min.compaction.lag.ms to {history} or more"
        )


def _committed(offsets: GroupOffsets, topics: Mapping[str, int]) -> set[str]:
    if COMMITTED_OFFSETS not in topics:
        return set()
    try:
        return {topic for topic, _ in offsets.offsets(topics)}
    except StreamsError:
        return set()


def _read(topology: Topology, config: Config, cluster: ClusterTopics) -> set[str]:
    """All topics that the topology reads, and all that are named as its own: a look of their own is for those."""
    found = {topic for topic in cluster.partitions if topic.startswith(f"{config.application_id}-")}
    for node in topology.nodes.values():
        if isinstance(node, SourceNode):
            found |= {topology.topic_name(topic, config.application_id) for topic in node.topics}
            found |= set() if node.pattern is None else set(cluster.matching(node))
    return found
