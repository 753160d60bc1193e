"""A bar chart of the rates as an SVG, written by hand: a benchmark needs no plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from benchmarks.run import Result

COLOURS = {
    "kstream": "#2a78d6",
    "java": "#e8873a",
    "loop, tuned": "#1f9e89",
    "loop": "#8fcfc3",
    "quix": "#8d6cc9",
    "bytewax": "#c9a227",
    "faust": "#c2566b",
}
BAR, GAP, LABEL, PLOT, RIGHT = 16, 14, 240, 520, 100


def write_plot(path: Path, results: Sequence[Result]) -> None:
    """One group of bars a workload and layout, one bar a contender, from the same zero and to the same scale."""
    good = [result for result in results if result.error is None and result.rate]
    if not good:
        return
    widest = max(result.rate for result in good)
    ordered = sorted(good, key=lambda r: (r.layout, r.workload, list(COLOURS).index(r.contender)))
    y, parts = 50, []
    for (layout, workload), group in groupby(ordered, key=lambda r: (r.layout, r.workload)):
        parts.append(f'<text x="12" y="{y + 12}" font-weight="600">{escape(f"{workload} {layout}")}</text>')
        for result in group:
            width = result.rate / widest * PLOT
            colour = COLOURS[result.contender]
            parts.append(
                f'<text x="{LABEL - 8}" y="{y + 12}" text-anchor="end">{escape(result.contender)}</text>'
                f'<rect x="{LABEL}" y="{y + 1}" width="{width:.1f}" height="{BAR - 3}" rx="2" fill="{colour}"/>'
                f'<text x="{LABEL + width + 6:.1f}" y="{y + 12}" fill="#555">{result.rate:,.0f}</text>'
            )
            y += BAR
        y += GAP
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + PLOT + RIGHT}" height="{y}" '
        f'font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="12" y="26" font-size="15" font-weight="600">input records a second (higher is better)</text>'
        + "".join(parts)
        + "</svg>\n"
    )
