"""A topology as a Mermaid flowchart, which GitHub and many wikis draw by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from kstream_cli.printable import printable
from kstream_cli.render.graph import Cluster, Graph, Vertex, VertexKind
from kstream_cli.render.palette import LIGHT

_SPECIAL = frozenset("#\"'<>&;`{}[]()|\\%*_~$")

BRACKETS: dict[VertexKind, tuple[str, str]] = {
    "app": ("[", "]"),
    "subtopology": ("(", ")"),
    "source": ("([", "])"),
    "processor": ("[", "]"),
    "sink": ("[[", "]]"),
    "store": ("[(", ")]"),
    "topic": ("[/", "/]"),
    "repartition": ("[/", "/]"),
    "changelog": ("[/", "/]"),
}

_DASHES = {"repartition": ",stroke-dasharray:4 3", "changelog": ",stroke-dasharray:2 3"}


def mermaid_of(graph: Graph, *, direction: Literal["TB", "LR"] = "TB") -> str:
    """The flowchart's text; ids are n0, n1, ... as Mermaid takes few characters in them."""
    ids = {vertex.id: f"n{number}" for number, vertex in enumerate((*graph.vertices, *graph.legend))}
    lines = [
        f"flowchart {direction}",
        f"  accTitle: {_plain(graph.name)}",
        f"  accDescr: {_plain(graph.description)}",
    ]
    lines += [f"  {_shape(ids[topic.id], topic)}" for topic in graph.topics]
    legend = [Cluster("Legend", graph.legend)] if graph.legend else []
    for number, cluster in enumerate((*graph.frames, *legend)):
        lines += _cluster(f"s{number}", cluster, ids, "  ")
    for edge in graph.edges:
        arrow = "-.-" if edge.kind == "uses" else f'-->|"{_escaped(edge.label)}"|' if edge.label else "-->"
        lines.append(f"  {ids[edge.tail]} {arrow} {ids[edge.head]}")
    for kind in dict.fromkeys(vertex.kind for vertex in (*graph.vertices, *graph.legend)):
        fill, line = LIGHT.kinds[kind]
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:{LIGHT.text}{_DASHES.get(kind, '')}")
    return "\n".join(lines) + "\n"


def _cluster(id: str, cluster: Cluster, ids: Mapping[str, str], indent: str) -> Iterator[str]:
    if not cluster.title:
        yield from (f"{indent}{_shape(ids[vertex.id], vertex)}" for vertex in cluster.vertices)
        return
    yield f'{indent}subgraph {id}["{_escaped(cluster.title)}"]'
    yield from (f"{indent}  {_shape(ids[vertex.id], vertex)}" for vertex in cluster.vertices)
    for number, inner in enumerate(cluster.clusters):
        yield from _cluster(f"{id}_{number}", inner, ids, f"{indent}  ")
    yield f"{indent}end"


def _shape(name: str, vertex: Vertex) -> str:
    opening, closing = BRACKETS[vertex.kind]
    label = _escaped(vertex.label) + (f"<br><small>{_escaped(vertex.detail)}</small>" if vertex.detail else "")
    return f'{name}{opening}"{label}"{closing}:::{vertex.kind}'


def _escaped(text: str) -> str:
    """Text as Mermaid and the HTML that it makes of it show it: all that either could read as more is a code."""
    return "".join(f"#{ord(character)};" if character in _SPECIAL else character for character in printable(text))


def _plain(text: str) -> str:
    """Text of a title, which takes no codes."""
    return "".join(" " if character in _SPECIAL else character for character in printable(text))
