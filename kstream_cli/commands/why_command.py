"""`kstream why`: why nothing comes out of an application."""

from __future__ import annotations

import typer

from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    ConfigFile,
    Debug,
    InstanceServers,
    Json,
    Module,
    Profile,
    Settings,
    TokenFile,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def why(
    module: Module = None,
    json: Json = False,
    instances: InstanceServers = None,
    token_file: TokenFile = None,
    application_id: ApplicationId = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Say in one sentence why there is no output, and what to do about it.

    It asks the cluster, and the instances with an endpoint (kstream run --http). It names only a cause that they prove;
    otherwise it says that the cause is not known. It changes nothing. Use the application's own credentials and
    settings, because it checks with them what the application may write.

    \b
    Examples:
      kstream why
      kstream why app.py --profile staging
      kstream why --instance 10.0.0.5:8080
      kstream why --application-id orders -b kafka:9092 --json
    """
    from kstream_cli.commands.asking.why import Asking

    Asking.of(
        module=module,
        instances=instances,
        token_file=token_file,
        application_id=application_id,
        assignments=assignments,
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
    ).show(json=json)
