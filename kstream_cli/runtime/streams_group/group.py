"""A streams group as one instance of an application sees it: what its members, one a stream thread, have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from kstream_cli.config import Config
from kstream_cli.config.settings import STREAMS
from kstream_cli.errors import BrokerUnavailableError, GroupJoinError
from kstream_cli.logs import logger
from kstream_cli.protocol.coordinator import Coordinator, address
from kstream_cli.protocol.error_codes import name_of
from kstream_cli.protocol.failures import ConnectionFailedError, LoginRefusedError, NotSupportedError
from kstream_cli.protocol.messages import HEARTBEAT, UPDATE_DESCRIPTION
from kstream_cli.runtime.clients.group_metadata import require_known_form
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin, KafkaConsumer
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.streams_group.assignment import NOTHING, Assignment
from kstream_cli.runtime.streams_group.description import GroupInstance, described_group, instances_of
from kstream_cli.runtime.streams_group.group_settings import settle_standbys
from kstream_cli.runtime.streams_group.heartbeats import Heartbeats
from kstream_cli.runtime.streams_group.member import LEAVE, LEAVE_FOR_A_WHILE, Identity, Member
from kstream_cli.runtime.streams_group.streams_consumer import StreamsConsumer
from kstream_cli.runtime.streams_group.wire_topology import EPOCH, require_sendable, wire_description, wire_topology
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.internal_topics import internal_topics
from kstream_cli.topology.topology import Topology

log = logger(__name__)

FIND_SECONDS = 30.0
"""For a cluster that has just started, and makes its topic of groups first."""
MOST_SHUTDOWN_SECONDS = 15.0
MARGIN_SECONDS = 1.0
DESCRIBE_SECONDS = 5.0
JOIN_ATTEMPTS = 10


class StreamsGroup:
    """Made before the first thread starts. Its methods may be called by any thread.

    Raises ConfigError for a topology, or settings, that the streams protocol cannot do with; GroupJoinError where the
    brokers do not have it; BrokerUnavailableError where none answers.
    """

    def __init__(self, topology: Topology, config: Config, *, process_id: str, client_id: str) -> None:
        require_sendable(topology)
        self._config = config
        self._group = config.application_id
        self._client_id = client_id
        self._identity: dict[str, Any] = {
            "group": self._group,
            "topology": wire_topology(topology, config),
            "process_id": process_id,
            "rebalance_timeout_ms": config.max_poll_interval_ms,
            "endpoint": _endpoint(config.application_server),
            "rack": config.client_rack,
        }
        self._description = wire_description(topology, self._group)
        self._internal_topics = internal_topics(topology, self._group)
        self._pushes = config.topology_description_push_enabled
        self.leaves: bool | None = None
        """Whether members leave the group when they are closed; None: all but static ones do."""
        self._members: dict[str, Member] = {}
        self._assigned: dict[str, Assignment] = {}
        self._reached: Mapping[TaskId, int] = {}
        self._ends: Mapping[TaskId, int] = {}
        self._require_protocol()

    # Members

    def consumer(
        self,
        consumer: KafkaConsumer,
        *,
        thread: str,
        client_id: str,
        instance_id: str | None,
        placement: Callable[[], Placement],
        look_at_topics: Callable[[], None],
    ) -> StreamsConsumer:
        """A stream thread's consumer, which is a member of the group once it has subscribed."""
        if self._config.exactly_once:
            require_known_form(consumer.consumer_group_metadata(), self._group)
        member = Member(
            Identity(**self._identity, instance_id=instance_id), offsets=lambda: (self._reached, self._ends)
        )
        self._members = {**self._members, thread: member}
        heartbeats = Heartbeats(
            f"{thread}-heartbeats",
            member,
            self._coordinator(client_id),
            poll_interval=self._config.max_poll_interval_ms / 1000,
            describe=self._describe,
        )
        return StreamsConsumer(
            consumer,
            member,
            heartbeats,
            self._coordinator(client_id),
            group=self._group,
            instance_id=instance_id,
            placement=placement,
            on_assignment=lambda assignment: self._note(thread, assignment),
            look_at_topics=look_at_topics,
            internal_topics=self._internal_topics,
            leaving=lambda: self._leaving(instance_id),
        )

    def standbys(self) -> set[TaskId]:
        """The tasks of which this instance is to keep copies, those that warm up among them."""
        assigned = self._assigned.values()
        active = {task for each in assigned for task in each.active}
        return {task for each in assigned for task in each.standby | each.warmup} - active

    def note_copies(self, reached: Mapping[TaskId, int], ends: Mapping[TaskId, int]) -> None:
        """How far the copies have come, for the broker to decide which of them can become tasks."""
        self._reached, self._ends = reached, ends

    def instances(self) -> list[GroupInstance]:
        """All instances of the application, also in Java. Raises StreamsError where the group cannot tell."""
        found = described_group(self._config, self._group, seconds=DESCRIBE_SECONDS)
        return [] if found is None else instances_of(found)

    # Shutting down all instances

    def look(self) -> bool:
        """Whether an instance has asked all others to shut down."""
        return any(member.is_shutting_down for member in self._members.values())

    def send(self) -> bool:
        """Ask all instances to shut down; False when the group did not take it.

        This instance's own members may be leaving already, so that a member of its own asks.
        """
        member = Member(Identity(**self._identity), offsets=lambda: ({}, {}))
        member.asks_for_shutdown = True
        coordinator = self._coordinator(f"{self._client_id}-shutdown")
        try:
            for _ in range(JOIN_ATTEMPTS):
                answer = coordinator.call(HEARTBEAT, **member.request())
                if not answer["error_code"]:
                    log.warning("all instances of the application are told to shut down")
                    self._leave_once_told(coordinator, member, answer["heartbeat_interval_ms"] / 1000)
                    return True
                coordinator.forget()
                time.sleep(0.2)
            problem = name_of(answer["error_code"])
        except BrokerUnavailableError as error:
            problem = str(error)
        finally:
            coordinator.close()
        log.error("the other instances of the application cannot be told to shut down: %s", problem)
        return False

    def close(self) -> None:
        """There is nothing to close: each member has left by itself."""

    def _leave_once_told(self, coordinator: Coordinator, member: Member, interval: float) -> None:
        """The group may forget a request with the member that made it: all others are to send a heartbeat first."""
        deadline = time.monotonic() + min(interval, MOST_SHUTDOWN_SECONDS) + MARGIN_SECONDS
        while time.monotonic() < deadline:
            time.sleep(min(interval, 0.5))
            coordinator.call(HEARTBEAT, **member.request())
        coordinator.call(HEARTBEAT, **member.leave_request(LEAVE))

    # Insides

    def _leaving(self, instance_id: str | None) -> int | None:
        if self.leaves is None:
            return LEAVE if instance_id is None else LEAVE_FOR_A_WHILE
        if self.leaves:
            return LEAVE
        return None if instance_id is None else LEAVE_FOR_A_WHILE

    def _note(self, thread: str, assignment: Assignment) -> None:
        assigned = {**self._assigned, thread: assignment}
        self._assigned = {name: each for name, each in assigned.items() if each != NOTHING}

    def _describe(self, coordinator: Coordinator, member_id: str) -> None:
        """Send the topology's description, which a broker that keeps it has asked for (KIP-1331)."""
        if not self._pushes:
            return
        try:
            answer = coordinator.call(
                UPDATE_DESCRIPTION,
                group_id=self._group,
                member_id=member_id,
                topology_epoch=EPOCH,
                topology_description=self._description,
            )
        except NotSupportedError as error:
            self._pushes = False
            log.debug("the topology's description is not sent: %s", error)
            return
        except BrokerUnavailableError as error:
            log.debug("the topology's description was not sent: %s", error)
            return
        if answer["error_code"]:
            reason = answer["error_message"] or name_of(answer["error_code"])
            log.info("the broker does not keep the topology's description: %s", reason)
        else:
            log.info("the broker has the topology's description")

    def _coordinator(self, client_id: str) -> Coordinator:
        return Coordinator(self._config.admin(), self._group, client_id=client_id)

    def _require_protocol(self) -> None:
        coordinator = self._coordinator(self._client_id)
        deadline = time.monotonic() + FIND_SECONDS
        try:
            while True:
                try:
                    has_protocol = coordinator.has(HEARTBEAT)
                    break
                except (LoginRefusedError, NotSupportedError):
                    raise
                except ConnectionFailedError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)
        finally:
            coordinator.close()
        if not has_protocol:
            raise GroupJoinError(
                f"the brokers at {self._config.bootstrap_servers} do not have the streams protocol: it needs Apache "
                "Kafka 4.2 or newer, with the feature streams.version=1; or use group.protocol=classic"
            )


def streams_group(
    topology: Topology, config: Config, admin: KafkaAdmin, *, process_id: str, client_id: str
) -> StreamsGroup | None:
    """The group by `group.protocol=streams`; None by any other protocol. Raises as StreamsGroup does."""
    if config.group_protocol != STREAMS:
        return None
    group = StreamsGroup(topology, config, process_id=process_id, client_id=client_id)
    settle_standbys(admin, config)
    return group


def _endpoint(server: str) -> dict[str, Any] | None:
    """The place of `application.server`, as the group tells it to others."""
    if not server:
        return None
    host, port = address(server)
    return {"host": host, "port": port}
