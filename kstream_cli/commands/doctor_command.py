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
    """Look at this machine and the cluster, and say what is missing for an application to run well.

    Looked at are versions, native clients, the state directory and its disk, open files, memory; of the cluster whether
    it answers, its features, topics, permissions and clock. Nothing is written, neither here nor there. Ends with 1
    where there is a problem; a warning alone ends with 0.

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
