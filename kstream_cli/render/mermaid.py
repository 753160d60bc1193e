"""A topology as a Mermaid flowchart, which GitHub and many wikis draw by themselves."""

from __future__ import annotations

from kstream_cli.render.graph import Graph, Vertex, VertexKind
from kstream_cli.render.palette import LIGHT

BRACKETS: dict[VertexKind, tuple[str, str]] = {
    "source": ("([", "])"),
    "processor": ("[", "]"),
    "sink": ("[[", "]]"),
    "store": ("[(", ")]"),
    "topic": ("[/", "/]"),
    "repartition": ("[/", "/]"),
}


def mermaid_of(graph: Graph) -> str:
    """The flowchart's text; ids are n0, n1, ... as Mermaid takes few characters in them."""
    vertices = [*graph.topics, *(vertex for cluster in graph.clusters for vertex in cluster.vertices)]
    ids = {vertex.id: f"n{number}" for number, vertex in enumerate(vertices)}
    lines = ["flowchart TD", f"  accTitle: {_plain(graph.name)}", f"  accDescr: {_plain(graph.description)}"]
    lines += [f"  {_shape(ids[topic.id], topic)}" for topic in graph.topics]
    for number, cluster in enumerate(graph.clusters):
        lines.append(f'  subgraph s{number}["{_escaped(cluster.title)}"]')
        lines += [f"    {_shape(ids[vertex.id], vertex)}" for vertex in cluster.vertices]
        lines.append("  end")
    for edge in graph.edges:
        arrow = "-.-" if edge.kind == "uses" else "-->"
        lines.append(f"  {ids[edge.tail]} {arrow} {ids[edge.head]}")
    for kind, (fill, line) in LIGHT.kinds.items():
        dashes = ",stroke-dasharray:4 3" if kind == "repartition" else ""
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:{LIGHT.text}{dashes}")
    return "\n".join(lines) + "\n"


def _shape(name: str, vertex: Vertex) -> str:
    opening, closing = BRACKETS[vertex.kind]
    label = _escaped(vertex.label) + (f"<br><small>{_escaped(vertex.detail)}</small>" if vertex.detail else "")
    return f'{name}{opening}"{label}"{closing}:::{vertex.kind}'


def _escaped(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _plain(text: str) -> str:
    return text.replace("\n", " ").replace(";", ",").replace("{", "(").replace("}", ")")
