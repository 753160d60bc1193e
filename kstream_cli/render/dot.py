"""A topology in DOT, and as an SVG, PNG or PDF picture: shapes and colours tell apart what the nodes are."""

from __future__ import annotations

import html
import re
import shutil
import sys
from pathlib import Path
from typing import Literal

import graphviz
import graphviz.backend.dot_command as dot_command

from kstream_cli.errors import StreamsError
from kstream_cli.render.graph import Graph, Vertex, VertexKind
from kstream_cli.render.palette import DARK, LIGHT, Palette, stylesheet

Theme = Literal["auto", "light", "dark"]

SHAPES: dict[VertexKind, dict[str, str]] = {
    "source": {"shape": "hexagon", "style": "filled", "margin": "0.02,0.08"},
    "processor": {"shape": "box", "style": "filled,rounded"},
    "sink": {"shape": "box", "style": "filled", "peripheries": "2"},
    "store": {"shape": "cylinder", "style": "filled"},
    "topic": {"shape": "parallelogram", "style": "filled", "margin": "0.02,0.06"},
    "repartition": {"shape": "parallelogram", "style": "filled,dashed", "margin": "0.02,0.06"},
}

TABLE = '<table border="0" cellborder="0" cellspacing="0" cellpadding="1">'
FONT = "Helvetica"  # one whose widths every Graphviz knows without fonts installed


def dot_of(graph: Graph, palette: Palette = LIGHT) -> str:
    """The DOT text. Classes on every shape let an SVG follow the reader's light or dark setting."""
    source: str = _digraph(graph, palette).source
    return source


def picture_of(graph: Graph, suffix: str, theme: Theme = "auto") -> bytes:
    """The drawn graph as `svg`, `png` or `pdf`; `auto` is light, and in an SVG whatever the reader's system prefers."""
    palette = DARK if theme == "dark" else LIGHT
    digraph = _digraph(graph, palette)
    if suffix == "png":
        digraph.graph_attr["dpi"] = "144"
    drawn = _draw(digraph, suffix)
    if suffix == "svg":
        return _accessible(drawn.decode(), graph, follows_system=theme == "auto").encode()
    return drawn


def _digraph(graph: Graph, palette: Palette) -> graphviz.Digraph:
    font = {"fontname": FONT, "fontcolor": palette.text}
    digraph = graphviz.Digraph(
        graph.name,
        graph_attr={
            "rankdir": "TB",
            "bgcolor": palette.background,
            "nodesep": "0.35",
            "ranksep": "0.4",
            "pad": "0.3",
            "tooltip": graph.name,
            **font,
        },
        node_attr={"fontsize": "13", "penwidth": "1.2", "margin": "0.24,0.08", "height": "0.4", **font},
        edge_attr={"color": palette.edge, "arrowsize": "0.7", "penwidth": "1.1", "class": "flow"},
    )
    for topic in graph.topics:
        _add(digraph, topic, palette)
    for number, cluster in enumerate(graph.clusters):
        with digraph.subgraph(name=f"cluster_{number}") as part:
            part.attr(
                label=cluster.title,
                labeljust="l",
                fontsize="12",
                fontcolor=palette.muted,
                style="filled,rounded",
                fillcolor=palette.cluster,
                color=palette.border,
                margin="14",
                tooltip=cluster.title,
                **{"class": "subtopology"},
            )
            for vertex in cluster.vertices:
                _add(part, vertex, palette)
    for edge in graph.edges:
        if edge.kind == "uses":
            digraph.edge(_quoted(edge.tail), _quoted(edge.head), style="dashed", arrowhead="none", **{"class": "uses"})
        else:
            digraph.edge(_quoted(edge.tail), _quoted(edge.head))
    return digraph


def _add(digraph: graphviz.Digraph, vertex: Vertex, palette: Palette) -> None:
    fill, line = palette.kinds[vertex.kind]
    digraph.node(
        _quoted(vertex.id),
        label=_label(vertex, palette),
        fillcolor=fill,
        color=line,
        tooltip=f"{vertex.detail} {vertex.label}".strip(),
        **{"class": vertex.kind},
        **SHAPES[vertex.kind],
    )


def _label(vertex: Vertex, palette: Palette) -> str:
    label = html.escape(vertex.label)
    if not vertex.detail:
        return f"<{label}>"
    detail = f'<font point-size="9" color="{palette.muted}">{html.escape(vertex.detail)}</font>'
    return f"<{TABLE}<tr><td>{label}</td></tr><tr><td>{detail}</td></tr></table>>"


def _quoted(name: str) -> str:
    # The graphviz library reads a colon in an edge's end as a port.
    return name.replace(":", "：") if ":" in name else name


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
    title = f"<title>{html.escape(graph.name)}</title>\n<desc>{html.escape(graph.description)}</desc>\n"
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
