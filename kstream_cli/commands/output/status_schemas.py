"""The shapes of what commands that ask an application write with --json."""

from __future__ import annotations

from typing import Literal

import msgspec

Trend = Literal["rising", "falling", "steady"]


class GroupMemberStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A thread of an instance, as the group shows it."""

    name: str
    host: str
    tasks: tuple[str, ...]
    """Known where a module says how partitions make up tasks."""
    partitions: tuple[str, ...]
    topology_epoch: int | None = None
    """Which version of the topology it runs, as a streams group counts them; null in a group of another kind."""


class InputStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A partition that the application reads."""

    topic: str
    partition: int
    start: int
    end: int
    committed: int | None
    lag: int | None
    """Offsets from the committed one to the end."""
    lag_ms: int | None
    """How long ago the record was written that is read next; 0 where all is read."""
    trend: Trend | None
    """Of the lag over the last minute; null before the second look."""


class RestoringStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A store on its way back from its changelog."""

    task: str
    store: str
    restored: int
    remaining: int | None
    """None while it is not known."""
    seconds_left: float | None
    """At the pace so far."""


class InstanceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that answered at its endpoint."""

    server: str
    name: str
    """Its client id."""
    kstream: str
    """The version of kstream."""
    topology: str
    """A hash: instances with another one run another topology."""
    is_this_topology: bool | None
    """Whether it is that of MODULE; None without one."""
    state: str
    paused: bool
    tasks: dict[str, str]
    """Task -> its state."""
    lag: int | None
    """Records on the broker and in memory that are not processed; None while it is not known."""
    restoring: tuple[RestoringStatus, ...]
    stuck: tuple[str, ...]
    """Threads that hang, and where in the user's code."""
    last_error: str | None


class ApplicationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What `kstream status` saw; with --watch each line is one look."""

    application_id: str
    time: int
    state: str
    """Of the group, as the broker says it."""
    protocol: Literal["classic", "consumer", "streams", "none"]
    runs: bool | None
    """Whether the group has members; null where the brokers do not tell."""
    members: tuple[GroupMemberStatus, ...]
    inputs: tuple[InputStatus, ...]
    changelogs: dict[str, int]
    """Topic and how many offsets it holds."""
    standbys: dict[str, tuple[str, ...]]
    """Instance and the tasks of which it keeps a copy."""
    missing_topics: tuple[str, ...]
    foreign_topics: tuple[str, ...]
    """Topics that members read and this topology does not."""
    instances: tuple[InstanceStatus, ...]
    """Those that answered."""
    instances_away: dict[str, str]
    """Server -> why it did not answer."""


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """What `kstream why` says: a cause that was proved, or `not known`."""

    application_id: str
    time: int
    cause: str
    sentence: str
    remedy: str


class Diagnosed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream doctor`: something that an application depends on."""

    check: str
    level: Literal["ok", "warning", "problem"]
    finding: str
    remedy: str
    """Empty where all is well."""
