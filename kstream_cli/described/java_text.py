"""Java's text of `Topology.describe()`, read and written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from kstream_cli.described.model import (
    DescribedGlobalStore,
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
)
from kstream_cli.described.operations import operation_of
from kstream_cli.described.relations import related
from kstream_cli.errors import TopologyError
from kstream_cli.topology.description import (
    GlobalStoreDescription,
    ProcessorDescription,
    SinkDescription,
    SourceDescription,
    SubtopologyDescription,
    TopologyDescription,
)

_Own = Callable[[str], str]
"""The name in the topology of a topic on the broker."""

_HEADING = re.compile(r"(?:Sub-)?[Tt]opologies:|Topology:.*|Global Stores:|none")
_LOGGED = re.compile(r".*\s(?:Sub-)?[Tt]opologies:")
"""The first line where a logger has written something before it."""
_LOG = re.compile(r".*?\s(?=(?:(?:Sub-)?[Tt]opologies:|Sub-topology:|Source:|Processor:|Sink:|-->|<--)(?:\s|$))")
"""What a logger has written before a line, where it has before each."""
_BLOCK = re.compile(r"Sub-topology:\s*(?P<id>\d+)(?P<global> for global store \(will not generate tasks\))?\s*")
# Kafka 1 has no blank before a bracket, and no brackets around topics.
_SOURCE = re.compile(r"Source:\s+(?P<name>.+?)(?P<blank> ?)\(topics: (?P<topics>.*)\)")
_PROCESSOR = re.compile(
    r"Processor:\s+(?P<name>.+?) ?\(stores: \[(?P<stores>.*?)\]\)"
    r"(?: \(not deterministic: emits on idle after (?P<idle>\d+) ms\))?"
)
_SINK = re.compile(r"Sink:\s+(?P<name>.+?) ?\((?:topic: (?P<topic>.*)|extractor class: (?P<extractor>.*))\)")
_INTERNAL = re.compile(r".*(-repartition|-subscription-(registration|response)(-\d+)?-topic)", re.IGNORECASE)


def is_java_text(text: str) -> bool:
    """Whether a text begins as Java's descriptions do."""
    text = _without_log(text)
    return (
        re.match(r"\s*(?:(?:.*\s)?(?:Sub-)?topologies:\s*|Topology:.*\n\s*)?(?:Sub-topology:|$)", text, re.IGNORECASE)
        is not None
    )


def from_java_text(text: str, *, name: str) -> DescribedTopology:
    """Read Java's text. What it does not say is left out. Raises TopologyError that names the line."""
    blocks = _blocks(_without_log(text))
    if not blocks:
        raise TopologyError("no topology in this text: Java's description has lines that begin with Sub-topology:")
    _check_links(blocks)
    parts, global_stores = [], []
    for block in blocks:
        nodes = tuple(node.described() for node in block.nodes)
        if block.is_global:
            global_stores.append(_global_store(block, nodes))
            continue
        stores = dict.fromkeys(store for node in nodes for store in node.stores)
        topics = dict.fromkeys(topic for node in nodes if node.kind == "source" for topic in node.topics)
        parts.append(
            DescribedSubtopology(
                id=block.id,
                nodes=nodes,
                stores=tuple(DescribedStore(name=store) for store in stores),
                source_topics=tuple(topics),
            )
        )
    return related(
        DescribedTopology(
            name=name,
            subtopologies=tuple(parts),
            global_stores=tuple(global_stores),
            internal_topics=_internal_topics(parts),
        )
    )


def java_text(topology: DescribedTopology) -> str:
    """The text that Java's `Topology.describe()` gives."""
    own = topology.own_topic
    return str(
        TopologyDescription(
            tuple(
                SubtopologyDescription(part.id, tuple(_description(node, own) for node in part.nodes))
                for part in topology.subtopologies
            ),
            tuple(
                GlobalStoreDescription(block.id, _source(block.source, own), _processor(block.processor))
                for block in topology.global_stores
            ),
        )
    )


@dataclass(slots=True)
class _Node:
    """A node while its lines are read."""

    line: int
    fields: dict[str, object]
    children: tuple[str, ...] | None = None
    parents: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    def described(self) -> DescribedNode:
        return msgspec.convert(
            {**self.fields, "children": self.children or (), "parents": self.parents or ()}, DescribedNode
        )


@dataclass(slots=True)
class _Block:
    id: int
    is_global: bool
    line: int
    nodes: list[_Node] = field(default_factory=list)


def _without_log(text: str) -> str:
    """The text without what a logger wrote before each line; the lines keep their numbers."""
    before = [found[0] if (found := _LOG.match(line)) else "" for _, line in itertools.islice(_lines(text), 2)]
    if len(before) < 2 or not all(each.strip() for each in before):
        return text
    empty = {_shape(each) for each in before}
    lines = ("" if _shape(line) in empty else _LOG.sub("", line, count=1) for line in text.split("\n"))
    return "\n".join(lines)


def _shape(line: str) -> str:
    """A line without its times and numbers."""
    return re.sub(r"\d+", "0", line.strip())


def _blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    for number, line in _lines(text):
        if _HEADING.fullmatch(line) or (not blocks and _LOGGED.fullmatch(line)):
            continue
        if found := _BLOCK.fullmatch(line):
            blocks.append(_Block(int(found["id"]), found["global"] is not None, number))
        elif not blocks:
            raise TopologyError(f"line {number}: Sub-topology: was expected, not {line!r:.80}")
        elif line.startswith(("-->", "<--")):
            _link(line, number, blocks[-1])
        else:
            blocks[-1].nodes.append(_Node(number, _fields(line, number)))
    return blocks


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.strip()


def _fields(line: str, number: int) -> dict[str, object]:
    if found := _SOURCE.fullmatch(line):
        topics = found["topics"]
        read: dict[str, object] = {"pattern": topics}
        if topics.startswith("[") and topics.endswith("]"):
            read = {"topics": _names(topics[1:-1])}
        elif not found["blank"]:
            read = {"topics": _names(topics)}
        return {"name": found["name"], "kind": "source", "operation": "source", **read}
    if found := _PROCESSOR.fullmatch(line):
        name = found["name"]
        return {
            "name": name,
            "kind": "processor",
            "operation": operation_of(name),
            "stores": _names(found["stores"]),
            "emit_on_idle_ms": None if found["idle"] is None else int(found["idle"]),
        }
    if found := _SINK.fullmatch(line):
        written = {"topics": (found["topic"],)} if found["topic"] is not None else {"extractor": found["extractor"]}
        return {"name": found["name"], "kind": "sink", "operation": "sink", **written}
    raise TopologyError(
        f"line {number}: {line!r:.80} is no line of Java's description: "
        "Source:, Processor:, Sink:, --> or <-- was expected"
    )


def _link(line: str, number: int, block: _Block) -> None:
    if not block.nodes:
        raise TopologyError(f"line {number}: an arrow stands before the first node of sub-topology {block.id}")
    node, arrow, names = block.nodes[-1], line[:3], _names(line[3:].strip())
    attribute = "children" if arrow == "-->" else "parents"
    if getattr(node, attribute) is not None:
        raise TopologyError(f"line {number}: {node.name!r} has a second {arrow}")
    setattr(node, attribute, names)


def _names(text: str) -> tuple[str, ...]:
    return () if text in ("", "none") else tuple(text.split(", "))


def _check_links(blocks: list[_Block]) -> None:
    """Every arrow leads to a node of its block, which points back."""
    _check_names(blocks)
    for block in blocks:
        nodes = {node.name: node for node in block.nodes}
        for node in block.nodes:
            _check_complete(node)
            for name in node.children or ():
                _check_link(node, "-->", name, nodes, block)
                if node.name not in (nodes[name].parents or ()):
                    raise TopologyError(f"line {node.line}: {node.name!r} has --> {name}, which has no <-- {node.name}")
            for name in node.parents or ():
                _check_link(node, "<--", name, nodes, block)
                if node.name not in (nodes[name].children or ()):
                    raise TopologyError(f"line {node.line}: {node.name!r} has <-- {name}, which has no --> {node.name}")


def _check_names(blocks: list[_Block]) -> None:
    seen: set[str] = set()
    for block in blocks:
        if not block.nodes:
            raise TopologyError(f"line {block.line}: sub-topology {block.id} has no nodes: is the text complete?")
        for node in block.nodes:
            if node.name in seen:
                raise TopologyError(f"line {node.line}: there are two nodes named {node.name!r}")
            seen.add(node.name)


def _check_complete(node: _Node) -> None:
    missing = "-->" if node.children is None and node.fields["kind"] != "sink" else None
    missing = "<--" if node.parents is None and node.fields["kind"] != "source" else missing
    if missing:
        raise TopologyError(f"line {node.line}: {node.name!r} has no line {missing}: is the text complete?")


def _check_link(node: _Node, arrow: str, name: str, nodes: dict[str, _Node], block: _Block) -> None:
    if name not in nodes:
        raise TopologyError(
            f"line {node.line}: {node.name!r} has {arrow} {name}, which is no node of sub-topology {block.id}: "
            "is the text complete?"
        )


def _global_store(block: _Block, nodes: tuple[DescribedNode, ...]) -> DescribedGlobalStore:
    if [node.kind for node in nodes] != ["source", "processor"] or len(nodes[1].stores) != 1:
        raise TopologyError(
            f"line {block.line}: a global store has one source, and one processor with one store; "
            f"sub-topology {block.id} has not"
        )
    source, processor = nodes
    return DescribedGlobalStore(
        id=block.id, source=source, processor=processor, store=DescribedStore(name=processor.stores[0])
    )


def _internal_topics(parts: list[DescribedSubtopology]) -> tuple[str, ...]:
    """Topics that are named as internal ones are, and are both written and read here."""
    nodes = [node for part in parts for node in part.nodes]
    read = {topic for node in nodes if node.kind == "source" for topic in node.topics}
    written = {topic for node in nodes if node.kind == "sink" for topic in node.topics}
    return tuple(sorted(topic for topic in read & written if _INTERNAL.fullmatch(topic)))


def _description(node: DescribedNode, own: _Own) -> SourceDescription | ProcessorDescription | SinkDescription:
    if node.kind == "source":
        return _source(node, own)
    if node.kind == "processor":
        return _processor(node)
    topic = own(node.topics[0]) if node.topics else None
    return SinkDescription(node.name, topic, node.extractor, node.parents)


def _source(node: DescribedNode, own: _Own) -> SourceDescription:
    return SourceDescription(node.name, tuple(map(own, node.topics)), node.pattern, node.children)


def _processor(node: DescribedNode) -> ProcessorDescription:
    return ProcessorDescription(node.name, node.stores, node.parents, node.children, node.emit_on_idle_ms)
