"""A picture of a topology as the bytes of a file, by the file's suffix."""

from __future__ import annotations

from pathlib import Path

import typer

from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.render.dot import Theme, dot_of, picture_of
from kstream_cli.render.graph import graph_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.palette import DARK, LIGHT

SUFFIXES = ("svg", "png", "pdf", "dot", "mmd")


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


def drawn(topology: DescribedTopology, suffix: str, theme: Theme) -> bytes:
    graph = graph_of(topology)
    if suffix == "mmd":
        return mermaid_of(graph).encode()
    if suffix == "dot":
        return dot_of(graph, DARK if theme == "dark" else LIGHT).encode()
    return picture_of(graph, suffix, theme)


def save(file: Path, picture: bytes) -> None:
    try:
        file.write_bytes(picture)
    except OSError as error:
        raise StreamsError(f"{file} cannot be written: {error.strerror}") from error
