"""One member of a streams group, without I/O: what its next heartbeat says, and what an answer means.

A heartbeat thread asks `request` and gives `take` the answers. The stream thread takes `news` up: it commits and gives
up what it is to give up, opens what is new, and tells so with `acknowledge`. Only then does the broker hand a task that
left this member to another one. Both threads use it; what they share is guarded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from kstream_cli.errors import AccessDeniedError, GroupJoinError, MissingTopicsError, StreamsError, TopicPartitionsError
from kstream_cli.logs import logger
from kstream_cli.protocol.error_codes import ErrorCode, name_of
from kstream_cli.runtime.streams_group.assignment import NOTHING, Assignment, assignment_of, wire_tasks
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

LEAVE, LEAVE_FOR_A_WHILE = -1, -2
"""The epochs by which a member leaves: for good, or as a static member that comes back."""
EAGER_SECONDS = 0.5
"""Between heartbeats while something is expected: the broker never calls."""
EAGER_FOR_SECONDS = 5.0
MISSING_SECONDS = 10.0
"""How long Kafka Streams waits for a missing source topic, with the brokers' own heartbeat interval."""
STALE_TOPOLOGY, MISSING_SOURCE_TOPICS, INCORRECTLY_PARTITIONED_TOPICS = 0, 1, 2
MISSING_INTERNAL_TOPICS, SHUTDOWN_APPLICATION, ASSIGNMENT_DELAYED, MISSING_CLIENT_TAGS = 3, 4, 5, 6
WITHOUT_TASKS = frozenset(
    {MISSING_SOURCE_TOPICS, INCORRECTLY_PARTITIONED_TOPICS, MISSING_INTERNAL_TOPICS, ASSIGNMENT_DELAYED}
)
"""While one of these holds, no tasks are given out."""
OUT = frozenset({ErrorCode.FENCED_MEMBER_EPOCH, ErrorCode.UNKNOWN_MEMBER_ID})
"""This member is none any more: its tasks may be others' already."""
NEEDS_STATIC = "group.instance.id needs brokers of Kafka 4.4 or newer with group.protocol=streams"
CHANGED_TOPOLOGY = "Topology updates are not supported"
"""How a broker begins to say that a group's members have another topology."""


class Refusal(NamedTuple):
    """An error of the group that the stream thread decides on, as the Kafka client would have told it."""

    code: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What does not change of a member. `topology` is sent when it joins; `endpoint` is where others may ask it."""

    group: str
    topology: Mapping[str, Any]
    process_id: str
    rebalance_timeout_ms: int
    instance_id: str | None = None
    rack: str | None = None
    endpoint: Mapping[str, Any] | None = None


Offsets = Callable[[], tuple[Mapping[TaskId, int], Mapping[TaskId, int]]]
"""How far copies have read their changelogs, all stores of a task together, and where these end."""


class Member:
    """Times are of `clock`, in seconds."""

    def __init__(self, identity: Identity, *, offsets: Offsets, clock: Callable[[], float] = time.monotonic) -> None:
        self._identity = identity
        self._offsets = offsets
        self._clock = clock
        self._lock = threading.Lock()
        self.id = str(uuid4())
        self.epoch = 0
        """0 while it is none yet, or none any more."""
        self.asks_for_shutdown = False
        """Whether the next heartbeat asks all instances to shut down."""
        self.is_shutting_down = False
        """Whether the group was asked to shut down."""
        self._owned = NOTHING
        self._sent: Assignment | None = None
        self._target: Assignment | None = None
        self._lost: str | None = None
        self._refusals: list[Refusal] = []
        self._error: StreamsError | None = None
        self._statuses: dict[int, str] = {}
        self._missing_since: float | None = None
        self._is_taking = False
        """Whether the stream thread is taking a target up."""
        self._has_assignment = False
        """Whether the group has said what this member is to do, if only that it is nothing."""
        self._endpoint_epoch = -1
        self._interval = EAGER_SECONDS
        self._offset_interval = 0.0
        self._offsets_at = float("-inf")
        self._eager_until = clock() + EAGER_FOR_SECONDS

    # For the heartbeat thread

    def request(self) -> dict[str, Any]:
        """The fields of the next heartbeat."""
        with self._lock:
            who, joins = self._identity, self.epoch == 0
            shown = NOTHING if joins else self._owned
            changed = joins or shown != self._sent
            self._sent = shown
            reached, ends = self._due_offsets()
            return {
                **_named(who, self.id, self.epoch),
                "endpoint_information_epoch": self._endpoint_epoch,
                "rack_id": who.rack if joins else None,
                "rebalance_timeout_ms": who.rebalance_timeout_ms if joins else -1,
                "topology": who.topology if joins else None,
                "active_tasks": wire_tasks(shown.active) if changed else None,
                "standby_tasks": wire_tasks(shown.standby) if changed else None,
                "warmup_tasks": wire_tasks(shown.warmup) if changed else None,
                "process_id": who.process_id if joins else None,
                "user_endpoint": who.endpoint if joins else None,
                "client_tags": [] if joins else None,
                "task_offsets": reached,
                "task_end_offsets": ends,
                "shutdown_application": self.asks_for_shutdown,
            }

    def leave_request(self, epoch: int) -> dict[str, Any]:
        """The fields of the last heartbeat: LEAVE, or LEAVE_FOR_A_WHILE."""
        unsaid = (
            *("rack_id", "topology", "active_tasks", "standby_tasks", "warmup_tasks", "process_id"),
            *("user_endpoint", "client_tags", "task_offsets", "task_end_offsets"),
        )
        return {
            **_named(self._identity, self.id, epoch),
            **dict.fromkeys(unsaid),
            "endpoint_information_epoch": -1,
            "rebalance_timeout_ms": -1,
            "shutdown_application": self.asks_for_shutdown,
        }

    def take(self, answer: Mapping[str, Any]) -> None:
        """Take an answer that is not about the coordinator."""
        with self._lock:
            code = answer["error_code"]
            if code:
                self._sent = None
                self._refused(code, answer["error_message"] or "")
                return
            self.asks_for_shutdown = False
            if answer["member_epoch"] != self.epoch:
                log.info("group %s: member epoch %d", self._identity.group, answer["member_epoch"])
                self._be_eager()
            self.epoch = answer["member_epoch"]
            self._interval = answer["heartbeat_interval_ms"] / 1000
            self._offset_interval = answer["task_offset_interval_ms"] / 1000
            self._endpoint_epoch = answer["endpoint_information_epoch"]
            if answer["status"] is not None:
                self._take_statuses({each["status_code"]: each["status_detail"] for each in answer["status"]})
            if answer["active_tasks"] is not None:
                self._take_target(assignment_of(answer))
            elif not self._has_assignment:
                self._take_target(NOTHING)

    def failed(self) -> None:
        """No answer came: what was told may not have arrived."""
        with self._lock:
            self._sent = None

    def lose(self, reason: str) -> None:
        """Have the stream thread give all tasks up, without a commit, and join anew."""
        with self._lock:
            self._lose(reason)

    def fail(self, error: StreamsError) -> None:
        """Have the stream thread end with an error."""
        with self._lock:
            self._error = error

    @property
    def is_lost(self) -> bool:
        """Whether its tasks are to be given up before anything else; until then it sends no heartbeat."""
        return self._lost is not None

    @property
    def pause(self) -> float:
        """Seconds from one heartbeat to the next."""
        with self._lock:
            if self._sent is not None and self._owned != self._sent and self.epoch:
                return 0.0
            expects = self._clock() < self._eager_until or bool(WITHOUT_TASKS & self._statuses.keys())
            return min(self._interval, EAGER_SECONDS) if expects else self._interval

    # For the stream thread

    @property
    def has_news(self) -> bool:
        return bool(
            self._lost is not None or self._target is not None or self._refusals or self._error or self._missing_since
        )

    def news(self) -> tuple[str | None, Assignment | None, list[Refusal]]:
        """Why all was lost; what the tasks are to be; what the group refuses. Raises what cannot be gone on with."""
        with self._lock:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            self._check_missing_topics()
            refusals, self._refusals = self._refusals, []
            if self._lost is not None:
                return self._lost, None, refusals
            self._is_taking = self._target is not None
            return None, self._target, refusals

    @property
    def owned(self) -> Assignment:
        return self._owned

    def acknowledge(self, owned: Assignment) -> None:
        """The stream thread has these tasks now, and none else."""
        with self._lock:
            self._owned = owned
            self._is_taking = False
            if self._target == owned:
                self._target = None
            self._be_eager()

    def forget(self) -> None:
        """The stream thread has given all up that was lost: the next heartbeat joins anew."""
        with self._lock:
            self._owned, self._target, self._sent, self._lost = NOTHING, None, None, None
            self._has_assignment = self._is_taking = False
            self.epoch = 0
            self._endpoint_epoch = -1
            self._be_eager()

    # Insides, with the lock

    def _refused(self, code: int, told: str) -> None:
        joins, group = self.epoch == 0, self._identity.group
        reason = told.rstrip(".") or name_of(code)
        if code in OUT and not joins:
            self._lose(f"{name_of(code)}: {reason}")
        elif code == ErrorCode.GROUP_ID_NOT_FOUND and not joins:
            self._lose(f"the group is gone: {reason}")
        elif code == ErrorCode.GROUP_ID_NOT_FOUND:
            # Members of the classic protocol are in it. The client has a word for that.
            self._refusals.append(Refusal(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, told))
        elif code in OUT:
            self.id = str(uuid4())
        elif code in _ERRORS or CHANGED_TOPOLOGY in reason:
            remedy = _ERRORS.get(code, _ERRORS[ErrorCode.STREAMS_INVALID_TOPOLOGY])
            self._error = GroupJoinError(
                f"the brokers do not let this application into group {group!r}: {reason}: {remedy}"
            )
        elif code == ErrorCode.INVALID_REQUEST:
            remedy = f": {NEEDS_STATIC}" if self._identity.instance_id is not None else ""
            self._error = GroupJoinError(f"group {group!r} refuses this application: {reason}{remedy}")
        elif code == ErrorCode.TOPIC_AUTHORIZATION_FAILED:
            self._error = AccessDeniedError(
                f"the cluster refuses: {reason}: allow this user DESCRIBE and READ on the topics that it "
                f"reads, and CREATE on those that begin with {group!r} (see docs/guides/security.md)"
            )
        else:
            self._refusals.append(Refusal(code, told or reason))

    def _lose(self, reason: str) -> None:
        if self._lost is None:
            self._lost = reason
            self.epoch = 0
            self._sent = None

    def _take_target(self, target: Assignment) -> None:
        if target == NOTHING == self._owned and WITHOUT_TASKS & self._statuses.keys():
            return  # The group has not decided yet.
        # What is owned is about to change while the stream thread takes a target up: then the newer one comes after it,
        # for the broker says it once only, also where it gives back what the thread is just giving up.
        if target == self._owned and self._has_assignment and not self._is_taking:
            self._target = None
            return
        self._target = target
        self._has_assignment = True
        self._be_eager()

    def _take_statuses(self, statuses: dict[int, str]) -> None:
        group = self._identity.group
        for code in statuses.keys() - self._statuses.keys():
            if code in _WARNINGS:
                log.warning("group %s: %s: %s", group, _WARNINGS[code], statuses[code])
            elif code == MISSING_INTERNAL_TOPICS:
                log.info("group %s: the broker makes internal topics: %s", group, statuses[code])
        if SHUTDOWN_APPLICATION in statuses:
            self.is_shutting_down = True
        if INCORRECTLY_PARTITIONED_TOPICS in statuses:
            self._error = TopicPartitionsError(
                f"topics do not fit the topology: {statuses[INCORRECTLY_PARTITIONED_TOPICS]}"
            )
        if MISSING_SOURCE_TOPICS not in statuses:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = self._clock()
        self._statuses = statuses

    def _check_missing_topics(self) -> None:
        """A topic that was made a moment ago shows as missing for a heartbeat or two."""
        patience = max(2 * self._interval, MISSING_SECONDS)
        if self._missing_since is not None and self._clock() - self._missing_since > patience:
            raise MissingTopicsError(f"missing source topics: {self._statuses.get(MISSING_SOURCE_TOPICS, '')}")

    def _due_offsets(self) -> tuple[list[dict[str, Any]] | None, list[dict[str, Any]] | None]:
        now = self._clock()
        if not self.epoch or not self._offset_interval or now - self._offsets_at < self._offset_interval:
            return None, None
        self._offsets_at = now
        reached, ends = self._offsets()
        copies = self._owned.standby | self._owned.warmup
        return _wire_offsets(reached, copies), _wire_offsets(ends, copies)

    def _be_eager(self) -> None:
        self._eager_until = self._clock() + EAGER_FOR_SECONDS


_ERRORS: Mapping[int, str] = {
    ErrorCode.STREAMS_INVALID_TOPOLOGY: (
        "its members run another topology, and brokers do not change it while the group has members. Stop all of "
        "them and start the new version, or give it another application.id"
    ),
    ErrorCode.STREAMS_INVALID_TOPOLOGY_EPOCH: "its topology is not the one that the group has",
    ErrorCode.STREAMS_TOPOLOGY_FENCED: "the group has a newer topology: update this instance",
    ErrorCode.UNSUPPORTED_VERSION: (
        "the streams protocol is switched off there: have the cluster enable the feature streams.version=1, and name "
        "streams in group.coordinator.rebalance.protocols where that is set, or use group.protocol=classic"
    ),
}
"""These do not end by waiting, and what to do about each."""
_WARNINGS = {
    STALE_TOPOLOGY: "other members have a newer topology, and this one gets no tasks: update it",
    MISSING_SOURCE_TOPICS: "source topics are missing",
    MISSING_CLIENT_TAGS: "the brokers miss client tags for placing standbys by rack, which kstream does not send",
}


def _named(who: Identity, member: str, epoch: int) -> dict[str, Any]:
    return {"group_id": who.group, "member_id": member, "member_epoch": epoch, "instance_id": who.instance_id}


def _wire_offsets(offsets: Mapping[TaskId, int], tasks: frozenset[TaskId]) -> list[dict[str, Any]]:
    return [
        {"subtopology_id": str(task.subtopology), "partition": task.partition, "offset": offset}
        for task, offset in sorted(offsets.items())
        if task in tasks
    ]
