"""`kstream reset`: an application that starts over, or goes on elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    DryRun,
    Json,
    Module,
    Profile,
    Settings,
    Yes,
    typed,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def reset(
    context: typer.Context,
    module: Module = None,
    to_earliest: Annotated[
        bool,
        typer.Option(
            "--to-earliest",
            help="Read all input again (the default).",
            envvar="KSTREAM_TO_EARLIEST",
            show_envvar=True,
        ),
    ] = False,
    to_latest: Annotated[
        bool,
        typer.Option("--to-latest", help="Skip all input until now.", envvar="KSTREAM_TO_LATEST", show_envvar=True),
    ] = False,
    to_offset: Annotated[
        int | None,
        typer.Option(
            "--to-offset",
            metavar="N",
            help="Go to this offset in each partition.",
            min=0,
            envvar="KSTREAM_TO_OFFSET",
            show_envvar=True,
        ),
    ] = None,
    to_datetime: Annotated[
        str | None,
        typer.Option(
            "--to-datetime",
            metavar="TIME",
            help="Go to the first records of this time or later: 2026-11-30T09:00, local time if it has no zone.",
            envvar="KSTREAM_TO_DATETIME",
            show_envvar=True,
        ),
    ] = None,
    by_duration: Annotated[
        str | None,
        typer.Option(
            "--by-duration",
            metavar="DURATION",
            help="Go this far back from now: PT1H, P7D.",
            envvar="KSTREAM_BY_DURATION",
            show_envvar=True,
        ),
    ] = None,
    shift_by: Annotated[
        int | None,
        typer.Option(
            "--shift-by",
            metavar="N",
            help="Move committed offsets by N records; a negative number moves them back.",
            envvar="KSTREAM_SHIFT_BY",
            show_envvar=True,
        ),
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from-file",
            metavar="FILE",
            help="Go to the offsets in a file, which has topic,partition,offset in each line.",
            envvar="KSTREAM_FROM_FILE",
            show_envvar=True,
        ),
    ] = None,
    input_topics: Annotated[
        list[str] | None,
        typer.Option(
            "--input-topics",
            metavar="TOPIC,...",
            help="Move only the offsets of these topics. Default: all topics that the topology reads or the group has "
            "read.",
            envvar="KSTREAM_INPUT_TOPICS",
            show_envvar=True,
        ),
    ] = None,
    internal_topics: Annotated[
        list[str] | None,
        typer.Option(
            "--internal-topics",
            metavar="TOPIC,...",
            help="Delete only these topics. Default: all repartition topics and changelogs of the topology; without a "
            "module, those that cannot be another application's.",
            envvar="KSTREAM_INTERNAL_TOPICS",
            show_envvar=True,
        ),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
    application_id: ApplicationId = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Reset an application: move its offsets, delete its internal topics and its local state.

    It shows what it will do, and asks for the application id before it does it. No instance may be running. Local state
    is deleted on this machine; delete it on the others, too. All other topics stay, also those with results.

    \b
    Examples:
      kstream reset app.py -b localhost:9092 --dry-run
      kstream reset app.py -b localhost:9092 --to-datetime 2026-11-30T09:00
      kstream reset --application-id orders -b localhost:9092 --shift-by -100 --yes
    """
    places = {
        "--to-earliest": to_earliest or None,
        "--to-latest": to_latest or None,
        "--to-offset": to_offset,
        "--to-datetime": to_datetime,
        "--by-duration": by_duration,
        "--shift-by": shift_by,
        "--from-file": from_file,
    }
    given = [option for option in places if typed(context, option)]
    if len(given) > 1:
        raise typer.BadParameter(f"{given[0]} and {given[1]} exclude one another: leave one of them out")
    from kstream_cli.commands.repairing.reset import Resetting, place_of

    # What a variable says gives way to the command line.
    chosen = given or [option for option, value in places.items() if value is not None] or ["--to-earliest"]
    place = place_of(chosen[0], places[chosen[0]])
    Resetting.of(
        module=module,
        application_id=application_id,
        assignments=with_clusters(assignments, clusters),
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
    ).run(
        place,
        input_topics=_each(input_topics),
        internal_topics=_each(internal_topics),
        dry_run=dry_run,
        yes=yes,
        json=json,
    )


def _each(given: list[str] | None) -> list[str] | None:
    """The names of an option that may be repeated and takes several at once, as Java's tool does."""
    return None if given is None else [name.strip() for text in given for name in text.split(",") if name.strip()]
