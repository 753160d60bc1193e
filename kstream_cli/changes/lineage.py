"""Where records come from: a node's lineage is what happened to them since they left the topics of others.

Two nodes with the same lineage hold the same records, whatever names and numbers they have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Literal, TypeAlias

from kstream_cli.described.model import DescribedNode, DescribedTopology, Function
from kstream_cli.described.operations import GENERATED

Detail: TypeAlias = Literal["code", "shape"]
"""`code` tells functions apart by what they do, `shape` knows operations and topics only."""

FILLS = frozenset({"table", "to_table", "count", "reduce", "aggregate", "join_window", "suppress", "foreign_key_store"})
"""Operations that put records into their store; others may only look them up."""

_READS = frozenset({"join", "left_join"})


class Lineage:
    """The lineages of a topology's nodes, stores and internal topics.

    Java's text names no operation of a node that the user has named: beside it, both sides go without
    (`with_operations`). Without `with_hashes` functions are told apart by their names.
    """

    def __init__(self, topology: DescribedTopology, *, with_hashes: bool = True, with_operations: bool = True) -> None:
        self.topology = topology
        self._with_operations = with_operations
        self.nodes = {node.name: node for node in topology.nodes()}
        self._with_hashes = with_hashes
        self._internal = frozenset(topology.internal_topics)
        self._writers: dict[str, list[str]] = {}
        self._readers: dict[str, list[str]] = {}
        self._users: dict[str, list[DescribedNode]] = {}
        for node in self.nodes.values():
            for topic in node.topics if node.kind != "processor" else ():
                (self._writers if node.kind == "sink" else self._readers).setdefault(topic, []).append(node.name)
            for store in (*node.stores, *node.global_stores):
                self._users.setdefault(store, []).append(node)
        self._known: dict[tuple[str, Detail], str] = {}
        self._roots: dict[str, frozenset[str]] = {}
        for name in self.nodes:  # parents stand first: this keeps the calls within one another few
            self.of_node(name, "shape")

    def users(self, store: str) -> list[DescribedNode]:
        """The nodes that use a store."""
        return self._users.get(store, [])

    def fillers(self, store: str) -> list[DescribedNode]:
        """The nodes that put records into a store."""
        users = self.users(store)
        if not self._with_operations:
            return users
        return (
            [node for node in users if node.operation in FILLS]
            or [node for node in users if node.operation not in _READS]
            or users
        )

    def of_store(self, store: str, detail: Detail) -> str:
        """The lineage of what a store holds."""
        return _digest("store", *sorted(self.of_node(node.name, detail) for node in self.fillers(store)))

    def of_topic(self, topic: str, detail: Detail) -> str:
        """The lineage of what is written to an internal topic."""
        return _digest("topic", *sorted(self.of_node(name, detail) for name in self._writers.get(topic, ())))

    def of_node(self, name: str, detail: Detail) -> str:
        """The lineage of what a node passes on."""
        key = name, detail
        if key not in self._known:
            self._known[key] = "loop"  # what leads back to itself
            self._known[key] = self._of(self.nodes[name], detail) if name in self.nodes else _digest("nothing")
        return self._known[key]

    def roots(self, names: Iterable[str]) -> frozenset[str]:
        """The topics of others, and patterns, that the nodes' records come from."""
        found: set[str] = set()
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.nodes:
                continue
            seen.add(name)
            node = self.nodes[name]
            if node.kind == "source":
                found |= {topic for topic in node.topics if topic not in self._internal}
                found |= {f"/{node.pattern}/"} if node.pattern else set()
                waiting += [sink for topic in node.topics if topic in self._internal for sink in self._sinks(topic)]
            waiting += [*node.parents, *self._other_side(node)]
        return frozenset(found)

    def ingredients(self, names: Iterable[str]) -> frozenset[str]:
        """All topics, operations and functions that the nodes' records have met."""
        found: set[str] = set()
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.nodes:
                continue
            seen.add(name)
            node = self.nodes[name]
            found.add(self._operation(node) if node.kind == "processor" else node.kind)
            found |= {f"topic {topic}" for topic in node.topics if topic not in self._internal}
            found |= {self._branch(node)} if node.operation == "branch" else set()
            if node.operation != "split":
                found |= {function_text(each, with_hash=self._with_hashes) for each in node.functions}
            waiting += [*node.parents, *self._other_side(node)]
            waiting += [sink for topic in node.topics if topic in self._internal for sink in self._sinks(topic)]
        return frozenset(found)

    def operations(self, store: str) -> frozenset[str]:
        """What fills a store, by the names of operations."""
        if not self._with_operations:
            return frozenset()
        return frozenset(node.operation or node.name for node in self.fillers(store))

    def after(self, names: Iterable[str]) -> tuple[str, ...]:
        """The stores and topics of others that records reach from the nodes, in the order of the nodes."""
        waiting, seen = list(names), set[str]()
        start = frozenset(waiting)
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.nodes:
                continue
            seen.add(name)
            node = self.nodes[name]
            waiting += node.children
            if node.kind == "sink":
                waiting += [reader for topic in node.topics for reader in self._readers.get(topic, ())]
            if node.operation in FILLS:
                waiting += [user.name for store in node.stores for user in self.users(store)]
        found: dict[str, None] = {}
        for node in self.nodes.values():
            if node.name in seen and node.name not in start:
                found |= dict.fromkeys(f"store {store}" for store in node.stores if node in self.fillers(store))
                if node.kind == "sink":
                    found |= dict.fromkeys(f"topic {topic}" for topic in node.topics if topic not in self._internal)
        return tuple(found)

    def _of(self, node: DescribedNode, detail: Detail) -> str:
        above: Callable[[str], str] = lambda name: self.of_node(name, detail)  # noqa: E731
        if node.kind == "source":
            own = [topic for topic in node.topics if topic in self._internal]
            others = sorted(topic for topic in node.topics if topic not in self._internal)
            return _digest("source", *others, node.pattern or "", *(self.of_topic(topic, detail) for topic in own))
        parts = [self._operation(node)]
        if detail == "code" and node.operation != "split":
            parts += [function_text(each, with_hash=self._with_hashes) for each in node.functions]
        if detail == "code" and node.operation == "branch":
            parts.append(self._branch(node))
        parents = sorted(map(above, self._merged(node)))
        return _digest(*parts, "parents", *parents, "others", *sorted(map(above, self._other_side(node))))

    def _operation(self, node: DescribedNode) -> str:
        """What a node does; where nothing says so, its name."""
        if not self._with_operations:
            return node.kind
        if node.operation is None:
            return node.name
        if node.operation in _READS:
            return f"join {node.join.kind}" if node.join is not None and node.join.kind else "join"
        return node.operation

    def _other_side(self, node: DescribedNode) -> list[str]:
        if node.join is None or not self._with_operations:
            return []
        if node.join.other in self.nodes:
            return [node.join.other]
        return [each.name for each in self.fillers(node.join.other) if each.name != node.name]

    def _merged(self, node: DescribedNode) -> list[str]:
        """The parents; of a merge of merges those of all, as their order does not matter."""
        if node.operation != "merge":
            return list(node.parents)
        parents = (self.nodes[name] for name in node.parents if name in self.nodes)
        return [name for each in parents for name in (self._merged(each) if each.operation == "merge" else [each.name])]

    def _sinks(self, topic: str) -> list[str]:
        return self._writers.get(topic, [])

    def _branch(self, node: DescribedNode) -> str:
        """What tells a branch from the others: its predicate, or its own name."""
        split = self.nodes.get(node.parents[0]) if node.parents else None
        predicates = [] if split is None else [each for each in split.functions if each.role == "predicate"]
        generated = GENERATED.fullmatch(node.name)
        index = int(generated["branch"]) if generated and generated["branch"] else None
        if index is None:
            found = re.search(r"-(\d+)$", node.name)
            index = int(found[1]) if found and split and node.name.startswith(split.name) else None
        if index is None:
            return node.name
        if 0 < index <= len(predicates):
            return function_text(predicates[index - 1], with_hash=self._with_hashes)
        return f"branch {index}" if not predicates else "the other branch"


def function_text(function: Function, *, with_hash: bool) -> str:
    """What identifies a function: its role, and what it does where that is known, else its name."""
    known = function.hash if with_hash and function.hash else function.name
    return f"{function.role} {known}"


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
