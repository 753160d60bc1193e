"""`kstream doctor`: whether this machine and the cluster have what an application needs."""

from __future__ import annotations

import typer

from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    ConfigFile,
    Debug,
    Json,
    Module,
    Profile,
    Settings,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def doctor(
    module: Module = None,
    json: Json = False,
    application_id: ApplicationId = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Check this machine and the cluster, and say what is missing for an application to run well.

    It checks versions, native clients, the state directory and its disk, open files and memory; and whether the cluster
    answers, its features, topics, permissions and clock. It writes nothing, here or on the cluster. The exit code is 1
    if there is a problem, and 0 if there are only warnings.

    \b
    Examples:
      kstream doctor
      kstream doctor app.py --profile staging
      kstream doctor -b kafka:9092 --json
    """
    from kstream_cli.commands.asking.doctor import examine, show
    from kstream_cli.commands.versions import versions

    found = examine(
        versions(),
        module=module,
        application_id=application_id,
        assignments=assignments,
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
    )
    raise typer.Exit(show(found, json=json))
