"""`kstream send`: records into topics."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands.finite import finite
from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    KeySerde,
    ModuleOption,
    Profile,
    Settings,
    ValueSerde,
    complete_topics,
    refuse_both,
    typed,
    with_clusters,
)
from kstream_cli.operations.record_lines import LineFormat

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def send(
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]",
            autocompletion=complete_topics,
            help="The topic (default: the only one that the topology reads).",
        ),
    ] = None,
    records: Annotated[
        list[str] | None, typer.Argument(metavar="[RECORD]...", help="key:value, or a value alone.")
    ] = None,
    input: Annotated[
        str,
        typer.Option(
            "--input",
            "-i",
            metavar="FILE",
            help="Read records from this file, one in each line; - is standard input.",
            envvar="KSTREAM_INPUT",
            show_envvar=True,
        ),
    ] = "-",
    format: Annotated[
        LineFormat,
        typer.Option(
            "--format",
            "-f",
            help="ndjson: objects as kstream try takes them. text: key:value lines. csv: a header names the fields.",
            envvar="KSTREAM_SEND_FORMAT",
            show_envvar=True,
            show_default=True,
        ),
    ] = LineFormat.ndjson,
    separator: Annotated[
        str,
        typer.Option(
            "--separator",
            metavar="TEXT",
            help="The text between key and value.",
            envvar="KSTREAM_SEPARATOR",
            show_envvar=True,
            show_default=True,
        ),
    ] = ":",
    samples: Annotated[
        bool, typer.Option("--samples", help="Send the module's samples.", envvar="KSTREAM_SAMPLES", show_envvar=True)
    ] = False,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="N",
            help="Send up to N records a second.",
            envvar="KSTREAM_RATE",
            show_envvar=True,
            min=0.001,
            callback=finite,
        ),
    ] = None,
    module: ModuleOption = None,
    application_id: ApplicationId = None,
    key_serde: KeySerde = None,
    value_serde: ValueSerde = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Write records to a topic, with the types that the topology reads there.

    The key decides the partition, as in Java. Without --bootstrap-servers the records go to the embedded broker that
    runs on this machine.

    \b
    Examples:
      kstream send lines 'hello world'
      kstream send views ada:/home bob:/docs
      kstream send --input monday.ndjson --rate 100
      kstream send orders --format csv < orders.csv
      kstream send counts --key-serde string --value-serde long a:1
    """
    for option in ("--input", "--format", "--separator"):
        refuse_both(context, "--samples", option)
    if records and typed(context, "--input"):
        raise typer.BadParameter("RECORD and --input exclude one another: leave one of them out")
    if samples and (topic is not None or records):
        raise typer.BadParameter("--samples sends to the topics that the samples name: leave TOPIC out")
    from kstream_cli.commands.feeding.send import Sending

    Sending.of(
        module=module,
        application_id=application_id,
        assignments=with_clusters(assignments, clusters),
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
        key_serde=key_serde,
        value_serde=value_serde,
    ).run(topic, records, input=None if samples else input, format=format, separator=separator, rate=rate)
