"""Parts of topologies by name: a node, store, topic or subtopology, with what is above or below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from kstream_cli.described.model import DescribedGlobalStore, DescribedNode, DescribedSubtopology, DescribedTopology
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import TopologyError

KINDS = ("node", "source", "processor", "sink", "store", "topic", "subtopology")

Key: TypeAlias = tuple[int, str]
"""The number of a topology, and the name of a node in it."""


def selected(topologies: Sequence[DescribedTopology], selections: Iterable[str]) -> list[DescribedTopology]:
    """What the selections name, in all topologies together; nodes are linked with what is left.

    A selection is a name, or `node:`, `source:`, `processor:`, `sink:`, `store:`, `topic:` or `subtopology:` with one.
    A `+` before it adds all that leads to it, one after it all that comes of it: `+sink:out`, `store:counts+`. A topic
    leads from those that write it to those that read it. Raises TopologyError, with the nearest name, where nothing
    matches.
    """
    flow = _Flow(topologies)
    kept: set[Key] = set()
    for selection in selections:
        name = selection.removeprefix("+").removesuffix("+")
        found = flow.find(name)
        kept |= found
        if selection.startswith("+"):
            kept |= _reached(found, flow.above)
        if selection.endswith("+") and len(selection) > 1:
            kept |= _reached(found, flow.below)
    return [_restricted(each, {name for n, name in kept if n == number}) for number, each in enumerate(topologies)]


class _Flow:
    """All nodes with those that they get records or rows from, and those that they give them to."""

    def __init__(self, topologies: Sequence[DescribedTopology]) -> None:
        self.nodes: dict[Key, DescribedNode] = {}
        self.parts: dict[str, set[Key]] = {}
        self.above: dict[Key, set[Key]] = {}
        self.below: dict[Key, set[Key]] = {}
        for number, topology in enumerate(topologies):
            self.nodes |= {(number, node.name): node for node in topology.nodes()}
            for block in topology.blocks():
                nodes = block.nodes if isinstance(block, DescribedSubtopology) else (block.source, block.processor)
                self.parts.setdefault(str(block.id), set()).update((number, node.name) for node in nodes)
        self._link_nodes(topologies)
        self._link_topics()

    def find(self, text: str) -> set[Key]:
        """The nodes that a selection without its `+` names."""
        kind, colon, name = text.partition(":")
        if not colon or kind not in KINDS:
            kind, name = "", text
        found = {key for key, node in self.nodes.items() if _matches(node, kind, name)}
        if kind in ("", "subtopology"):
            found |= self.parts.get(name, set()) if kind or not found else set()
        if not found:
            raise TopologyError(self._nothing(text, kind, name))
        return found

    def _nothing(self, text: str, kind: str, name: str) -> str:
        names = list(self._names(kind))
        near = nearest(name, names)
        if near:
            return f"nothing here is named {text!r}\nDid you mean {f'{kind}:' if kind else ''}{near}?"
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        return f"nothing here is named {text!r}\nThere are: {shown or 'none of that kind'}"

    def _names(self, kind: str) -> dict[str, None]:
        if kind == "subtopology":
            return dict.fromkeys(self.parts)
        names: list[str] = []
        for node in self.nodes.values():
            if kind in ("", "node", node.kind):
                names.append(node.name)
            if kind in ("", "store"):
                names += (*node.stores, *node.global_stores)
            if kind in ("", "topic") or kind == node.kind:
                names += node.topics
        return dict.fromkeys(names)

    def _link(self, above: Key, below: Key) -> None:
        self.below.setdefault(above, set()).add(below)
        self.above.setdefault(below, set()).add(above)

    def _link_nodes(self, topologies: Sequence[DescribedTopology]) -> None:
        for (number, name), node in self.nodes.items():
            for child in node.children:
                self._link((number, name), (number, child))
            if node.join and (number, node.join.other) in self.nodes:
                self._link((number, node.join.other), (number, name))
        for number, topology in enumerate(topologies):
            fillers = {block.store.name: block.processor.name for block in topology.global_stores}
            for node in topology.nodes():
                for store in node.global_stores:
                    if store in fillers:
                        self._link((number, fillers[store]), (number, node.name))

    def _link_topics(self) -> None:
        writers: dict[str, list[Key]] = {}
        for key, node in self.nodes.items():
            for topic in node.topics if node.kind == "sink" else ():
                writers.setdefault(topic, []).append(key)
        for key, node in self.nodes.items():
            for topic in node.topics if node.kind == "source" else ():
                for writer in writers.get(topic, ()):
                    self._link(writer, key)


def _matches(node: DescribedNode, kind: str, name: str) -> bool:
    match kind:
        case "store":
            return name in node.stores or name in node.global_stores
        case "topic":
            return name in node.topics or name == node.pattern
        case "subtopology":
            return False
        case "node" | "processor":
            return node.name == name and kind in ("node", node.kind)
        case "source" | "sink":
            return node.kind == kind and (node.name == name or name in node.topics)
    return node.name == name or any(name in names for names in (node.stores, node.global_stores, node.topics))


def _reached(start: Iterable[Key], links: Mapping[Key, set[Key]]) -> set[Key]:
    seen = set(start)
    waiting = list(seen)
    while waiting:
        fresh = links.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return seen


def _restricted(topology: DescribedTopology, names: set[str]) -> DescribedTopology:
    """The topology with those nodes only, and the stores that they use."""

    def linked(node: DescribedNode) -> DescribedNode:
        return msgspec.structs.replace(
            node,
            parents=tuple(name for name in node.parents if name in names),
            children=tuple(name for name in node.children if name in names),
        )

    parts = []
    for part in topology.subtopologies:
        nodes = tuple(linked(node) for node in part.nodes if node.name in names)
        used = {store for node in nodes for store in node.stores}
        if nodes:
            stores = tuple(store for store in part.stores if store.name in used)
            parts.append(msgspec.structs.replace(part, nodes=nodes, stores=stores))
    return msgspec.structs.replace(
        topology,
        subtopologies=tuple(parts),
        global_stores=tuple(block for block in topology.global_stores if _is_kept(block, names)),
    )


def _is_kept(block: DescribedGlobalStore, names: set[str]) -> bool:
    return block.source.name in names or block.processor.name in names
