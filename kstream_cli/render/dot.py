"""A topology in DOT, and as an SVG, PNG or PDF picture: shapes and colours tell apart what the nodes are."""

from __future__ import annotations

import html
import itertools
import math
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import graphviz
import graphviz.backend.dot_command as dot_command

from kstream_cli.errors import StreamsError
from kstream_cli.printable import printable
from kstream_cli.render.graph import Cluster, Edge, Graph, Vertex, VertexKind
from kstream_cli.render.packing import columns_of
from kstream_cli.render.palette import DARK, LIGHT, Palette, stylesheet

Theme = Literal["auto", "light", "dark"]

Direction = Literal["TB", "LR"]

_PAGE = {"shape": "note", "margin": "0.16,0.06"}
"""A shape that is no wider than its text, as a parallelogram would be."""

SHAPES: dict[VertexKind, dict[str, str]] = {
    "app": {"shape": "box", "style": "filled", "margin": "0.3,0.15"},
    "subtopology": {"shape": "box", "style": "filled,rounded", "margin": "0.2,0.12"},
    "source": {"shape": "hexagon", "style": "filled", "margin": "0.02,0.08"},
    "processor": {"shape": "box", "style": "filled,rounded"},
    "sink": {"shape": "box", "style": "filled", "peripheries": "2"},
    "store": {"shape": "cylinder", "style": "filled"},
    "topic": {**_PAGE, "style": "filled"},
    "repartition": {**_PAGE, "style": "filled,dashed"},
    "changelog": {**_PAGE, "style": "filled,dotted"},
}

MARKS = {"added": "#1a7f37", "removed": "#cf222e", "changed": "#bf8700"}
"""The lines of what is new, gone or different; they are seen on light and dark ground."""

LINE_CHARACTERS = 26
"""Longer names are broken where a word ends, so that one name does not make a picture wide."""

TABLE = '<table border="0" cellborder="0" cellspacing="0" cellpadding="1">'
XML_FORBIDDEN = re.compile("[\ud800-\udfff\ufffe\uffff]")
FONT = "Helvetica"  # one whose widths every Graphviz knows without fonts installed


def dot_of(graph: Graph, palette: Palette = LIGHT, *, direction: Direction = "TB") -> str:
    """The DOT text. Classes on every shape let an SVG follow the reader's light or dark setting."""
    source: str = _digraph(graph, palette, direction).source
    return source


def picture_of(
    graph: Graph, suffix: str, theme: Theme = "auto", *, direction: Direction = "TB", scale: float = 2.0
) -> bytes:
    """The drawn graph as `svg`, `png` or `pdf`; `auto` is light, and in an SVG whatever the reader's system prefers.

    `scale` is the number of pixels of a PNG for each point.
    """
    palette = DARK if theme == "dark" else LIGHT
    digraph = _digraph(graph, palette, direction)
    if suffix == "png":
        digraph.graph_attr["dpi"] = f"{72 * scale:g}"
    drawn = _draw(digraph, suffix)
    if suffix == "svg":
        return _accessible(drawn.decode(), graph, follows_system=theme == "auto").encode()
    return drawn


def _digraph(graph: Graph, palette: Palette, direction: Direction) -> graphviz.Digraph:
    font = {"fontname": FONT, "fontcolor": palette.text}
    digraph = graphviz.Digraph(
        _escaped(graph.name),
        graph_attr={
            "rankdir": direction,
            "bgcolor": palette.background,
            "nodesep": "0.35",
            "ranksep": "0.4",
            "pad": "0.3",
            "pack": "28",
            "packmode": f"array_t{columns_of(graph, direction)}",
            "tooltip": _escaped(graph.name),
            **font,
        },
        node_attr={"fontsize": "13", "penwidth": "1.2", "margin": "0.24,0.08", "height": "0.4", **font},
        edge_attr={
            "color": palette.edge,
            "arrowsize": "0.7",
            "penwidth": "1.1",
            "class": "flow",
        },
    )
    numbers = {vertex.id: f"n{number}" for number, vertex in enumerate(graph.vertices)}
    for topic in graph.topics:
        _add(digraph, numbers[topic.id], topic, palette)
    for number, cluster in enumerate(graph.frames):
        _add_cluster(digraph, f"{number}", cluster, numbers, palette)
    if graph.legend:
        _add_legend(digraph, graph, palette)
    frame_of = _frames_of(graph)
    lengths = _staggered(graph)
    for number, edge in enumerate(graph.edges):
        tail, head = numbers[edge.tail], numbers[edge.head]
        length = {"minlen": str(lengths[edge])} if lengths.get(edge, 1) > 1 else {}
        if edge.kind == "uses":
            digraph.edge(tail, head, style="dashed", arrowhead="none", **{"class": "uses"}, **length)
            continue
        if edge.label:
            frame = frame_of.get(edge.tail)
            frame = frame if frame == frame_of.get(edge.head) else None
            _add_text(digraph, f"text_{number}", edge.label, frame, palette)
            digraph.edge(tail, f"text_{number}", arrowhead="none")
            tail = f"text_{number}"
        digraph.edge(tail, head, **length)
    return digraph


def _frames_of(graph: Graph) -> dict[str, str]:
    """Vertex -> the frame that it is in."""
    frames = ((f"{number}", cluster) for number, cluster in enumerate(graph.frames))
    return {vertex.id: number for frame in frames for number, vertex in _inside(*frame)}


def _inside(number: str, cluster: Cluster) -> Iterator[tuple[str, Vertex]]:
    if cluster.title:
        yield from ((number, vertex) for vertex in cluster.vertices)
    for inner, each in enumerate(cluster.clusters):
        yield from _inside(f"{number}_{inner}", each)


def _add_text(digraph: graphviz.Digraph, name: str, text: str, frame: str | None, palette: Palette) -> None:
    """Text in the middle of an edge, as a node: graphviz-pure loses labels where a picture has several parts."""
    attributes = {"shape": "plaintext", "fontsize": "9", "margin": "0.02", "height": "0.1", "class": "title"}
    # As all nodes do, it has a tooltip: that is what `_centred` tells where a node ends by.
    with digraph.subgraph(name=None if frame is None else f"cluster_{frame}") as part:
        part.node(name, label=_escaped(text), tooltip=_escaped(text), fontcolor=palette.muted, **attributes)


def _staggered(graph: Graph) -> dict[Edge, int]:
    """How many rows an edge spans, where many ends lie beside one box of an overview: in one row they would be wide."""
    if any(cluster.title and not cluster.clusters for cluster in graph.clusters):
        return {}
    links = Counter(end for edge in graph.edges for end in (edge.tail, edge.head))
    beside: dict[tuple[str, bool], list[Edge]] = {}
    for edge in graph.edges:
        if links[edge.head] == 1:
            beside.setdefault((edge.tail, True), []).append(edge)
        elif links[edge.tail] == 1:
            beside.setdefault((edge.head, False), []).append(edge)
    rows = {end: max(1, math.isqrt(len(edges) * 2 // 3)) for end, edges in beside.items()}
    return {edge: 1 + number % rows[end] for end, edges in beside.items() for number, edge in enumerate(edges)}


def _add_cluster(
    digraph: graphviz.Digraph, number: str, cluster: Cluster, numbers: Mapping[str, str], palette: Palette
) -> None:
    if not cluster.title:
        for vertex in cluster.vertices:
            _add(digraph, numbers[vertex.id], vertex, palette)
        return
    with digraph.subgraph(name=f"cluster_{number}") as part:
        part.attr(
            label="",
            style="filled,rounded",
            fillcolor=palette.cluster,
            color=palette.border,
            margin="14",
            tooltip=_escaped(cluster.title),
            **{"class": "part"},
        )
        # The title is a node of the first row: edges go around nodes, but across a cluster's own label.
        part.node(
            f"title_{number}",
            label=_escaped(cluster.title),
            tooltip=_escaped(cluster.title),
            shape="plaintext",
            fontsize="12",
            fontcolor=palette.muted,
            margin="0.02",
            **{"class": "title"},
        )
        for vertex in cluster.vertices:
            _add(part, numbers[vertex.id], vertex, palette)
        for inner, each in enumerate(cluster.clusters):
            _add_cluster(part, f"{number}_{inner}", each, numbers, palette)


def _add_legend(digraph: graphviz.Digraph, graph: Graph, palette: Palette) -> None:
    """What the shapes mean, in a column."""
    legend = Cluster("Legend", graph.legend)
    numbers = {vertex.id: f"legend_{number}" for number, vertex in enumerate(graph.legend)}
    _add_cluster(digraph, "legend", legend, numbers, palette)
    column = ["title_legend", *numbers.values()]
    for above, below in itertools.pairwise(column):
        digraph.edge(above, below, style="invis")


def _add(digraph: graphviz.Digraph, name: str, vertex: Vertex, palette: Palette) -> None:
    fill, line = palette.kinds[vertex.kind]
    shape = SHAPES[vertex.kind]
    if vertex.mark is not None:
        line = MARKS[vertex.mark]
        shape = {**shape, "penwidth": "3.5"}
    digraph.node(
        name,
        label=_label(vertex, palette),
        fillcolor=fill,
        color=line,
        tooltip=_escaped(f"{vertex.detail} {vertex.label}".strip()),
        **{"class": vertex.kind if vertex.mark is None else vertex.mark},
        **shape,
    )


def _label(vertex: Vertex, palette: Palette) -> str:
    rows = [f"<tr><td>{html.escape(row)}</td></tr>" for row in broken(_printable(vertex.label))]
    for row in broken(_printable(vertex.detail), LINE_CHARACTERS * 4 // 3) if vertex.detail else ():
        text = f'<font point-size="9" color="{palette.muted}">{html.escape(row)}</font>'
        rows.append(f"<tr><td>{text}</td></tr>")
    if len(rows) == 1:
        return f"<{html.escape(_printable(vertex.label)) or ' '}>"
    return f"<{TABLE}{''.join(rows)}</table>>"


def broken(text: str, width: int = LINE_CHARACTERS) -> list[str]:
    """A name on as many lines as it needs, broken after a dash, dot, underscore or space where there is one."""
    rows: list[str] = []
    while len(text) > width:
        at = max((found.end() for found in re.finditer(r"[-._/ ,:]", text[:width])), default=0)
        at = at if at >= width // 3 else width
        rows.append(text[:at])
        text = text[at:]
    return [*rows, text]


def _printable(text: str) -> str:
    return XML_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", printable(text)) or " "


def _escaped(text: str) -> str:
    """Plain text for an attribute: in DOT, a backslash would begin an escape, and < a label in HTML."""
    plain: str = graphviz.escape(_printable(text))
    return plain


def _draw(digraph: graphviz.Digraph, suffix: str) -> bytes:
    program = drawing_program(suffix)
    dot_command.DOT_BINARY = Path(program)
    try:
        drawn: bytes = digraph.pipe(format=suffix, quiet=True)
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
        raise StreamsError(f"{program} could not draw the topology as {suffix}: {error}") from error
    return drawn


def drawing_program(suffix: str) -> str:
    """The system's `dot` where there is one, else graphviz-pure, which came with kstream but writes no PDF."""
    if system := shutil.which("dot"):
        return system
    if suffix == "pdf":
        raise StreamsError("a PDF needs Graphviz: install it (its command is dot), or write .svg or .png instead")
    beside_python = Path(sys.executable).with_name("graphviz-pure")
    if beside_python.exists():
        return str(beside_python)
    if pure := shutil.which("graphviz-pure"):
        return pure
    raise StreamsError(
        "no program to draw with: install graphviz-pure (pip) or Graphviz, or write .dot or .mmd instead"
    )


def _accessible(svg: str, graph: Graph, *, follows_system: bool) -> str:
    """Name and describe the picture for screen readers, and let it turn dark with its surroundings."""
    name, description = (html.escape(_printable(text)) for text in (graph.name, graph.description))
    title = f"<title>{name}</title>\n<desc>{description}</desc>\n"
    style = f"<style>{stylesheet(DARK)}</style>\n" if follows_system else ""

    def opened(tag: re.Match[str]) -> str:
        return f'{tag[0][:-1]} role="img">\n{title}{style}'

    centred = re.sub(r'<g id="[^"]*" class="node .*?</g>\n</g>', _centred, svg, flags=re.DOTALL)
    return re.sub(r"<svg\b[^>]*>", opened, centred, count=1)


def _centred(node: re.Match[str]) -> str:
    # Graphviz sets each line of a label from its left end, which is off the middle with the reader's own fonts.
    outline = re.search(r'(?: points="| d="M)([^"]*)"', node[0])
    if outline is None:
        return node[0]
    across = [float(x) for x in re.findall(r"(-?[\d.]+),-?[\d.]+", outline[1])]
    middle = (min(across) + max(across)) / 2
    return re.sub(r'text-anchor="start" x="[^"]*"', f'text-anchor="middle" x="{middle:.2f}"', node[0])
