"""Making an application start over, or go on elsewhere: a plan first, then offsets, internal topics and local state.

It does what Java's application reset tool does (kafka-streams-application-reset), and cleans up local state, too.
State that counted the input once must not meet the same input again: so state never stays where offsets move.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.clusters import STAND_IN_SUFFIX
from kstream_cli.config import Config
from kstream_cli.config.offset_reset import offset_reset
from kstream_cli.config.settings import STREAMS
from kstream_cli.errors import BrokerUnavailableError, ConfigError, MissingTopicsError, StateError, StreamsError
from kstream_cli.operations.partition_offsets import PartitionOffsets
from kstream_cli.operations.reset_offsets import ResetPlace
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.cluster.group_description import describe_group
from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
from kstream_cli.runtime.cluster.preparation import source_topics
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.runtime.streams_group.description import described_group
from kstream_cli.runtime.threads.application import application_directory
from kstream_cli.task.partition import Partition
from kstream_cli.topology.internal_topics import internal_topics
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology

ANSWER_WITHIN_SECONDS = 15.0
_INTERNAL = re.compile(
    r"(?P<name>.+)-(?:changelog|repartition|stand-in|subscription-registration-topic|subscription-response-topic)"
    r"|(?P<join>.*KTABLE-FK-JOIN-SUBSCRIPTION-(?:REGISTRATION|RESPONSE)-\d+)-topic"
)
_GENERATED = re.compile(r"K(?:STREAM|TABLE)-[A-Z][A-Z-]*-\d{10}(?:-left|-right)?")


@dataclass(frozen=True, slots=True)
class OffsetMove:
    """Where an application goes on in one partition of its input."""

    topic: str
    partition: int
    before: int | None
    """The committed offset; None where there is none."""
    after: int


@dataclass(frozen=True, slots=True)
class ResetPlan:
    """All that a reset does, before anything is done."""

    application_id: str
    offsets: tuple[OffsetMove, ...]
    delete_topics: tuple[str, ...]
    leave_topics: tuple[str, ...]
    """Topics that may be internal ones of the application, or of another one whose id begins alike."""
    state_directory: Path | None
    """None where this machine has no state of it."""


class ApplicationReset:
    """Resets one application. Nothing is changed until `apply`.

    Args:
        config: Names the application, its cluster and its state directory.
        topology: Says which topics it reads and makes. Without one, inputs are those it has committed offsets for, and
            internal topics are recognised by their names.

    Raises:
        ConfigError: The application id is not set.

    Example:
        >>> reset = ApplicationReset(config, topology)
        >>> reset.apply(reset.plan(ResetPlace("earliest")))
    """

    def __init__(self, config: Config, topology: Topology | None = None, clients: ClientSupplier | None = None) -> None:
        config.require("application.id")
        self._config = config
        self._topology = topology
        self._clients = supplier_for(config, clients)
        self._admin = self._clients.admin(config.admin())
        self._cluster = ClusterTopics(self._admin, config.bootstrap_servers)

    def plan(
        self,
        place: ResetPlace,
        *,
        input_topics: Iterable[str] | None = None,
        internal: Iterable[str] | None = None,
    ) -> ResetPlan:
        """Work out what to do; None for topics is all there are.

        Raises StateError while instances run, BrokerUnavailableError, MissingTopicsError for an input topic that is
        not there, and ConfigError for an internal topic that is not the application's.
        """
        self._cluster.refresh()
        self._check_idle()
        committed = self._committed()
        doomed, left = self._internal_topics(committed)
        if internal is not None:
            doomed, left = self._checked(internal, {*doomed, *left}), set()
        inputs = self._inputs(committed) if input_topics is None else list(dict.fromkeys(input_topics))
        if missing := tuple(topic for topic in inputs if topic not in self._cluster.partitions):
            raise MissingTopicsError(f"the cluster has no input topic {', '.join(missing)}", topics=missing)
        if own := [topic for topic in inputs if topic in doomed]:
            raise ConfigError(f"{own[0]} is an internal topic, which is deleted: leave it out of the input topics")
        partitions = [(topic, number) for topic in inputs for number in range(self._cluster.partitions[topic])]
        consumer = self._consumer()
        try:
            wanted = place.offsets_of(
                PartitionOffsets(consumer, self._cluster.cluster_id, self._reader), partitions, committed
            )
        finally:
            consumer.close()
        directory = application_directory(self._config)
        return ResetPlan(
            self._config.application_id,
            tuple(OffsetMove(*key, committed.get(key), offset) for key, offset in wanted.items()),
            tuple(sorted(doomed)),
            tuple(sorted(left)),
            directory if directory.exists() else None,
        )

    def apply(self, plan: ResetPlan) -> None:
        """Do what the plan says. May be called again where it was broken off.

        Raises StateError when an instance has started meanwhile, and StreamsError for what the cluster refuses.
        """
        self._check_idle()
        self._commit(plan.offsets)
        self._delete_topics(plan.delete_topics)
        if plan.state_directory is not None:
            shutil.rmtree(plan.state_directory, ignore_errors=True)

    def start_over(self) -> None:
        """Forget all that the application has done, as if it had never run: `kstream run --from-beginning`."""
        assert self._topology is not None
        self._check_idle()
        self._forget_group()
        self._cluster.refresh()
        own = internal_topics(self._topology, self._config.application_id)
        self._delete_topics(sorted(own & self._cluster.partitions.keys()))
        shutil.rmtree(application_directory(self._config), ignore_errors=True)

    def _check_idle(self) -> None:
        group = self._config.application_id
        members = self._members(group)
        if members:
            counted = "1 member" if members == 1 else f"{members} members"
            raise StateError(
                f"{group} cannot be reset while it runs ({counted} in its group): stop all instances\n"
                "An instance that was killed leaves the group after its session timeout"
            )

    def _members(self, group: str) -> int:
        try:
            members = len(describe_group(self._admin, group, ANSWER_WITHIN_SECONDS).members)
        except KafkaException as error:
            raise BrokerUnavailableError(f"the members of {group} are not known: {error.args[0].str()}") from error
        if members or self._config.group_protocol != STREAMS:
            return members
        # The client library does not see the members of a streams group.
        found = described_group(self._config, group, seconds=ANSWER_WITHIN_SECONDS)
        return 0 if found is None else len(found["members"])

    def _inputs(self, committed: Iterable[Partition]) -> list[str]:
        """What the topology reads and others write; without one, what the group has read."""
        if self._topology is not None:
            parts = self._topology.subtopologies().values()
            found = [topic for part in parts for topic in source_topics(part, self._cluster)]
            return list(dict.fromkeys(topic for topic in found if topic not in self._topology.internal_topics))
        own = f"{self._config.application_id}-"
        read = dict.fromkeys(topic for topic, _ in committed)
        return [
            topic
            for topic in read
            if topic in self._cluster.partitions
            and not (topic.startswith(own) and _INTERNAL.fullmatch(topic.removeprefix(own)))
        ]

    def _internal_topics(self, committed: Iterable[Partition]) -> tuple[set[str], set[str]]:
        """The application's internal topics, and those that may belong to another one as well.

        Java deletes all whose name begins and ends alike. `shop-eu-orders-changelog` may be the store `eu-orders` of
        `shop`, or the store `orders` of `shop-eu`: without a topology that says so, it is nobody's to delete.
        """
        own = f"{self._config.application_id}-"
        # With a stand-in the group would lose the offsets that are kept under it.
        kept = {name for name in self._cluster.partitions if name.endswith(STAND_IN_SUFFIX)}
        alike = {name for name in self._cluster.partitions.keys() - kept if name.startswith(own)}
        candidates = {name for name in alike if _INTERNAL.fullmatch(name.removeprefix(own))}
        if self._topology is not None:
            doomed = internal_topics(self._topology, self._config.application_id) & self._cluster.partitions.keys()
            return doomed - kept, candidates - doomed
        read = {topic for topic, _ in committed}
        doomed = {name for name in candidates if name in read or _is_own(name.removeprefix(own))}
        return doomed, candidates - doomed

    def _checked(self, asked: Iterable[str], candidates: set[str]) -> set[str]:
        chosen = set(asked)
        if wrong := sorted(chosen - candidates):
            raise ConfigError(
                f"{wrong[0]} is no internal topic of {self._config.application_id}: "
                + (f"these may be: {', '.join(sorted(candidates))}" if candidates else "the cluster has none of it")
            )
        return chosen

    def _commit(self, moves: Iterable[OffsetMove]) -> None:
        offsets = [TopicPartition(move.topic, move.partition, move.after) for move in moves]
        if not offsets:
            return
        consumer = self._consumer()
        try:
            # A broker takes it from outside the group only while the group has no members.
            answers = consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            raise StreamsError(
                f"the offsets of {self._config.application_id} cannot be set: {error.args[0].str()}: "
                "stop all instances, and reset again"
            ) from error
        finally:
            consumer.close()
        for each in answers:
            if each.error is not None:
                raise StreamsError(f"the offset of {each.topic} cannot be set: {each.error.str()}")

    def _committed(self) -> dict[Partition, int]:
        with GroupOffsets(self._clients, self._config, self._admin) as offsets:
            return offsets.offsets(self._cluster.partitions)

    def _consumer(self) -> Any:
        settings = {**self._config.consumer("restore"), "group.id": self._config.application_id}
        return self._clients.consumer({**settings, "enable.auto.commit": False})

    def _reader(self) -> Any:
        settings = {**self._config.consumer("restore"), "group.id": f"kstream-reader-{uuid4()}"}
        return self._clients.consumer({**settings, "enable.auto.commit": False})

    def _forget_group(self) -> None:
        group = self._config.application_id
        try:
            self._admin.delete_consumer_groups([group], request_timeout=ANSWER_WITHIN_SECONDS)[group].result()
        except KafkaException as error:
            # A group that never was is as good as deleted.
            if error.args[0].code() not in (KafkaError.GROUP_ID_NOT_FOUND, KafkaError._UNKNOWN_GROUP):
                raise StreamsError(f"the offsets of {group} cannot be removed: {error.args[0].str()}") from error

    def _delete_topics(self, topics: Iterable[str]) -> None:
        doomed = list(topics)
        if not doomed:
            return
        for topic, answer in self._admin.delete_topics(doomed, request_timeout=ANSWER_WITHIN_SECONDS).items():
            try:
                answer.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise StreamsError(f"topic {topic} cannot be removed: {error.args[0].str()}") from error
        deadline = time.monotonic() + ANSWER_WITHIN_SECONDS
        while set(doomed) & self._cluster.partitions.keys() and time.monotonic() < deadline:
            time.sleep(0.1)
            self._cluster.refresh()


def check_starts_at_beginning(topology: Topology, config: Config) -> None:
    """Raise ConfigError where an application that starts over would not read all of its input again."""
    for node in topology.nodes.values():
        if isinstance(node, SourceNode) and not set(node.topics) & topology.internal_topics.keys():
            given = node.offset_reset or config.auto_offset_reset
            if offset_reset(given).policy != "earliest":
                where = f"offset_reset of source {node.name!r}" if node.offset_reset else "auto.offset.reset"
                raise ConfigError(f"to start over, {where} must be earliest: it is {given}, and would leave out input")


def _is_own(bare: str) -> bool:
    """Whether a topic can be of no other application: what stands behind the id has a generated name, or no dash."""
    found = _INTERNAL.fullmatch(bare)
    assert found is not None
    name = found["name"] or found["join"]
    return "-" not in name or _GENERATED.fullmatch(name) is not None
