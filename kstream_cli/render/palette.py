"""The colours of a drawn topology, light and dark; text on each fill has a contrast of at least 4.5 to 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kstream_cli.render.graph import VertexKind


@dataclass(frozen=True, slots=True)
class Palette:
    """`kinds` maps a vertex kind to its (fill, line) colours."""

    background: str
    text: str
    muted: str
    edge: str
    cluster: str
    border: str
    kinds: Mapping[VertexKind, tuple[str, str]]


LIGHT = Palette(
    background="#ffffff",
    text="#1f2328",
    muted="#57606a",
    edge="#57606a",
    cluster="#f6f8fa",
    border="#d0d7de",
    kinds={
        "source": ("#d3f5dd", "#1a7f37"),
        "processor": ("#ffffff", "#6e7781"),
        "sink": ("#f5dcff", "#8250df"),
        "store": ("#fff1c2", "#9a6700"),
        "topic": ("#dbedff", "#0969da"),
        "repartition": ("#eef6ff", "#0969da"),
        "changelog": ("#fff8e0", "#9a6700"),
        "subtopology": ("#f6f8fa", "#57606a"),
        "app": ("#f6f8fa", "#1f2328"),
    },
)

DARK = Palette(
    background="#0d1117",
    text="#e6edf3",
    muted="#a5afba",
    edge="#9aa4af",
    cluster="#161b22",
    border="#3d444d",
    kinds={
        "source": ("#0f3d20", "#3fb950"),
        "processor": ("#21262d", "#8b949e"),
        "sink": ("#3b1f5c", "#bc8cff"),
        "store": ("#44340a", "#d29922"),
        "topic": ("#0c3160", "#58a6ff"),
        "repartition": ("#0f2542", "#58a6ff"),
        "changelog": ("#2e2408", "#d29922"),
        "subtopology": ("#161b22", "#8b949e"),
        "app": ("#161b22", "#e6edf3"),
    },
)


def stylesheet(dark: Palette) -> str:
    """CSS that recolours a picture drawn in the light palette where the reader prefers dark."""
    rules = [
        f".graph>polygon,.graph>g>a>polygon{{fill:{dark.background}}}",
        f"text{{fill:{dark.text}}}",
        f".title text,.edge text,text[font-size='9.00']{{fill:{dark.muted}}}",
        f".part path,.part polygon{{fill:{dark.cluster};stroke:{dark.border}}}",
        f".edge path{{stroke:{dark.edge}}}",
        f".edge polygon{{fill:{dark.edge};stroke:{dark.edge}}}",
    ]
    for kind, (fill, line) in dark.kinds.items():
        shapes = ",".join(f".{kind} {shape}" for shape in ("path", "polygon", "polyline", "ellipse"))
        rules.append(f"{shapes}{{stroke:{line}}}")
        # A second outline, and the rim of a cylinder, are drawn over the filled shape and have no fill.
        filled = ",".join(f".{kind} {shape}[fill^='#']" for shape in ("path", "polygon", "ellipse"))
        rules.append(f"{filled}{{fill:{fill}}}")
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"
