"""`kstream diff`: what a change of a topology does to an application that runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kstream_cli.commands import exit_codes
from kstream_cli.commands.options import (
    BootstrapServers,
    ConfigFile,
    Debug,
    Json,
    Profile,
    Settings,
    refuse_both,
    refuse_settings,
    typed,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Format(StrEnum):
    """What --format takes."""

    table = "table"
    json = "json"
    github = "github"
    junit = "junit"


class FailOn(StrEnum):
    """What --fail-on takes."""

    careful = "careful"
    breaking = "breaking"
    never = "never"


@app.command()
def diff(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="What runs now: a module, git:REV[:path] (default: NEW's path), a file or URL with the JSON of "
            "describe --json or Java's Topology.describe(), - for standard input, or app:APPLICATION_ID for the "
            "topics and stores on the cluster.",
            show_default=False,
        ),
    ],
    new: Annotated[
        str | None,
        typer.Argument(
            metavar="[NEW]",
            help="What is to run next (default: the project's topology, as for all commands).",
            envvar="KSTREAM_MODULE",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="github writes annotations for a pull request, junit the XML that most CI servers read.",
            envvar="KSTREAM_DIFF_FORMAT",
            show_envvar=True,
            show_default=True,
        ),
    ] = Format.table,
    json: Json = False,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on",
            help="The mildest verdict for which the exit code is not 0.",
            envvar="KSTREAM_FAIL_ON",
            show_envvar=True,
            show_default=True,
        ),
    ] = FailOn.careful,
    graph: Annotated[
        Path | None,
        typer.Option(
            "--graph",
            metavar="FILE",
            help="Draw both topologies, with the differences in colour: .svg or .html.",
            envvar="KSTREAM_DIFF_GRAPH",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Say what a restart with NEW does to the state of OLD, which runs now.

    It writes nothing to a cluster, and asks one only for app:APPLICATION_ID. Exit code 0: safe, 4: careful,
    5: breaking.

    \b
    Examples:
      kstream diff git:main
      kstream diff git:v1.2:app.py app.py --graph diff.svg
      kstream diff app:orders --bootstrap-servers localhost:9092
      kstream diff running.json --format junit --fail-on breaking
    """
    if format is not Format.json:
        refuse_both(context, "--json", "--format")
    refuse_settings(context, bootstrap_servers="bootstrap.servers")
    if graph is not None and graph.suffix not in (".svg", ".html"):
        raise typer.BadParameter(f"--graph {graph}: end it in .svg or .html")
    from kstream_cli.commands.comparing.two_topologies import compare
    from kstream_cli.commands.output.standard_streams import write

    comparison = compare(old, new, assignments, config, bootstrap_servers, profile)
    asked_for_json = json and (typed(context, "--json") or not typed(context, "--format"))
    match Format.json if asked_for_json else format:
        case Format.table:
            from kstream_cli.commands.comparing.table import show
            from kstream_cli.commands.output.console import console

            show(comparison, console())
        case Format.json:
            from kstream_cli.commands.comparing.reports import json_report

            write(json_report(comparison))
        case Format.github:
            from kstream_cli.commands.comparing.reports import github_report

            write(github_report(comparison))
        case Format.junit:
            from kstream_cli.commands.comparing.reports import junit_report

            write(junit_report(comparison))
    if graph is not None:
        from kstream_cli.commands.comparing.picture import draw

        draw(comparison, graph)
    codes = {"safe": exit_codes.DONE, "careful": exit_codes.CAREFUL, "breaking": exit_codes.BREAKING}
    counts = {FailOn.careful: ("careful", "breaking"), FailOn.breaking: ("breaking",), FailOn.never: ()}[fail_on]
    if comparison.verdict in counts:
        raise typer.Exit(codes[comparison.verdict])
