"""Both topologies in one picture: what is gone is red, what is new green, what is different yellow."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import msgspec

from kstream_cli.changes.code import matched_nodes
from kstream_cli.changes.comparison import Comparison
from kstream_cli.changes.sides import Sides
from kstream_cli.commands.comparing.reports import verdict_line
from kstream_cli.commands.output.picture import save
from kstream_cli.described.model import DescribedTopology
from kstream_cli.printable import printable
from kstream_cli.render.dot import picture_of
from kstream_cli.render.graph import Cluster, Graph, Mark, Shows, Vertex, graph_of


def draw(comparison: Comparison, file: Path) -> None:
    """Write the picture; the suffix says whether as SVG or as a page with the findings below it."""
    svg = picture_of(difference(comparison), "svg").decode()
    save(file, (_page(comparison, svg) if file.suffix == ".html" else svg).encode())


def difference(comparison: Comparison) -> Graph:
    """The graph of both, each shape with what became of it."""
    old, new = comparison.old, comparison.new
    shown = [
        msgspec.structs.replace(old, name=f"old: {old.name}"),
        msgspec.structs.replace(new, name=f"new: {new.name}"),
    ]
    graph = graph_of(shown, Shows())
    names = _names(old), _names(new)
    # What has only got another number is on both sides, under one name or two.
    sides = Sides(old, new)
    renumbered = matched_nodes(sides) if sides.knows_code else {}
    names = names[0] | set(renumbered.values()), names[1] | renumbered.keys()
    found = {finding.subject for finding in comparison.findings if finding.level != "safe"}

    def mark(vertex: Vertex) -> Mark | None:
        side, _, name = vertex.id.partition(" ")
        if side not in ("0", "1"):
            name = vertex.id
            here = [side for side in (0, 1) if name in names[side]]
        else:
            here = [int(side)]
        if any(name in (subject, f"store {subject}", f"topic {subject}") for subject in found):
            is_on_both = name in names[0] and name in names[1]
            if is_on_both:
                return "changed"
        if here == [0] and name not in names[1]:
            return "removed"
        if here == [1] and name not in names[0]:
            return "added"
        return None

    def marked(cluster: Cluster) -> Cluster:
        vertices = tuple(replace(vertex, mark=mark(vertex)) for vertex in cluster.vertices)
        return replace(cluster, vertices=vertices, clusters=tuple(map(marked, cluster.clusters)))

    return replace(
        graph,
        clusters=tuple(map(marked, graph.clusters)),
        topics=tuple(replace(vertex, mark=mark(vertex)) for vertex in graph.topics),
    )


def _names(topology: DescribedTopology) -> set[str]:
    nodes = {node.name for node in topology.nodes()}
    stores = {f"store {store.name}" for store in topology.stores()}
    patterns = {f"topic /{node.pattern}/" for node in topology.nodes() if node.pattern is not None}
    return nodes | stores | patterns | {f"topic {topic}" for topic in topology.topics()}


def _page(comparison: Comparison, svg: str) -> str:
    rows = "".join(
        f"<tr><td>{'allowed' if each.allowed else each.level}</td><td>{each.id}</td>"
        f"<td><b>{_escaped(each.subject)}</b><br>{_escaped(f'{each.title}: {each.message}')}"
        f"<br>{_escaped(each.remedy or '')}</td></tr>"
        for each in comparison.findings
    )
    drawn = svg[svg.index("<svg") :]
    title = _escaped(f"{comparison.old.name} to {comparison.new.name}")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{_escaped(verdict_line(comparison))}</p>{_LEGEND}{drawn}<table>{rows}</table></body></html>\n"
    )


_LEGEND = '<p class="legend"><span>removed</span> <span>added</span> <span>changed</span></p>'
_STYLE = (
    ":root{color-scheme:light dark}body{font:15px system-ui,sans-serif;margin:2rem}svg{max-width:100%;height:auto}"
    "td{vertical-align:top;padding:.4rem .8rem .4rem 0}.legend span{border:3px solid;border-radius:6px;"
    "padding:.1rem .6rem;margin-right:.5rem}.legend span:nth-child(1){border-color:#cf222e}"
    ".legend span:nth-child(2){border-color:#1a7f37}.legend span:nth-child(3){border-color:#bf8700}"
)


def _escaped(text: str) -> str:
    return html.escape(printable(text))
