"""`kstream graph`: a topology as a picture."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kstream_cli.commands import exit_codes
from kstream_cli.commands.finite import finite
from kstream_cli.commands.options import (
    ConfigFile,
    Debug,
    GroupCluster,
    Modules,
    Profile,
    Select,
    Settings,
    given,
    refuse_both,
    refuse_settings,
    typed,
)
from kstream_cli.printable import printable

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
    html = "html"
    md = "md"
    txt = "txt"
    dot = "dot"
    mmd = "mmd"


class Level(StrEnum):
    """What --level takes."""

    apps = "apps"
    subtopologies = "subtopologies"
    processors = "processors"


class Direction(StrEnum):
    """What --direction takes."""

    TB = "TB"
    LR = "LR"


@app.command()
def graph(
    context: typer.Context,
    modules: Modules = None,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="The file to write: .svg, .png, .pdf, .html, .md, .txt, .dot or .mmd; - is standard output.",
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
            help="The format for standard output, which has no suffix (default: svg).",
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
    level: Annotated[
        Level,
        typer.Option(
            "--level",
            help="apps: a box for each topology; subtopologies: one for each part; processors: one for each node.",
            envvar="KSTREAM_LEVEL",
            show_envvar=True,
            show_default=True,
        ),
    ] = Level.processors,
    direction: Annotated[
        Direction,
        typer.Option(
            "--direction",
            help="TB: from top to bottom, LR: from left to right.",
            envvar="KSTREAM_DIRECTION",
            show_envvar=True,
            show_default=True,
        ),
    ] = Direction.TB,
    names: Annotated[
        bool,
        typer.Option(
            "--names/--no-names",
            help="Show generated names of nodes.",
            envvar="KSTREAM_NAMES",
            show_envvar=True,
        ),
    ] = True,
    stores: Annotated[
        bool | None,
        typer.Option(
            "--stores/--no-stores",
            help="Show state stores (default: if processors are shown).",
            envvar="KSTREAM_SHOW_STORES",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    changelogs: Annotated[
        bool,
        typer.Option(
            "--changelogs/--no-changelogs",
            help="Show changelog topics.",
            envvar="KSTREAM_CHANGELOGS",
            show_envvar=True,
        ),
    ] = False,
    types: Annotated[
        bool,
        typer.Option(
            "--types/--no-types",
            help="Show key and value types on edges.",
            envvar="KSTREAM_TYPES",
            show_envvar=True,
        ),
    ] = False,
    legend: Annotated[
        bool,
        typer.Option(
            "--legend/--no-legend", help="Show what the shapes mean.", envvar="KSTREAM_LEGEND", show_envvar=True
        ),
    ] = False,
    scale: Annotated[
        float,
        typer.Option(
            "--scale",
            help="Pixels of a PNG for each point.",
            envvar="KSTREAM_SCALE",
            show_envvar=True,
            show_default=True,
            min=0.1,
            max=10,
            callback=finite,
        ),
    ] = 2.0,
    select: Select = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing; exit code 1 if FILE is out of date.",
            envvar="KSTREAM_CHECK",
            show_envvar=True,
        ),
    ] = False,
    open_picture: Annotated[
        bool,
        typer.Option("--open", help="Open the picture once it is written.", envvar="KSTREAM_OPEN", show_envvar=True),
    ] = False,
    bootstrap_servers: GroupCluster = None,
    profile: Profile = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Draw a topology. The suffix of the file sets the format.

    .svg, .png and .pdf are pictures, .html is a page to search and click through, .md a page with tables to keep
    beside the code, .txt the tree of describe --wide, .dot and .mmd the texts of Graphviz and Mermaid.
    Several topologies become one picture, joined by the topics that they share.

    \b
    Examples:
      kstream graph topologies/word_count.py --out word_count.svg --open
      kstream graph orders.py billing.py --level apps --out services.svg
      kstream graph --out topology.html
      kstream graph --out docs/topology.md --check
      kstream graph --out - --format mmd
    """
    from kstream_cli.commands.loading.described_topology import load_described, selected_or_refused
    from kstream_cli.commands.output.picture import Picture, is_up_to_date, save, suffix_of
    from kstream_cli.commands.output.standard_streams import results, say, write
    from kstream_cli.render.graph import Shows

    refuse_settings(context, bootstrap_servers="bootstrap.servers")
    if typed(context, "--bootstrap-servers") and not any(each.startswith("group:") for each in modules or ()):
        raise typer.BadParameter("--bootstrap-servers has no effect here: name group:APPLICATION_ID, or leave it out")
    if out == "-" and typed(context, "--open"):
        raise typer.BadParameter("--open and --out - exclude one another: only a file can be opened")
    refuse_both(context, "--check", "--open")
    if check and out == "-":
        raise typer.BadParameter("--check needs a file to look at: give --out FILE")
    suffix = suffix_of(out, format if out == "-" or typed(context, "--format") else None)
    if suffix in ("mmd", "md", "txt") and theme != Theme.auto and typed(context, "--theme"):
        raise typer.BadParameter(f"--theme {theme} and .{suffix} exclude one another: its reader has its own colours")
    if suffix != "png" and typed(context, "--scale"):
        raise typer.BadParameter(f"--scale and .{suffix} exclude one another: it is for a PNG, which has pixels")
    if suffix == "txt" and typed(context, "--direction"):
        raise typer.BadParameter("--direction and .txt exclude one another: its lines stand below one another")
    shown = level is Level.processors if stores is None else stores
    shows = Shows(level=level.value, names=names, stores=shown, changelogs=changelogs, types=types, legend=legend)
    picture = Picture(suffix=suffix, shows=shows, theme=theme.value, direction=direction.value, scale=scale)
    loaded = load_described(given(modules), assignments, config, bootstrap_servers, profile=profile)
    drawn = picture.of(selected_or_refused(loaded.topologies, select or ()))
    if out == "-":
        results().buffer.write(drawn)
        return
    from kstream_cli.commands.output.start_folder import start_folder

    file = start_folder() / out
    if check:
        if not is_up_to_date(file, drawn):
            say(f"{printable(str(out))} is out of date: run the same command without --check to write it again")
            raise typer.Exit(exit_codes.FAILED)
        write(f"{printable(str(out))} is up to date")
        return
    save(file, drawn)
    write(f"wrote {printable(str(out))}")
    if open_picture and typer.launch(str(file)):
        say(f"no program to show {out} was found")
