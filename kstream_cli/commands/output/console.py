"""Where commands write: a Rich console that keeps lines whole when piped, and obeys NO_COLOR."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.theme import Theme

from kstream_cli.commands.output.standard_streams import results
from kstream_cli.printable import printable_lines

ROLES = Theme(
    {
        "title": "bold",
        "source": "green",
        "processor": "cyan",
        "sink": "magenta",
        "store": "yellow",
        "topic": "bold blue",
        "muted": "dim",
        "warning": "bold red",
        "added": "green",
        "removed": "red",
        "plain": "default",
    }
)

WIDE = 10_000
"""The width of a pipe."""
WIDE_FROM = 160
"""From this width on there is room for details."""


class SafeConsole(Console):
    """Shows text as text: only what Rich itself makes, a colour or a move of the cursor, is obeyed by a terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable_lines(segment.text))


def console(*, error: bool = False) -> Console:
    """For standard output, or standard error. A pipe is never wrapped: its reader may want whole lines."""
    stream = sys.stderr if error else results()
    width = None if stream.isatty() else WIDE
    return SafeConsole(file=stream, theme=ROLES, width=width, highlight=False, emoji=False, markup=False)
