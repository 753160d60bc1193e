"""`kstream describe`: a topology as a tree, Java's text, JSON, Mermaid or DOT."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kstream_cli.commands.options import (
    AskedCluster,
    Clusters,
    ConfigFile,
    Debug,
    Json,
    Modules,
    Pager,
    Profile,
    Select,
    Settings,
    given,
    refuse_both,
    refuse_settings,
    typed,
    with_clusters,
)

if TYPE_CHECKING:
    from kstream_cli.described.model import ClusterView, DescribedTopology

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
    modules: Modules = None,
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
    wide: Annotated[
        bool | None,
        typer.Option(
            "--wide/--no-wide",
            help="Show what each node does, your functions and its types; the default in a terminal with 160 columns.",
            envvar="KSTREAM_WIDE",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    select: Select = None,
    pager: Pager = True,
    bootstrap_servers: AskedCluster = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show a topology: subtopologies, processors, stores, topics and tasks.

    No broker is contacted, unless you give --bootstrap-servers. Then the partitions of the topics and the number of
    tasks are shown, too.

    \b
    Examples:
      kstream describe topologies/word_count.py
      kstream describe --wide --select store:counts+
      kstream describe --format java
      kstream describe --bootstrap-servers localhost:9092
      curl -s http://app:8080/topology | kstream describe -
    """
    if format is not Format.json:
        refuse_both(context, "--json", "--format")
    refuse_both(context, "--json", "--wide")
    if format is not Format.tree:
        refuse_both(context, "--wide", "--format")
    refuse_settings(context, bootstrap_servers="bootstrap.servers")
    from kstream_cli.commands.loading.described_topology import cluster_view, load_described, selected_or_refused
    from kstream_cli.commands.output.standard_streams import write

    loaded = load_described(
        given(modules), with_clusters(assignments, clusters), config, bootstrap_servers, profile=profile
    )
    cluster = cluster_view(loaded) if typed(context, "--bootstrap-servers") else None
    topologies = selected_or_refused(loaded.topologies, select or ())
    asked_for_json = json and (typed(context, "--json") or not typed(context, "--format"))
    match Format.json if asked_for_json else format:
        case Format.tree:
            _show(topologies, cluster, wide=wide, pager=pager)
        case Format.java:
            from kstream_cli.described.java_text import java_text

            write("".join(map(java_text, topologies)), end="")
        case Format.json:
            from kstream_cli.described.saved import json_of_all

            write(json_of_all(topologies, cluster))
        case Format.mermaid:
            from kstream_cli.render.graph import graph_of
            from kstream_cli.render.mermaid import mermaid_of

            write(mermaid_of(graph_of(topologies)), end="")
        case Format.dot:
            from kstream_cli.render.dot import dot_of
            from kstream_cli.render.graph import graph_of

            write(dot_of(graph_of(topologies)), end="")


def _show(
    topologies: Sequence[DescribedTopology], cluster: ClusterView | None, *, wide: bool | None, pager: bool
) -> None:
    from kstream_cli.commands.output.plain_lines import may_be_for_terminal, write_plain
    from kstream_cli.render.tree import tree_of

    if not may_be_for_terminal():
        write_plain(line for each in topologies for line in tree_of(each, cluster, wide=bool(wide)))
        return
    from kstream_cli.commands.output.console import WIDE_FROM, console
    from kstream_cli.commands.output.pager import show

    to = console()
    detailed = to.is_terminal and to.width >= WIDE_FROM if wide is None else wide
    show(to, (line for each in topologies for line in tree_of(each, cluster, wide=detailed)), pager=pager)
