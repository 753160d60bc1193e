"""The logical graph: what the DSL's methods add, one node an operation, before it is optimised and written.

Nodes are frozen data. A node holds the physical nodes it will become; a physical node without parents stands below
the last physical node of each of its graph parents, whichever those are once the graph has been optimised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any, TypeAlias

from kstream_cli.config import Config
from kstream_cli.dsl.naming import Names
from kstream_cli.dsl.store_suppliers import DslStoreSuppliers, in_memory, on_disk, warn_of_lost_results, with_headers
from kstream_cli.processor.inlining import Position
from kstream_cli.processor.user_position import calling_position
from kstream_cli.serde.serde import Serde
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import InternalTopic, Node, ProcessorNode, SourceNode


class TableRole(Enum):
    """How a table comes by the old values and the row lookups that its children ask for."""

    SOURCE = "source"
    """Made from records: kept in its store only where somebody needs its rows."""
    STORED = "stored"
    """Always kept in a store, which knows the old values."""
    VIEW = "view"
    """Computed from its parents, which are asked in turn."""
    JOIN = "join"
    """Computed from its parents, which are made to keep their rows."""


@dataclass(frozen=True, slots=True)
class DslStore:
    """A store of the DSL whose kind (RocksDB or in memory) the configuration chooses, unless it is given."""

    builder: StoreBuilder[Any, Any]
    suppliers: DslStoreSuppliers | None = None
    """What chooses the kind, where it is given."""

    def resolve(self, config: Config) -> StoreBuilder[Any, Any]:
        """The builder of the kind and format that the configuration asks for."""
        suppliers: DslStoreSuppliers | None = self.suppliers or config.dsl_store_suppliers_class
        if suppliers is None:
            suppliers = in_memory if config.default_dsl_store == "in_memory" else on_disk
        chosen = suppliers(self.builder)
        warn_of_lost_results(chosen)
        return with_headers(chosen) if config.dsl_store_format == "HEADERS" else chosen


GraphStore: TypeAlias = DslStore | StoreBuilder[Any, Any]


def store_name(store: GraphStore) -> str:
    """The name of a store of either form."""
    return store.builder.name if isinstance(store, DslStore) else store.name


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """One operation. Its children attach to the physical node called `name`."""

    name: str
    parents: tuple[int, ...] = ()
    nodes: tuple[Node, ...] = ()
    stores: tuple[GraphStore, ...] = ()
    internal_topics: tuple[InternalTopic, ...] = ()
    key_changing: bool = False
    value_changing: bool = False
    merge: bool = False
    null_keys_relaxed: bool = False
    """A left or outer join, which takes records without a key: they must come through repartition topics."""
    copartitioned: bool = False
    """The sources of all parents must have the same number of partitions."""
    copartitioned_with: tuple[int, ...] = ()
    """Tables read beside the parents, not fed from: their sources need that number of partitions, too."""
    table: TableRole | None = None
    output_versioned: bool | None = None
    """Whether the result is a versioned table; None: as its parents are."""
    not_versioned: str | None = None
    """An operation that refuses versioned tables, as its error names it."""
    grace_ms: int | None = None
    """How long after a window's end its results may still change; for suppress further down."""

    @property
    def physical_names(self) -> tuple[str, ...]:
        """The names of the nodes that it will become."""
        return tuple(node.name for node in self.nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSource(GraphNode):
    """Reads topics as a stream. Two of the same topics become one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource(GraphNode):
    """Reads a topic as a table; its store's changelog may be that very topic."""

    topic: str
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalStoreSource(GraphNode):
    """Fills a global store, the only one in `stores`, from a topic."""

    source: SourceNode
    processor: ProcessorNode
    reprocess_on_restore: bool = False

    @property
    def physical_names(self) -> tuple[str, ...]:
        return (self.source.name, self.processor.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repartition(GraphNode):
    """Writes to an internal topic and reads it again: filter, sink, source."""

    topic: str
    key: Serde[Any] | None = None
    value: Serde[Any] | None = None
    mergeable: bool = True
    """May be merged with others by `merge.repartition.topics`; explicit repartition() may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamJoin(GraphNode):
    """A windowed join of two streams; `this_windowed`, `other_windowed` name its parents, which store each side."""

    this_windowed: str
    other_windowed: str
    self_join: ProcessorNode | None = None
    """What takes the place of `nodes` when a stream is joined with itself and one store is enough; None: never.
    Its name is this node's, its parent `this_windowed`."""

    @property
    def physical_names(self) -> tuple[str, ...]:
        return (self.name, *(node.name for node in self.nodes))


class Graph:
    """The graph of one StreamsBuilder. Nodes are only added; they are known by their number."""

    def __init__(self) -> None:
        self.names = Names()
        self.nodes: list[GraphNode] = []
        self.priorities: list[int] = []
        """By node: lower ones are written first."""
        self.materialized: set[int] = set()
        """Source tables that must keep their rows in a store."""
        self.sending_old_values: set[int] = set()
        """Tables that must forward the old value of a row with the new one."""
        self.join_repartitions: dict[int, int] = {}
        """Stream -> the repartition node that its unnamed joins share."""
        self.positions: dict[str, Position] = {}
        """Physical node -> the line of the user's code that added it."""
        self.given_serdes: dict[str, tuple[Serde[Any] | None, Serde[Any] | None]] = {}
        """Physical node -> the serdes of the keys and values that it passes on."""
        self._priority = count()

    def add(self, node: GraphNode) -> int:
        """Add a node below its parents; returns its number."""
        if (position := calling_position()) is not None:
            for name in node.physical_names:
                self.positions.setdefault(name, position)
        self.nodes.append(node)
        self.priorities.append(next(self._priority))
        return len(self.nodes) - 1

    def use_again(self, number: int) -> int:
        """Put a node that further ones are to hang below at the end of the build order, as Java does."""
        self.priorities[number] = next(self._priority)
        return number

    def materialize(self, table: int) -> None:
        """Have a source table keep its rows, because somebody looks them up."""
        self.materialized.add(table)

    def send_old_values(self, table: int, *, force: bool = True) -> bool:
        """Have a table send old values. Without `force` only where that needs no further store; False: it cannot."""
        if table in self.sending_old_values:
            return True
        node = self.nodes[table]
        match node.table:
            case TableRole.SOURCE:
                if not force and table not in self.materialized:
                    return False
                self.materialized.add(table)
            case TableRole.VIEW:
                # Every parent is asked, also after one that cannot.
                answers = [self.send_old_values(parent, force=force) for parent in node.parents]
                if not all(answers):
                    return False
            case TableRole.JOIN:
                for parent in node.parents:
                    self.send_old_values(parent)
        self.sending_old_values.add(table)
        return True
