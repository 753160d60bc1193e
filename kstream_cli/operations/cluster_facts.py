"""Looks at an application from outside: its group, offsets and topics, as the brokers tell them."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from confluent_kafka import (
    ConsumerGroupType,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AclOperation, OffsetSpec

from kstream_cli.broker.embedded import is_embedded
from kstream_cli.config import Config
from kstream_cli.errors import ConfigError, CoPartitioningError, StreamsError
from kstream_cli.logs import logger
from kstream_cli.operations.application_facts import (
    ApplicationFacts,
    GroupFacts,
    GroupKind,
    InputFacts,
    MemberFacts,
    is_at_end,
)
from kstream_cli.operations.dead_lettered import dead_lettered
from kstream_cli.operations.held_results import held_results
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.listed_offsets import listed_offsets
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.clients.settling import once_settled
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.cluster.assignment import Placement, place
from kstream_cli.runtime.cluster.group_description import REBALANCING, GroupDescription, describe_group
from kstream_cli.runtime.cluster.group_members import member_of, owned_tasks
from kstream_cli.runtime.cluster.group_offsets import COMMITTED_OFFSETS, GroupOffsets
from kstream_cli.runtime.cluster.preparation import source_topics
from kstream_cli.runtime.cluster.standby_placement import standbys_of
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.runtime.streams_group.assignment import assignment_of
from kstream_cli.runtime.streams_group.description import described_group, instances_of
from kstream_cli.runtime.threads.new_task import metadata_of
from kstream_cli.task.commit_metadata import decode
from kstream_cli.task.partition import Partition
from kstream_cli.topology.internal_topics import repartition_partitions
from kstream_cli.topology.topology import Topology

log = logger(__name__)

ANSWER_SECONDS = 8.0
_EARLIEST: Any = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
_LATEST: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
_LOOK_SECONDS = 3.0
_MEMBER_UUID = re.compile(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class ClusterFacts:
    """Asks the brokers again and again; changes nothing on them.

    Args:
        config: Names the application and the cluster.
        topology: Says which topics are the application's; without it they are those that its group has read.
    """

    def __init__(self, config: Config, topology: Topology | None, clients: ClientSupplier | None = None) -> None:
        self._config = config
        self._topology = topology
        self._clients = supplier_for(config, clients)
        self._admin = self._clients.admin(config.admin())
        self._cluster = ClusterTopics(self._admin, config.bootstrap_servers)
        self._group_offsets = GroupOffsets(self._clients, config, self._admin)
        self._types = TopicTypes(topology, config)

    def look(self, *, deeply: bool = False) -> ApplicationFacts:
        """What is there now; `deeply` looks for what `why` needs too: held results and permissions.

        Raises BrokerUnavailableError within ten seconds when nobody answers.
        """
        self._cluster.refresh()
        described = self._described()
        committed, read_times, numbers = self._committed(described)
        placement, missing, mismatch = self._placement()
        group = self._group(described, committed, placement)
        inputs = tuple(
            replace(each, read_time=read_times.get((each.topic, each.partition)))
            for each in self._inputs(committed, group, placement)
        )
        changelogs = [topic for topic in self._changelogs() if topic in self._cluster.partitions]
        outputs = [topic for topic in self._types.outputs if topic in self._cluster.partitions]
        letters = self._config.errors_dead_letter_queue_topic_name
        queues = [letters] if letters and letters in self._cluster.partitions else []
        config = self._config
        facts = ApplicationFacts(
            application_id=config.application_id,
            time=int(time.time() * 1000),
            group=group,
            inputs=inputs,
            changelogs=self._sizes(changelogs),
            outputs=self._sizes(outputs),
            dead_letters=self._sizes(queues),
            standbys=self._standbys(group, placement),
            missing=missing,
            mismatch=mismatch,
            foreign=self._foreign(group),
            reset=config.auto_offset_reset,
            reads_committed=config.consumer("main").get("isolation.level") == "read_committed",
            commit_interval_ms=config.commit_interval_ms,
            group_protocol=config.group_protocol,
            has_topology=self._topology is not None,
        )
        if not deeply or self._topology is None:
            return facts
        dead = tuple((topic, dead_lettered(config, topic, facts.inputs)) for topic, _ in facts.dead_letters)
        closed: dict[tuple[str, int], int] = {}
        for (_, partition), found in numbers.items():
            for name, number in found.items():
                closed[name, partition] = max(number, closed.get((name, partition), number))
        sizes = dict(facts.changelogs)
        held = held_results(self._topology, config, sizes, closed) if is_at_end(facts) else ()
        return replace(facts, refused=self._refused(outputs), held=held, dead_letters=dead)

    def _described(self) -> GroupDescription | str:
        """The group; why it is not known, where brokers do not answer."""
        try:
            return once_settled(
                lambda: describe_group(self._admin, self._config.application_id, ANSWER_SECONDS), ANSWER_SECONDS
            )
        except KafkaException as error:
            return str(error.args[0].str())

    def _group(
        self, found: GroupDescription | str, committed: Mapping[Partition, int], placement: Placement | None
    ) -> GroupFacts:
        if isinstance(found, str):
            return GroupFacts("none", f"not known: {found}", None)
        if found.members or found.state in REBALANCING:
            members = []
            for each in found.members:
                name = each.client_id or _MEMBER_UUID.sub("", each.id)
                carried = [] if placement is None else [key for key in each.partitions if key[0] in placement.carriers]
                tasks = () if placement is None else tuple(str(task) for task in placement.tasks(carried))
                members.append(MemberFacts(name, each.host.lstrip("/"), each.partitions, tasks))
            return GroupFacts("classic", found.state, True, found.protocol_type, found.protocol, tuple(members))
        if found.state == "Empty":
            return GroupFacts("classic", found.state, False, found.protocol_type)
        return self._group_without_members(committed)

    def _group_without_members(self, committed: Mapping[Partition, int]) -> GroupFacts:
        """Members of the newer protocols are not shown by the older request, nor are their groups all listed."""
        streams = self._streams_group()
        if streams is not None:
            return streams
        try:
            listed = once_settled(
                lambda: self._admin.list_consumer_groups(request_timeout=ANSWER_SECONDS).result(ANSWER_SECONDS + 1),
                ANSWER_SECONDS,
            )
        except KafkaException as error:
            return GroupFacts("none", f"not known: {error.args[0].str()}", None)
        for each in listed.valid:
            if each.group_id == self._config.application_id:
                kind: GroupKind = "consumer" if each.type == ConsumerGroupType.CONSUMER else "classic"
                state = each.state.name.title().replace("_", "")
                runs = None if state == "Unknown" else state not in ("Empty", "Dead")
                return GroupFacts(kind, state, runs, "consumer")
        if committed:
            return GroupFacts("streams", "not told", None)
        return GroupFacts("none", "no such group", False if self._topology is not None else None)

    def _streams_group(self) -> GroupFacts | None:
        """The group, if it is one of the streams protocol."""
        if COMMITTED_OFFSETS not in self._cluster.partitions:
            return None  # Nobody has ever been in a group here, and the question would make the topic of groups.
        try:
            found = described_group(self._config, self._config.application_id, seconds=ANSWER_SECONDS)
        except (ConfigError, StreamsError) as error:
            log.debug("whether there is a streams group is not known: %s", error)
            return None
        if found is None:
            return None
        members = tuple(
            MemberFacts(
                name=each["client_id"],
                host=each["client_host"].lstrip("/"),
                partitions=(),
                tasks=tuple(str(task) for task in sorted(assignment_of(each["assignment"]).active)),
                topology_epoch=each["topology_epoch"],
            )
            for each in found["members"]
        )
        copies = tuple(
            (each.name, tuple(str(task) for task in sorted(each.standby)))
            for each in instances_of(found)
            if each.standby
        )
        return GroupFacts("streams", found["group_state"], bool(members), "consumer", "", members, copies)

    def _committed(
        self, described: GroupDescription | str
    ) -> tuple[dict[Partition, int], dict[Partition, int], dict[Partition, dict[str, int]]]:
        """The committed offsets; what is committed beside them: the largest timestamp read, and operators' numbers."""
        told = described if isinstance(described, GroupDescription) else None
        known = self._group_offsets.entries(self._cluster.partitions, described=told)
        beside = {key: decode(text) for key, each in known.items() if (text := metadata_of(each))}
        times = {key: time for key, (time, _) in beside.items()}
        return (
            {key: each.offset for key, each in known.items()},
            times,
            {key: numbers for key, (_, numbers) in beside.items()},
        )

    def _placement(self) -> tuple[Placement | None, tuple[str, ...], str | None]:
        """How partitions make up tasks; the source topics that are missing; why partitions do not fit."""
        topology, known = self._topology, self._cluster.partitions
        if topology is None:
            return None, (), None
        sources = {number: source_topics(part, self._cluster) for number, part in topology.subtopologies().items()}
        external = {topic for topics in sources.values() for topic in topics if topic not in topology.internal_topics}
        missing = tuple(sorted(topic for topic in external if topic not in known))
        if missing or not external:
            return None, missing, None
        try:
            counts = repartition_partitions(topology, sources, {topic: known[topic] for topic in external})
        except CoPartitioningError as error:
            return None, (), str(error)
        named = {topic: topology.topic_name(topic, self._config.application_id) for topic in counts}
        partitions = {**known, **{named[topic]: count for topic, count in counts.items()}}
        on_broker = {number: [named.get(topic, topic) for topic in topics] for number, topics in sources.items()}
        return place(on_broker, partitions, self._config.application_id), (), None

    def _inputs(
        self, committed: Mapping[Partition, int], group: GroupFacts, placement: Placement | None
    ) -> tuple[InputFacts, ...]:
        topics = dict.fromkeys(topic for topic, _ in committed)
        topics.update(dict.fromkeys(topic for member in group.members for topic, _ in member.partitions))
        if self._topology is not None:
            topics = dict.fromkeys(self._types.inputs if placement is None else sorted(placement.topics))
        known = self._cluster.partitions
        keys = [(topic, number) for topic in topics if topic in known for number in range(known[topic])]
        starts = self._offsets(keys, _EARLIEST)
        stable = self._offsets(keys, _LATEST, committed_only=True)
        ends = self._offsets(keys, _LATEST)
        places = {key: committed.get(key, starts.get(key, 0)) for key in keys}
        times, seen_ends = self._next_times({key: place for key, place in places.items() if place >= 0})
        own = set(self._types.repartition)
        prefix = f"{self._config.application_id}-"
        found = []
        for key in keys:
            end = max(ends.get(key, 0), seen_ends.get(key, 0))
            is_own = key[0] in own or (self._topology is None and key[0].startswith(prefix))
            lso = stable.get(key, end)
            # A stable offset below the end counts only where both come from the same answer.
            lso = lso if lso < ends.get(key, 0) else end
            found.append(InputFacts(*key, starts.get(key, 0), end, lso, committed.get(key), times.get(key), not is_own))
        return tuple(found)

    def _next_times(self, places: Mapping[Partition, int]) -> tuple[dict[Partition, int], dict[Partition, int]]:
        """Partition -> the timestamp of the record at an offset, or after it; and its end, as a fetch tells it."""
        if not places:
            return {}, {}
        settings = {
            **self._config.consumer("restore", {"fetch.wait.max.ms": 50}),
            "isolation.level": "read_uncommitted",
            "group.id": f"kstream-reader-{uuid4()}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
        consumer = self._clients.consumer(settings)
        times: dict[Partition, int] = {}
        ends: dict[Partition, int] = {}
        try:
            consumer.assign([TopicPartition(*key, place) for key, place in places.items()])
            waiting, deadline = set(places), time.monotonic() + _LOOK_SECONDS
            while waiting and time.monotonic() < deadline:
                runs, events = fetch(consumer, 500, 0.1)
                for key, run in runs:
                    times.setdefault(key, next(iter(run)).timestamp()[1])
                done = {key for key, _ in runs}
                done |= {(each.topic(), each.partition()) for each in events if each.topic() is not None}
                for key in done & waiting:
                    ends[key] = consumer.get_watermark_offsets(TopicPartition(*key), cached=True)[1]
                waiting -= done
        finally:
            consumer.close()
        return times, ends

    def _offsets(self, keys: Collection[Partition], spec: Any, *, committed_only: bool = False) -> dict[Partition, int]:
        try:
            return listed_offsets(self._admin, keys, spec, ANSWER_SECONDS, committed_only=committed_only)
        except KafkaException as error:
            topics = ", ".join(sorted({topic for topic, _ in keys}))
            raise StreamsError(f"the offsets of {topics} are not known: {error.args[0].str()}") from error

    def _sizes(self, topics: Iterable[str]) -> tuple[tuple[str, int], ...]:
        keys = [(topic, number) for topic in topics for number in range(self._cluster.partitions[topic])]
        starts, ends = self._offsets(keys, _EARLIEST), self._offsets(keys, _LATEST)
        if is_embedded(self._cluster.cluster_id):
            # The embedded broker counts only the first record of its last batch.
            _, seen = self._next_times({key: ends[key] - 1 for key in keys if ends[key] > starts[key]})
            ends = {key: max(end, seen.get(key, 0)) for key, end in ends.items()}
        sizes = dict.fromkeys((topic for topic, _ in keys), 0)
        for key in keys:
            sizes[key[0]] += max(ends[key] - starts[key], 0)
        return tuple(sizes.items())

    def _changelogs(self) -> list[str]:
        if self._topology is not None:
            return list(self._types.changelogs.values())
        prefix = f"{self._config.application_id}-"
        return sorted(
            name for name in self._cluster.partitions if name.startswith(prefix) and name.endswith("-changelog")
        )

    def _standbys(self, group: GroupFacts, placement: Placement | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if group.kind == "streams":
            return group.standbys
        replicas = self._config.num_standby_replicas
        if not replicas or placement is None or self._topology is None:
            return ()
        owned = owned_tasks([member_of(each.name, each.partitions) for each in group.members], placement)
        parts = self._topology.subtopologies()
        stateful = [task for tasks in owned.values() for task in tasks if parts[task.subtopology].stores]
        found = {name: standbys_of(name, owned, stateful, replicas) for name in sorted(owned)}
        return tuple((name, tuple(str(task) for task in sorted(tasks))) for name, tasks in found.items() if tasks)

    def _foreign(self, group: GroupFacts) -> tuple[str, ...]:
        if self._topology is None:
            return ()
        parts = self._topology.subtopologies().values()
        own = {topic for part in parts for topic in source_topics(part, self._cluster)} | set(self._types.repartition)
        return tuple(sorted({topic for each in group.members for topic, _ in each.partitions} - own))

    def _refused(self, topics: list[str]) -> tuple[str, ...]:
        """Topics that these credentials may not write to; brokers without access control refuse nothing."""
        if not topics:
            return ()
        asked = self._admin.describe_topics(
            TopicCollection(topics), include_authorized_operations=True, request_timeout=ANSWER_SECONDS
        )
        refused = []
        for topic, future in asked.items():
            try:
                allowed = future.result().authorized_operations
            except KafkaException as error:
                if error.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                    refused.append(topic)
                continue
            if allowed and AclOperation.WRITE not in allowed:
                refused.append(topic)
        return tuple(refused)
