"""`kstream check`: everything that is wrong with a topology, at once."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands import exit_codes
from kstream_cli.commands.options import (
    AskedCluster,
    Clusters,
    ConfigFile,
    Debug,
    Json,
    ModuleOrRevision,
    Profile,
    Settings,
    refuse_settings,
    typed,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def check(
    context: typer.Context,
    module: ModuleOrRevision = None,
    json: Json = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="End with exit code 1 also if there are only warnings.",
            envvar="KSTREAM_STRICT",
            show_envvar=True,
        ),
    ] = False,
    bootstrap_servers: AskedCluster = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Load, build and validate a topology, and list every problem. The exit code is 1 if there is one.

    Warnings (KS501 and the like) say what is likely to go wrong later. `# kstream: allow KS501 because ...` next to the
    code allows one. With --bootstrap-servers the cluster is checked, too: missing topics, and co-partitioning.

    \b
    Examples:
      kstream check topologies/word_count.py
      kstream check --bootstrap-servers localhost:9092 --json
      kstream check --strict
      kstream check git:main
    """
    refuse_settings(context, bootstrap_servers="bootstrap.servers")
    from kstream_cli.commands.output.standard_streams import write
    from kstream_cli.commands.trying.checkup import Checkup

    cluster = bootstrap_servers if typed(context, "--bootstrap-servers") else None
    checkup = Checkup.of(module, with_clusters(assignments, clusters), config, cluster, profile)
    write(checkup.json() if json else checkup.text())
    if checkup.problems or (strict and checkup.warned):
        raise typer.Exit(exit_codes.FAILED)
