"""`kstream config`: the settings that count, and where they come from."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    Json,
    ModuleOption,
    Profile,
    Settings,
    complete_keys,
    typed,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("config")
def config_(
    context: typer.Context,
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]", autocompletion=complete_keys, help="Only this key, or all keys below it: producer."
        ),
    ] = None,
    given: Annotated[
        bool,
        typer.Option(
            "--given", help="Only settings that are not the default.", envvar="KSTREAM_GIVEN", show_envvar=True
        ),
    ] = False,
    json: Json = False,
    module: ModuleOption = None,
    application_id: ApplicationId = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show the settings of an application, each with its origin and what it is for. Secrets are not shown.

    The origins are flag, environment, file, profile, module and default. If several set a key, the first one counts.

    \b
    Examples:
      kstream config --given
      kstream config commit.interval.ms --profile staging
    """
    from kstream_cli.commands.loading.origins import settings_with_origins
    from kstream_cli.commands.output.effective_settings import show_settings

    found = settings_with_origins(
        module,
        file=config,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        are_typed=typed(context, "--set"),
        options={
            "bootstrap.servers": (bootstrap_servers, typed(context, "--bootstrap-servers")),
            "application.id": (application_id, typed(context, "--application-id")),
        },
    )
    show_settings(found, key, given=given, json=json)
