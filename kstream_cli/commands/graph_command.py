"""`kstream graph`: a topology as a picture."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kstream_cli.commands.options import ConfigFile, Debug, Module, Settings, refuse_settings, typed

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Theme(StrEnum):
    """What --theme takes."""

    auto = "auto"
    light = "light"
    dark = "dark"


class Suffix(StrEnum):
    """The kinds of file that can be written."""

    svg = "svg"
    png = "png"
    pdf = "pdf"
    dot = "dot"
    mmd = "mmd"


@app.command()
def graph(
    context: typer.Context,
    module: Module = None,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to write: .svg, .png, .pdf, .dot or .mmd; - is standard output.",
            envvar="KSTREAM_OUT",
            show_envvar=True,
            show_default=True,
        ),
    ] = "topology.svg",
    format: Annotated[
        Suffix | None,
        typer.Option(
            "--format",
            "-f",
            help="For standard output, which has no suffix (default: svg).",
            envvar="KSTREAM_GRAPH_FORMAT",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    theme: Annotated[
        Theme,
        typer.Option(
            "--theme",
            help="auto: an SVG follows the reader's light or dark setting.",
            envvar="KSTREAM_THEME",
            show_envvar=True,
            show_default=True,
        ),
    ] = Theme.auto,
    open_picture: Annotated[
        bool,
        typer.Option("--open", help="Show the picture when it is written.", envvar="KSTREAM_OPEN", show_envvar=True),
    ] = False,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Draw a topology as SVG, PNG, PDF, DOT or Mermaid, as the file's suffix says.

    \b
    Examples:
      kstream graph topologies/word_count.py --out word_count.svg --open
      kstream graph --out - --format mmd
    """
    from kstream_cli.commands.description import load_described
    from kstream_cli.commands.output.picture import drawn, suffix_of
    from kstream_cli.commands.output.standard_streams import results, say, write

    refuse_settings(context)
    if out == "-" and typed(context, "--open"):
        raise typer.BadParameter("--open and --out - exclude one another: only a file can be opened")
    suffix = suffix_of(out, format if out == "-" or typed(context, "--format") else None)
    if suffix == "mmd" and theme != Theme.auto and typed(context, "--theme"):
        raise typer.BadParameter(f"--theme {theme} and .mmd exclude one another: Mermaid has colours of its own")
    picture = drawn(load_described(module, assignments, config).described, suffix, theme.value)
    if out == "-":
        results().buffer.write(picture)
        return
    from kstream_cli.commands.output.picture import save
    from kstream_cli.commands.output.start_folder import start_folder

    save(start_folder() / out, picture)
    write(f"wrote {out}")
    if open_picture and typer.launch(str(start_folder() / out)):
        say(f"no program to show {out} was found")
