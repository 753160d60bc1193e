"""The described topology: what can be said of one without running it.

Whatever a topology comes from, this is what commands show, draw, save and compare. A field is left out where its source
does not say it: Java's text knows no serdes, no windows and no changelogs. All spans of time are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

NodeKind: TypeAlias = Literal["source", "processor", "sink"]
WindowKind: TypeAlias = Literal["tumbling", "hopping", "sliding", "session", "unlimited", "days", "custom", "join"]


class _Plain(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Frozen data; in JSON, a field that says nothing is left out."""


class Position(_Plain, frozen=True, kw_only=True):
    """A line of the user's code; `file` is relative to the project's folder where it lies in it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Function(_Plain, frozen=True, kw_only=True):
    """A function or class that the user gave a node. `role` says for what: `predicate`, `mapper`, `joiner`, …

    `hash` changes when the code does, but not when it only moves. It is the bytecode's, so that two of them can be
    compared only where `python` of their topologies is the same.
    """

    role: str
    name: str
    position: Position | None = None
    hash: str | None = None


class Types(_Plain, frozen=True, kw_only=True):
    """The types of keys and values, as serdes name them: `String`, `Long`; None: not known."""

    key: str | None = None
    value: str | None = None


class JsonType(_Plain, frozen=True, kw_only=True):
    """What the JSON of a type looks like.

    `kind` is `object`, `array` or `named tuple` with `fields` (the latter two go by position), `list`, `set` or `tuple`
    with `parts`, `map` with the parts key and value, `union` with a part for each alternative, `enum` with the JSON of
    its `values` by name, `within` for a class within itself, or a simple one: `int`, `str`, `datetime`, `any`, …
    A `closed` object is not read where it has fields that its class has not.
    """

    kind: str
    name: str | None = None
    fields: tuple[JsonField, ...] = ()
    parts: tuple[JsonType, ...] = ()
    values: Mapping[str, str] = {}
    limits: str | None = None
    closed: bool = False


class JsonField(_Plain, frozen=True, kw_only=True):
    """One field, named as in JSON. `default` is the JSON of what a missing one is; None: it may not be missing."""

    name: str
    type: JsonType
    default: str | None = None


class Form(_Plain, frozen=True, kw_only=True):
    """What a serde's name does not say of the bytes that it writes.

    `json` is the type of a JSON serde; `around` is the name of the serde that it lies in, as `TimeWindowed(…, 100)`.
    `code` changes with a serde of the user's own, or with the schema that it is given; like the hash of a function it
    can be compared only where `python` is the same. `upgrade` reads what the type cannot.
    """

    json: JsonType | None = None
    around: str = "…"
    code: str | None = None
    upgrade: Function | None = None


class Windows(_Plain, frozen=True, kw_only=True):
    """How a node divides time. A join's window reaches from `before_ms` before to `after_ms` after a record.

    Custom windows have the `name` of their class, and `size_ms` is that of the longest; days have a time `zone`, and
    the one window without an end a `start_ms`.
    """

    kind: WindowKind
    name: str | None = None
    zone: str | None = None
    start_ms: int | None = None
    size_ms: int | None = None
    advance_ms: int | None = None
    gap_ms: int | None = None
    before_ms: int | None = None
    after_ms: int | None = None
    grace_ms: int | None = None
    emit: Literal["on_update", "on_close"] = "on_update"


class Join(_Plain, frozen=True, kw_only=True):
    """A join of what comes in from the node `this` with `other`, a node; or a store where no node here fills it.

    A side that is read from one topic as it is, as a stream or as a table, has the topic's name.
    """

    kind: Literal["inner", "left", "outer"] | None = None
    this: str
    other: str
    other_store: str | None = None
    this_topic: str | None = None
    other_topic: str | None = None


class Repartition(_Plain, frozen=True, kw_only=True):
    """Why records go through a repartition topic: `operation` of the node `because` changes or chooses the key."""

    because: str
    operation: str | None = None
    position: Position | None = None


class DescribedNode(_Plain, frozen=True, kw_only=True):
    """One node. `topics` are those a source reads or a sink writes; a pattern or extractor stands in their place.

    Topics of another cluster than home have it in front, as `east:orders`; it is the `cluster` of the node, too.

    `stores` are connected to the node, `global_stores` are read by it. `position` is where the user's code adds it.
    A node that holds updates back waits `wait_ms`: after the end of a window, or after a key's first update.
    """

    name: str
    kind: NodeKind
    operation: str | None = None
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    extractor: str | None = None
    cluster: str | None = None
    key: str | None = None
    value: str | None = None
    key_form: Form | None = None
    value_form: Form | None = None
    takes: Types | None = None
    gives: Types | None = None
    stores: tuple[str, ...] = ()
    global_stores: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    position: Position | None = None
    windows: Windows | None = None
    join: Join | None = None
    wait_ms: int | None = None
    wait_after: Literal["window_end", "first_update"] | None = None
    drops_null_keys: bool = False
    """Whether records without a key go no further."""
    emit_on_idle_ms: int | None = None
    """Without records for so long (wall clock), it emits by the clock: what comes out then is not deterministic."""
    repartition: Repartition | None = None
    options: Mapping[str, str] = {}
    """What else decides on results: whether a foreign-key join is a `left` one, the limits of a suppression."""
    offset_reset: str | None = None
    """Where a source begins without a committed offset; None: as `auto.offset.reset` says."""


class DescribedStore(_Plain, frozen=True, kw_only=True):
    """One state store, how it is kept and where its changes go.

    `changelog` is the changelog topic, or the source topic that serves as one (`changelog_is_source`).
    """

    name: str
    kind: str | None = None
    persistent: bool | None = None
    caching: bool | None = None
    logging: bool | None = None
    timestamped: bool | None = None
    changelog: str | None = None
    changelog_is_source: bool = False
    changelog_config: Mapping[str, str] = {}
    key: str | None = None
    value: str | None = None
    key_form: Form | None = None
    value_form: Form | None = None
    retention_ms: int | None = None
    window_size_ms: int | None = None
    grace_ms: int | None = None
    segment_interval_ms: int | None = None
    retain_duplicates: bool = False
    max_entries: int | None = None

    @property
    def says_types(self) -> bool:
        """Whether a missing `key` or `value` means the configured default: Java's text and a cluster name no serdes."""
        return self.logging is not None or self.key is not None or self.value is not None


class DescribedSubtopology(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes that run together as one task for each partition, in the order of Java's `Topology.describe()`."""

    id: int
    source_topics: tuple[str, ...]
    nodes: tuple[DescribedNode, ...]
    stores: tuple[DescribedStore, ...]


class DescribedGlobalStore(msgspec.Struct, frozen=True, kw_only=True):
    """A global store with the source and processor that fill it; it makes no tasks."""

    id: int
    source: DescribedNode
    processor: DescribedNode
    store: DescribedStore


class DescribedTopology(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A whole topology. Topics are named as on a broker: with an application id, internal ones carry it in front."""

    name: str = msgspec.field(name="topology")
    subtopologies: tuple[DescribedSubtopology, ...]
    global_stores: tuple[DescribedGlobalStore, ...] = ()
    internal_topics: tuple[str, ...] = ()
    copartition_groups: tuple[tuple[str, ...], ...] = ()
    application_id: str | None = None
    python: str | None = None
    partitions: Mapping[str, int] = {}
    """Internal topic -> the number of partitions that the topology asks for, where it does."""
    settings: Mapping[str, str] = {}
    """The settings that decide on state and results: the guarantee, the default serdes, the optimisations, …"""

    def blocks(self) -> list[DescribedSubtopology | DescribedGlobalStore]:
        """Subtopologies and global stores, by number."""
        return sorted((*self.subtopologies, *self.global_stores), key=lambda block: block.id)

    def nodes(self) -> Iterator[DescribedNode]:
        """All nodes, those of global stores last."""
        for part in self.subtopologies:
            yield from part.nodes
        for block in self.global_stores:
            yield from (block.source, block.processor)

    def stores(self) -> Iterator[DescribedStore]:
        """All stores, global ones last."""
        for part in self.subtopologies:
            yield from part.stores
        for block in self.global_stores:
            yield block.store

    def topics(self) -> tuple[str, ...]:
        """All topics that are read or written by name, in the order of the nodes; changelogs are the stores'."""
        return tuple(dict.fromkeys(topic for node in self.nodes() for topic in node.topics))

    def clusters(self) -> tuple[str, ...]:
        """The clusters beside home that nodes read or write, in the order of the alphabet."""
        return tuple(sorted({node.cluster for node in self.nodes() if node.cluster is not None}))

    def own_topic(self, topic: str) -> str:
        """The name in the topology of a topic on the broker: without the application id."""
        prefix = f"{self.application_id}-"
        return topic.removeprefix(prefix) if self.application_id and topic in self.internal_topics else topic


class ClusterView(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster says about the topology's topics: name -> partition count, None where the topic is missing."""

    bootstrap_servers: str
    partitions: Mapping[str, int | None]

    def tasks(self, subtopology: DescribedSubtopology) -> int | None:
        """One task for each partition of the widest source topic; None while none of its topics exists."""
        counts = [count for topic in subtopology.source_topics if (count := self.partitions.get(topic)) is not None]
        return max(counts) if counts else None

    def missing(self) -> tuple[str, ...]:
        return tuple(topic for topic, count in self.partitions.items() if count is None)
