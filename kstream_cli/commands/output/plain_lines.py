"""Lines for a file or a pipe: no colours, none folded. Rich is not needed for them, and takes a while to import."""

from __future__ import annotations

import os
from collections.abc import Iterable

from kstream_cli.commands.output.standard_streams import results, write
from kstream_cli.printable import printable
from kstream_cli.render.tree import Line

_PLAIN_GUIDES = str.maketrans({"↓": "v", "├": "|", "└": "`", "─": "-", "│": "|"})
"""For terminals and files that know ASCII only."""


def may_be_for_terminal() -> bool:
    """Whether a terminal reads the results, or they are to look as if one did (FORCE_COLOR, TTY_COMPATIBLE)."""
    return results().isatty() or bool(os.environ.get("FORCE_COLOR") or os.environ.get("TTY_COMPATIBLE"))


def write_plain(lines: Iterable[Line]) -> None:
    """Write the lines as they are."""
    encoding = results().encoding
    write("\n".join(plain(line.text.rstrip(), encoding) for line in lines))


def plain(text: str, encoding: str) -> str:
    """The text with guides that the reader's encoding has."""
    text = printable(text)
    return text if encoding.lower().startswith("utf") else text.translate(_PLAIN_GUIDES)
