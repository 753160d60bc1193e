"""Topologies as a page to keep beside their code: a Mermaid picture, and tables of what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kstream_cli.described.model import DescribedNode, DescribedTopology
from kstream_cli.printable import printable
from kstream_cli.render.graph import Shows, graph_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.words import (
    function_text,
    idle_text,
    join_text,
    repartition_text,
    store_facts,
    wait_text,
    windows_text,
)

_SPECIAL = re.compile(r"[\\`*{}\[\]<>|&~$#!@]|(?<!\w)_|_(?!\w)|(?<=:)//|(?<=www)\.")
"""What Markdown reads as more than text; an underscore within a word, as most names have, is only that."""


def markdown_of(topologies: Sequence[DescribedTopology], shows: Shows | None = None) -> str:
    """The page's text. It says nothing of when it was made, so that it changes only when a topology does."""
    names = ", ".join(topology.name for topology in topologies)
    picture = mermaid_of(graph_of(topologies, shows))
    parts = [f"# {_text(names)}\n", f"```mermaid\n{picture}```\n"]
    for topology in topologies:
        if len(topologies) > 1:
            parts.append(f"## {_text(topology.name)}\n")
        level = "###" if len(topologies) > 1 else "##"
        parts += [f"{level} {title}\n\n{table}\n" for title, table in _tables(topology) if table]
    return "\n".join(parts)


def _tables(topology: DescribedTopology) -> list[tuple[str, str]]:
    return [
        ("Topics", _table(("Topic", "Key, value", "Read by", "Written by", "Why"), _topics(topology))),
        ("Stores", _table(("Store", "About", "Key, value", "Used by"), _stores(topology))),
        ("Sinks", _table(("Sink", "Topic", "Key, value", "After"), _sinks(topology))),
        ("Processors", _table(("Processor", "Does", "Code"), _processors(topology))),
    ]


def _topics(topology: DescribedTopology) -> Iterable[tuple[str, ...]]:
    nodes = list(topology.nodes())
    for topic in topology.topics():
        readers = [node for node in nodes if node.kind == "source" and topic in node.topics]
        writers = [node for node in nodes if node.kind == "sink" and topic in node.topics]
        reason = next((node.repartition for node in writers if node.repartition), None)
        types = next((_types(node) for node in (*readers, *writers) if node.key or node.value), "")
        yield topic, types, _names(readers), _names(writers), repartition_text(reason) if reason else ""
    for node in nodes:
        if node.pattern is not None:
            where = "" if node.cluster is None else f" of cluster {node.cluster}"
            yield f"all{where} that match {node.pattern}", _types(node), node.name, "", ""


def _stores(topology: DescribedTopology) -> Iterable[tuple[str, ...]]:
    nodes = list(topology.nodes())
    for store in topology.stores():
        users = [node for node in nodes if store.name in node.stores or store.name in node.global_stores]
        types = f"{store.key or 'default'}, {store.value or 'default'}" if store.key or store.value else ""
        yield store.name, ", ".join(store_facts(store)), types, _names(users)


def _sinks(topology: DescribedTopology) -> Iterable[tuple[str, ...]]:
    for node in topology.nodes():
        if node.kind == "sink":
            topic = ", ".join(node.topics) or "chosen for each record"
            yield node.name, topic, _types(node), ", ".join(node.parents)


def _processors(topology: DescribedTopology) -> Iterable[tuple[str, ...]]:
    for node in topology.nodes():
        if node.kind == "processor":
            does = [(node.operation or "").replace("_", " ")]
            does += [join_text(node.join)] if node.join else []
            does += [windows_text(node.windows)] if node.windows else []
            does += [wait_text(node) or "", idle_text(node)]
            code = [function_text(function) for function in node.functions]
            yield node.name, ", ".join(filter(None, does)), ", ".join(code)


def _types(node: DescribedNode) -> str:
    return f"{node.key or 'default'}, {node.value or 'default'}" if node.key or node.value else ""


def _names(nodes: Iterable[DescribedNode]) -> str:
    return ", ".join(node.name for node in nodes)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table without columns that say nothing; without rows, no text."""
    filled = list(rows)
    if not filled:
        return ""
    kept = [number for number in range(len(head)) if any(row[number] for row in filled)]
    lines = [[head[number] for number in kept], ["---"] * len(kept)]
    lines += [[_text(row[number]) for number in kept] for row in filled]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _text(text: str) -> str:
    """Text that Markdown, and the HTML that is made of it, show as it is."""
    return _SPECIAL.sub(lambda found: "".join(f"&#{ord(each)};" for each in found[0]), printable(text))
