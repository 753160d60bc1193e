"""What can be seen of an application from its cluster alone, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from kstream_cli.operations.silence_cause import Silence
from kstream_cli.task.partition import Partition

GroupKind: TypeAlias = Literal["classic", "consumer", "streams", "none"]
"""By which protocol the members share the work; `none` where there is no group."""

Holder: TypeAlias = Literal["suppress", "window"]


@dataclass(frozen=True, slots=True)
class InputFacts:
    """A partition that the application reads."""

    topic: str
    partition: int
    start: int
    """The first offset that is there."""
    end: int
    """The offset that the next record gets."""
    stable: int
    """Where readers of committed records stop: the first offset of a transaction that is open, else the end."""
    committed: int | None = None
    """Where the application goes on; None: it has committed nothing."""
    next_time: int | None = None
    """Timestamp (ms) of the record that it reads next; None where there is none."""
    is_external: bool = True
    """Not a repartition topic of its own."""
    read_time: int | None = None
    """The largest timestamp (ms) read so far, as it is committed beside the offset; -1: nothing was read; None: not
    known."""

    @property
    def lag(self) -> int | None:
        """Records, or offsets, from where it goes on to the end."""
        return None if self.committed is None else max(self.end - max(self.committed, self.start), 0)

    @property
    def is_empty(self) -> bool:
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member of the group: a thread of an instance."""

    name: str
    host: str
    partitions: tuple[Partition, ...]
    tasks: tuple[str, ...] = ()
    topology_epoch: int | None = None
    """Which version of the topology it runs, as a streams group counts them."""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """The application's group."""

    kind: GroupKind
    state: str
    """As the broker says it: Stable, Empty, PreparingRebalance, …"""
    runs: bool | None
    """Whether it has members; None where the brokers do not tell."""
    protocol_type: str = ""
    protocol: str = ""
    members: tuple[MemberFacts, ...] = ()
    standbys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Instance and the tasks of which it keeps a copy, where the group itself knows."""


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """Results that wait in a store for stream time."""

    store: str
    count: int
    until: int
    """The stream time (ms) at which the first of them comes out."""
    by: Holder
    emit_on_idle_ms: int | None = None
    """The wall clock lets it go, too, once no record has come for so long."""


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """All that was seen, at one moment."""

    application_id: str
    time: int
    """When it was looked at (ms)."""
    group: GroupFacts
    inputs: tuple[InputFacts, ...] = ()
    changelogs: tuple[tuple[str, int], ...] = ()
    """Topic and how many offsets it holds."""
    outputs: tuple[tuple[str, int], ...] = ()
    """Topic and how many offsets it holds."""
    dead_letters: tuple[tuple[str, int], ...] = ()
    """Topic and how many offsets it holds; looked at deeply, how many records of the inputs failed and are in it."""
    standbys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Instance and the tasks of which it keeps a copy, where that can be worked out."""
    missing: tuple[str, ...] = ()
    """Source topics that are not there."""
    mismatch: str | None = None
    """Why joined topics do not fit each other."""
    refused: tuple[str, ...] = ()
    """Topics that these credentials may not write to."""
    held: tuple[HeldFacts, ...] = ()
    foreign: tuple[str, ...] = ()
    """Topics that members of the group are assigned, and that the topology does not read."""
    reset: str = "earliest"
    """Where a partition without a committed offset is read from."""
    reads_committed: bool = False
    commit_interval_ms: int = 30_000
    group_protocol: str = "classic"
    """By which protocol the application itself joins its group."""
    has_topology: bool = False
    told: tuple[Silence, ...] = ()
    """What instances say of themselves, those that answer."""


def is_at_end(facts: ApplicationFacts) -> bool:
    """Whether the application has read all that is there, and has committed that."""
    filled = [each for each in facts.inputs if not each.is_empty]
    return bool(filled) and all(each.lag == 0 for each in filled)
