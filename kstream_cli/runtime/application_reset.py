"""Making an application start over: its committed offsets, its internal topics and its local state are removed."""

from __future__ import annotations

import shutil
import time

from confluent_kafka import KafkaError, KafkaException

from kstream_cli.config import Config
from kstream_cli.config.offset_reset import offset_reset
from kstream_cli.errors import ConfigError, StateError, StreamsError
from kstream_cli.runtime.clients.client_supplier import ClientSupplier, DefaultClientSupplier
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.runtime.threads.application import application_directory
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology

ANSWER_WITHIN_SECONDS = 15.0


def check_starts_at_beginning(topology: Topology, config: Config) -> None:
    """Raise ConfigError where an application that starts over would not read all of its input again."""
    for node in topology.nodes.values():
        if isinstance(node, SourceNode) and not set(node.topics) & topology.internal_topics.keys():
            given = node.offset_reset or config.auto_offset_reset
            if offset_reset(given).policy != "earliest":
                where = f"offset_reset of source {node.name!r}" if node.offset_reset else "auto.offset.reset"
                raise ConfigError(f"to start over, {where} must be earliest: it is {given}, and would leave out input")


def reset_application(topology: Topology, config: Config, clients: ClientSupplier | None = None) -> None:
    """Forget all that the application has done. Raises StateError while one of its instances runs.

    State that counted the input once must not meet the same input again: so offsets never go without the state.
    """
    admin = (clients or DefaultClientSupplier()).admin(config.admin())
    group = config.application_id
    try:
        members = admin.describe_consumer_groups([group], request_timeout=ANSWER_WITHIN_SECONDS)[group].result().members
        if members:
            raise StateError(
                f"{group} cannot start over while it runs ({len(members)} members in its group): stop all instances"
            )
        _done(admin.delete_consumer_groups([group], request_timeout=ANSWER_WITHIN_SECONDS)[group])
    except KafkaException as error:
        raise StreamsError(f"the offsets of {group} cannot be removed: {error.args[0].str()}") from error
    _delete_topics(admin, topology, config)
    shutil.rmtree(application_directory(config), ignore_errors=True)


def internal_topics(topology: Topology, application_id: str) -> set[str]:
    """Repartition and changelog topics, under their names on the broker."""
    repartition = {topology.topic_name(topic, application_id) for topic in topology.internal_topics}
    changelogs = {
        f"{application_id}-{name}-changelog"
        for name, store in topology.stores.items()
        if store.logging and name not in topology.source_changelogs
    }
    return repartition | changelogs


def _delete_topics(admin: object, topology: Topology, config: Config) -> None:
    cluster = ClusterTopics(admin, config.bootstrap_servers)
    cluster.refresh()
    doomed = internal_topics(topology, config.application_id) & cluster.partitions.keys()
    if not doomed:
        return
    for topic, answer in admin.delete_topics(sorted(doomed)).items():  # type: ignore[attr-defined]
        try:
            answer.result()
        except KafkaException as error:
            raise StreamsError(f"topic {topic} cannot be removed: {error.args[0].str()}") from error
    deadline = time.monotonic() + ANSWER_WITHIN_SECONDS
    while doomed & cluster.partitions.keys() and time.monotonic() < deadline:
        time.sleep(0.1)
        cluster.refresh()


def _done(answer: object) -> None:
    """Wait for the deletion; a group that never was is as good as deleted."""
    try:
        answer.result()  # type: ignore[attr-defined]
    except KafkaException as error:
        if error.args[0].code() not in (KafkaError.GROUP_ID_NOT_FOUND, KafkaError._UNKNOWN_GROUP):
            raise
