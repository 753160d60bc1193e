"""A picture of a topology as the bytes of a file, by the file's suffix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.printable import printable
from kstream_cli.render.dot import Direction, Theme, dot_of, picture_of
from kstream_cli.render.graph import Shows, graph_of
from kstream_cli.render.markdown import markdown_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.page import page_of
from kstream_cli.render.palette import DARK, LIGHT
from kstream_cli.render.tree import text_lines, tree_of

SUFFIXES = ("svg", "png", "pdf", "html", "md", "txt", "dot", "mmd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How topologies are drawn: as what kind of file, showing what, in which colours, direction and size."""

    suffix: str
    shows: Shows
    theme: Theme = "auto"
    direction: Direction = "TB"
    scale: float = 2.0

    def of(self, topologies: Sequence[DescribedTopology]) -> bytes:
        """The bytes of the file."""
        match self.suffix:
            case "html":
                return page_of(topologies, theme=self.theme, direction=self.direction).encode()
            case "md":
                return markdown_of(topologies, self.shows).encode()
            case "txt":
                lines = (line for each in topologies for line in text_lines(tree_of(each, wide=True)))
                return "".join(f"{printable(line)}\n" for line in lines).encode()
        graph = graph_of(topologies, self.shows)
        match self.suffix:
            case "mmd":
                return mermaid_of(graph, direction=self.direction).encode()
            case "dot":
                return dot_of(graph, DARK if self.theme == "dark" else LIGHT, direction=self.direction).encode()
        return picture_of(graph, self.suffix, self.theme, direction=self.direction, scale=self.scale)


def suffix_of(out: str, format: str | None) -> str:
    """What to draw. A file's own suffix rules; standard output takes --format."""
    if out == "-":
        return format or "svg"
    suffix = Path(out).suffix.removeprefix(".").lower()
    if suffix not in SUFFIXES:
        said = f"unknown suffix .{suffix}" if suffix else "no suffix"
        raise typer.BadParameter(f"--out {out} has {said}: end it in {', '.join(f'.{known}' for known in SUFFIXES)}")
    if format not in (None, suffix):
        raise typer.BadParameter(f"--out {out} and --format {format} differ: --format is for --out -")
    return suffix


def is_up_to_date(file: Path, picture: bytes) -> bool:
    """Whether the file is what would be written. Raises StreamsError where it cannot be read."""
    try:
        return file.read_bytes() == picture
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StreamsError(f"{file} cannot be read: {error.strerror}") from error


def save(file: Path, picture: bytes) -> None:
    try:
        file.write_bytes(picture)
    except OSError as error:
        raise StreamsError(f"{file} cannot be written: {error.strerror}") from error
