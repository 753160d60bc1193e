"""`kstream topics`: the topics of an application, as they are and as they should be."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands import exit_codes
from kstream_cli.commands.options import (
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    Json,
    Module,
    Profile,
    Settings,
    with_clusters,
)

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="""List, create or check a topology's topics: sources, sinks, dead letters, repartition topics, changelogs.

    \b
    Example:
      kstream topics check app.py -b localhost:9092
    """,
    no_args_is_help=True,
)


@app.command("list")
def list_topics(
    module: Module = None,
    json: Json = False,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """List the topics of a topology, with their partitions.

    \b
    Example:
      kstream topics list app.py -b localhost:9092
    """
    from kstream_cli.commands.feeding.topics import ApplicationTopics

    ApplicationTopics.of(
        module=module,
        bootstrap_servers=bootstrap_servers,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        file=config,
    ).show(json=json)


@app.command("create")
def create_topics(
    module: Module = None,
    tasks: Annotated[
        int | None,
        typer.Option(
            "--tasks",
            "-n",
            help="Partitions of each (default: as many as the widest source topic, else 1).",
            envvar="KSTREAM_TASKS",
            show_envvar=True,
            show_default=False,
            min=1,
        ),
    ] = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Create the source, sink and dead letter topics that are missing.

    The application creates repartition topics and changelogs by itself when it starts.

    \b
    Example:
      kstream topics create app.py -b localhost:9092 --tasks 6
    """
    from kstream_cli.commands.feeding.topics import ApplicationTopics

    ApplicationTopics.of(
        module=module,
        bootstrap_servers=bootstrap_servers,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        file=config,
    ).create(tasks)


@app.command("check")
def check_topics(
    module: Module = None,
    json: Json = False,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Compare the topics with what the topology needs. The exit code is 1 if one is missing or does not fit.

    \b
    Example:
      kstream topics check app.py -b localhost:9092
    """
    from kstream_cli.commands.feeding.topics import ApplicationTopics

    topics = ApplicationTopics.of(
        module=module,
        bootstrap_servers=bootstrap_servers,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        file=config,
    )
    topics.show(json=json)
    if topics.are_wrong():
        raise typer.Exit(exit_codes.FAILED)
