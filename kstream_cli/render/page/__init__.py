"""The page: topologies as one HTML file to search, fold and click through, which needs nothing from elsewhere.

`page.js` draws what the data says, placed by `layout.js`; both are plain JavaScript without a framework. A policy in
the page's head lets nothing run but them, so that no name in a topology can.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from importlib.resources import files

import msgspec

from kstream_cli.described.model import DescribedTopology
from kstream_cli.printable import printable
from kstream_cli.render.page.content import Path, Step, content_of, vertex_of
from kstream_cli.render.palette import DARK, LIGHT, Palette


def page_of(
    topologies: Sequence[DescribedTopology],
    *,
    theme: str = "auto",
    direction: str = "TB",
    paths: Sequence[Path] = (),
) -> str:
    """The HTML text.

    `theme` is `light`, `dark`, or `auto` for what the reader prefers. `paths` are ways of records through the
    topologies, which the page steps through: a Path has a title and Steps, each at a node (`vertex_of` names it).

        page_of([topology], paths=[Path(title="a: 1", steps=(Step(vertex="KSTREAM-MAP-0000000001", title="map"),))])
    """
    content = content_of(topologies, theme=theme, direction=direction, paths=paths)
    name = html.escape(printable(content.name))
    script, style = _file("layout.js") + _file("page.js"), _palettes() + _file("page.css")
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:"
    parts = {
        "name": name,
        "policy": html.escape(policy),
        "theme": theme if theme in ("light", "dark") else "auto",
        "description": html.escape(printable(content.description)),
        "style": style,
        "data": _embedded(content),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _file("page.html"))


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _embedded(content: msgspec.Struct) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(msgspec.to_builtins(content))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _palettes() -> str:
    dark = _variables(DARK)
    return (
        f":root{{color-scheme:light;{_variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
    )


def _variables(palette: Palette) -> str:
    named = {
        "background": palette.background,
        "text": palette.text,
        "muted": palette.muted,
        "edge": palette.edge,
        "cluster": palette.cluster,
        "border": palette.border,
    }
    for kind, (fill, line) in palette.kinds.items():
        named |= {f"{kind}-fill": fill, f"{kind}-line": line}
    return "".join(f"--{name}:{value};" for name, value in named.items())


__all__ = ["Path", "Step", "page_of", "vertex_of"]
