"""`kstream status`: an application as a whole, from its cluster and its instances."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from kstream_cli.commands.finite import finite
from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    InstanceServers,
    Json,
    Module,
    Profile,
    Settings,
    TokenFile,
    refuse_alone,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def status(
    context: typer.Context,
    module: Module = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", "-w", help="Show it again and again, until Ctrl-C.", envvar="KSTREAM_WATCH", show_envvar=True
        ),
    ] = False,
    interval: Annotated[
        float | None,
        typer.Option(
            "--interval",
            metavar="SECONDS",
            help="Time between two looks (default: 2).",
            envvar="KSTREAM_INTERVAL",
            show_envvar=True,
            show_default=False,
            min=0.5,
            callback=finite,
        ),
    ] = None,
    json: Json = False,
    instances: InstanceServers = None,
    token_file: TokenFile = None,
    application_id: ApplicationId = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show an application as a whole: group, threads, tasks, committed offsets, lag and changelog sizes.

    It asks the cluster, so it also works for applications on other machines, and for Java applications. Instances with
    an endpoint (kstream run --http) add their state, how far they have restored and which topology they run. Lag is a
    number of records, and the time since the next record was written; with --watch also whether it rises or falls.

    \b
    Examples:
      kstream status
      kstream status --watch
      kstream status --application-id orders -b kafka:9092 --json
    """
    refuse_alone(context, "--interval", "--watch")
    from kstream_cli.commands.asking.status import Status

    found = Status.of(
        module=module,
        instances=instances,
        token_file=token_file,
        application_id=application_id,
        assignments=with_clusters(assignments, clusters),
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
    )
    if not watch:
        found.show(json=json)
        return
    with suppress(KeyboardInterrupt):
        found.watch(interval or 2.0, json=json)
