"""`kstream peek`: what is in topics."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    Clusters,
    Debug,
    Json,
    KeySerde,
    LongConfigFile,
    ModuleOption,
    Profile,
    Settings,
    ValueSerde,
    complete_topics,
    refuse_both,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def peek(
    context: typer.Context,
    topics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]...",
            autocompletion=complete_topics,
            help="The topics (default: all that the topology writes).",
        ),
    ] = None,
    inputs: Annotated[
        bool,
        typer.Option("--inputs", help="The topics that the topology reads.", envvar="KSTREAM_INPUTS", show_envvar=True),
    ] = False,
    outputs: Annotated[
        bool,
        typer.Option(
            "--outputs", help="The topics that the topology writes.", envvar="KSTREAM_OUTPUTS", show_envvar=True
        ),
    ] = False,
    offset: Annotated[
        str,
        typer.Option(
            "--offset",
            "-o",
            metavar="PLACE",
            help="Where to begin in each partition: beginning, end, -10 (the last ten), 1234, or a time such as "
            "@2026-11-30T09:00.",
            envvar="KSTREAM_OFFSET",
            show_envvar=True,
            show_default=True,
        ),
    ] = "beginning",
    count: Annotated[
        int | None,
        typer.Option(
            "--count", "-c", metavar="N", help="Stop after N records.", envvar="KSTREAM_COUNT", show_envvar=True, min=1
        ),
    ] = None,
    exit: Annotated[
        bool,
        typer.Option("--exit", "-e", help="Stop at the end of the topics.", envvar="KSTREAM_EXIT", show_envvar=True),
    ] = False,
    partition: Annotated[
        list[int] | None,
        typer.Option(
            "--partition",
            "-p",
            metavar="N",
            help="Only this partition; may be repeated.",
            envvar="KSTREAM_PARTITION",
            show_envvar=True,
            min=0,
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Only records with this key.", envvar="KSTREAM_KEY", show_envvar=True)
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="EXPRESSION",
            help="Only records for which this is true: 'value.amount > 10', 'key in [\"a\", \"b\"]'.",
            envvar="KSTREAM_FILTER",
            show_envvar=True,
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="As in kcat: %t topic, %p partition, %o offset, %k key, %s value, %T timestamp, %h headers, "
            "\\n a new line.",
            envvar="KSTREAM_PEEK_FORMAT",
            show_envvar=True,
        ),
    ] = None,
    json: Json = False,
    module: ModuleOption = None,
    application_id: ApplicationId = None,
    key_serde: KeySerde = None,
    value_serde: ValueSerde = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: LongConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show the records of topics, also of internal ones. They are decoded with the topology's types.

    Windowed keys are shown as [key@start/end], rows of changelogs as the store's keys and values. With --json each
    record is a line that kstream try --input and kstream send take. Only committed records are shown.

    \b
    Examples:
      kstream peek word-counts
      kstream peek --inputs -o -5 -e
      kstream peek orders --filter 'value.amount > 10' -c 20
      kstream peek word-count-counts-changelog -e --json
      kstream peek counts -b localhost:9092 --key-serde string --value-serde long
    """
    refuse_both(context, "--json", "--format")
    if sum((bool(topics), inputs, outputs)) > 1:
        raise typer.BadParameter("TOPIC, --inputs and --outputs exclude one another: leave all but one out")
    from kstream_cli.commands.feeding.peek import Peeking

    Peeking.of(
        module=module,
        application_id=application_id,
        assignments=with_clusters(assignments, clusters),
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
        key_serde=key_serde,
        value_serde=value_serde,
    ).run(
        topics=topics or None,
        inputs=inputs,
        start=offset,
        count=count,
        until_end=exit,
        partitions=partition,
        key=key,
        expression=filter,
        format=format,
        json=json,
    )
