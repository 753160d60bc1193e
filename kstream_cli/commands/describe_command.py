"""`kstream describe`: a topology as a tree, Java's text, JSON, Mermaid or DOT."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kstream_cli.commands.options import (
    AskedCluster,
    ConfigFile,
    Debug,
    Json,
    Module,
    Settings,
    refuse_both,
    refuse_settings,
    typed,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Format(StrEnum):
    """What --format takes."""

    tree = "tree"
    java = "java"
    json = "json"
    mermaid = "mermaid"
    dot = "dot"


@app.command()
def describe(
    context: typer.Context,
    module: Module = None,
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="java is the text of Java's Topology.describe().",
            envvar="KSTREAM_FORMAT",
            show_envvar=True,
            show_default=True,
        ),
    ] = Format.tree,
    json: Json = False,
    bootstrap_servers: AskedCluster = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show a topology: subtopologies, processors, stores, topics and tasks.

    No broker is contacted, unless --bootstrap-servers is given: then the topics' partitions and the number of
    tasks are shown too.

    \b
    Examples:
      kstream describe topologies/word_count.py
      kstream describe --format java
      kstream describe --bootstrap-servers localhost:9092
    """
    if format is not Format.json:
        refuse_both(context, "--json", "--format")
    refuse_settings(context, bootstrap_servers="bootstrap.servers")
    from kstream_cli.commands.description import cluster_view, load_described, rich_tree
    from kstream_cli.commands.output.console import console
    from kstream_cli.commands.output.standard_streams import write

    loaded = load_described(module, assignments, config, bootstrap_servers)
    cluster = cluster_view(loaded) if typed(context, "--bootstrap-servers") else None
    asked_for_json = json and (typed(context, "--json") or not typed(context, "--format"))
    match Format.json if asked_for_json else format:
        case Format.tree:
            from kstream_cli.render.tree import tree_of

            console().print(rich_tree(tree_of(loaded.described, cluster)))
        case Format.java:
            write(str(loaded.topology.describe()), end="")
        case Format.json:
            from kstream_cli.described.saved import json_of

            write(json_of(loaded.described, cluster))
        case Format.mermaid:
            from kstream_cli.render.graph import graph_of
            from kstream_cli.render.mermaid import mermaid_of

            write(mermaid_of(graph_of(loaded.described)), end="")
        case Format.dot:
            from kstream_cli.render.dot import dot_of
            from kstream_cli.render.graph import graph_of

            write(dot_of(graph_of(loaded.described)), end="")
