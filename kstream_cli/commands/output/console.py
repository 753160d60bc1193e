"""Where commands write: a Rich console that keeps lines whole when piped, and obeys NO_COLOR."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.theme import Theme

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
        "plain": "default",
    }
)

WIDE = 10_000


def console(*, error: bool = False) -> Console:
    """For standard output, or standard error. A pipe is never wrapped: its reader may want whole lines."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(file=stream, theme=ROLES, width=width, highlight=False, emoji=False, markup=False)
