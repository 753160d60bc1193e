"""What is likely to go wrong with a topology that is valid: the warnings of `kstream check`."""

from __future__ import annotations

from kstream_cli.changes.catalogue import KINDS
from kstream_cli.changes.finding import Finding, Level, worst_first
from kstream_cli.changes.lineage import Lineage
from kstream_cli.changes.names import is_generated
from kstream_cli.changes.sides import place_of, serde_in, stores_of
from kstream_cli.described.model import DescribedNode, DescribedStore, DescribedTopology, Position
from kstream_cli.described.operations import KEY_CHANGING


def hints(topology: DescribedTopology) -> tuple[Finding, ...]:
    """All warnings about a topology, by id."""
    return worst_first(
        [
            *unnamed(topology),
            *_dead_ends(topology),
            *_windows(topology),
            *_endless_waits(topology),
            *_null_keys(topology),
            *_volatile(topology),
            *_idle_below_waits(topology),
        ]
    )


def unnamed(topology: DescribedTopology, *, level: Level = "careful") -> list[Finding]:
    """Stores and repartition topics with generated names."""
    lineage = Lineage(topology)
    found = [
        _finding(
            "KS501", store.name, f"its operator has no name: {_argument(store)} gives it one", level,
            place_of([*lineage.fillers(store.name), *lineage.users(store.name)]),
        )
        for store in stores_of(topology).values()
        if is_generated(store.name) and not _is_inner(store.name)
    ]  # fmt: skip
    stores = {store.name for store in topology.stores()}
    for topic in topology.internal_topics:
        own = topology.own_topic(topic)
        if is_generated(own) and own.removesuffix("-repartition") not in stores and not _is_inner(own):
            place = place_of(node for node in topology.nodes() if topic in node.topics)
            found.append(
                _finding("KS501", own, "its grouping, join or repartition has no name: name= gives one", level, place)
            )
    return found


def _is_inner(name: str) -> bool:
    """Of a foreign-key join, whose inner parts have names of their own only through the join's."""
    return "-FK-JOIN-" in name


def _argument(store: DescribedStore) -> str:
    return "name=" if store.kind in ("suppress buffer", "join buffer") else "store="


def _dead_ends(topology: DescribedTopology) -> list[Finding]:
    quiet = {"for_each", "print", "process", "peek", "process_values", "table", "to_table", "join_window", "branch"}
    return [
        _finding("KS502", node.name, f"nothing follows {node.operation or 'it'}", "careful", node.position)
        for node in topology.nodes()
        if node.kind == "processor"
        and not node.children
        and not node.stores
        and node.operation is not None
        and node.operation not in quiet
        and not node.operation.startswith("foreign_key")
    ] + [
        _finding("KS502", node.name, "no node takes its records", "careful", node.position)
        for node in topology.nodes()
        if node.kind == "source" and not node.children
    ]


def _windows(topology: DescribedTopology) -> list[Finding]:
    found = []
    for node in topology.nodes():
        windows = node.windows
        if windows is None:
            continue
        if windows.grace_ms == 0 and windows.kind not in ("join", "unlimited"):
            found.append(
                _finding(
                    "KS503", node.name, "a late record is dropped as soon as its window ends", "careful", node.position
                )
            )
    return found


def _endless_waits(topology: DescribedTopology) -> list[Finding]:
    """Suppressions that wait for the end of windows that have none: a time limit waits for longer than 0 ms."""
    nodes = {node.name: node for node in topology.nodes()}
    found = []
    for node in nodes.values():
        if node.operation != "suppress" or node.wait_ms != 0:
            continue
        above = node
        while above.windows is None and above.parents:
            above = nodes[above.parents[0]]
        if above.windows is not None and above.windows.kind == "unlimited":
            found.append(_finding("KS504", node.name, "its windows have no end", "careful", node.position))
    return found


def _null_keys(topology: DescribedTopology) -> list[Finding]:
    """Joins of a topic whose keys are read as null, where nothing chooses another key in between."""
    nodes = {node.name: node for node in topology.nodes()}
    found = []
    for node in nodes.values():
        source = _source_above(node, nodes) if node.operation == "join" else None
        if source is None or not set(source.topics).isdisjoint(topology.internal_topics):
            continue
        if serde_in(topology, source.key, "key") in ("Void", "VoidSerde"):
            found.append(
                _finding(
                    "KS505",
                    node.name,
                    f"nothing chooses a key between {', '.join(source.topics)} and it",
                    "careful",
                    node.position,
                )
            )
    return found


def _source_above(node: DescribedNode, nodes: dict[str, DescribedNode]) -> DescribedNode | None:
    while node.parents:
        if node.operation in KEY_CHANGING:
            return None
        node = nodes[node.parents[0]]
    return node if node.kind == "source" else None


def _volatile(topology: DescribedTopology) -> list[Finding]:
    lineage = Lineage(topology)
    return [
        _finding(
            "KS506", store.name, "its rows are gone at every restart", "careful", place_of(lineage.users(store.name))
        )
        for store in stores_of(topology).values()
        if store.persistent is False and store.logging is False
    ]


def _idle_below_waits(topology: DescribedTopology) -> list[Finding]:
    """What emits on idle, and stands below what waits for stream time: a suppress, or windows that emit on close."""
    nodes = {node.name: node for node in topology.nodes()}
    found = []
    for node in nodes.values():
        if node.emit_on_idle_ms is None:
            continue
        waiting = [above.name for above in _all_above(node, nodes) if _waits(above) and above.emit_on_idle_ms is None]
        if waiting:
            message = f"{', '.join(waiting)} above it waits for records"
            found.append(_finding("KS507", node.name, message, "careful", node.position))
    return found


def _waits(node: DescribedNode) -> bool:
    return node.operation == "suppress" or (node.windows is not None and node.windows.emit == "on_close")


def _all_above(node: DescribedNode, nodes: dict[str, DescribedNode]) -> list[DescribedNode]:
    """The nodes of its subtopology from which records come to a node, the nearest first."""
    found: dict[str, DescribedNode] = {}
    waiting = list(node.parents)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = nodes[name]
            waiting += nodes[name].parents
    return list(found.values())


def _finding(id: str, subject: str, message: str, level: Level, position: Position | None) -> Finding:
    kind = KINDS[id]
    return Finding(
        id=id, level=level, title=kind.title, subject=subject, message=message, remedy=kind.remedy, position=position
    )
