"""`kstream dlq`: dead letters listed, shown and sent back."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands import exit_codes
from kstream_cli.commands.finite import finite
from kstream_cli.commands.options import (
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    DryRun,
    Json,
    KeySerde,
    Module,
    Profile,
    Settings,
    ValueSerde,
    Yes,
    complete_topics,
    refuse_both,
    with_clusters,
)

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="List and show dead letters, and send them back to where they came from.\n\n\b\nExamples:\n"
    "  kstream dlq list app.py -b localhost:9092\n  kstream dlq replay app.py -b localhost:9092 --try",
    no_args_is_help=True,
)

Queue = Annotated[
    str | None,
    typer.Option(
        "--queue",
        metavar="TOPIC",
        autocompletion=complete_topics,
        help="The dead letter topic (default: errors.dead.letter.queue.topic.name).",
        envvar="KSTREAM_QUEUE",
        show_envvar=True,
        show_default=False,
    ),
]
Exception_ = Annotated[
    str | None,
    typer.Option(
        "--exception",
        metavar="NAME",
        help="Only letters of this exception: its class, with or without its module.",
        envvar="KSTREAM_EXCEPTION",
        show_envvar=True,
        show_default=False,
    ),
]
Topic = Annotated[
    str | None,
    typer.Option(
        "--topic",
        metavar="TOPIC",
        autocompletion=complete_topics,
        help="Only letters that came from this topic.",
        envvar="KSTREAM_TOPIC",
        show_envvar=True,
        show_default=False,
    ),
]
Processor = Annotated[
    str | None,
    typer.Option(
        "--processor",
        metavar="NAME",
        help="Only letters of records that failed in this processor.",
        envvar="KSTREAM_PROCESSOR",
        show_envvar=True,
        show_default=False,
    ),
]
Filter = Annotated[
    str | None,
    typer.Option(
        "--filter",
        metavar="EXPRESSION",
        help="Only letters for which this is true, such as 'value.amount > 10'.",
        envvar="KSTREAM_FILTER",
        show_envvar=True,
        show_default=False,
    ),
]
Count = Annotated[
    int | None,
    typer.Option(
        "--count",
        "-n",
        metavar="N",
        help="Show or send up to N letters.",
        envvar="KSTREAM_COUNT",
        show_envvar=True,
        show_default=False,
        min=1,
    ),
]


@app.command("list")
def list_letters(
    module: Module = None,
    queue: Queue = None,
    exception: Exception_ = None,
    topic: Topic = None,
    processor: Processor = None,
    filter: Filter = None,
    json: Json = False,
    key_serde: KeySerde = None,
    value_serde: ValueSerde = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Count dead letters by exception, reason, processor and source topic.

    \b
    Examples:
      kstream dlq list app.py -b localhost:9092
      kstream dlq list --queue orders-dead-letters -b localhost:9092
    """
    from kstream_cli.commands.repairing.letters import Letters, Selection

    Letters.of(
        queue=queue,
        module=module,
        key_serde=key_serde,
        value_serde=value_serde,
        bootstrap_servers=bootstrap_servers,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        file=config,
    ).list(Selection(exception, topic, processor, filter), json=json)


@app.command("show")
def show_letters(
    module: Module = None,
    queue: Queue = None,
    exception: Exception_ = None,
    topic: Topic = None,
    processor: Processor = None,
    filter: Filter = None,
    count: Count = None,
    trace: Annotated[
        bool,
        typer.Option("--trace", help="Show tracebacks.", envvar="KSTREAM_TRACE", show_envvar=True),
    ] = False,
    json: Json = False,
    key_serde: KeySerde = None,
    value_serde: ValueSerde = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show dead letters: key and value if they can be decoded, why they failed, and where they came from.

    \b
    Examples:
      kstream dlq show app.py -b localhost:9092 --exception ValueError -n 5 --trace
    """
    from kstream_cli.commands.repairing.letters import Letters, Selection

    Letters.of(
        queue=queue,
        module=module,
        key_serde=key_serde,
        value_serde=value_serde,
        bootstrap_servers=bootstrap_servers,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        file=config,
    ).show(Selection(exception, topic, processor, filter), count=count, trace=trace, json=json)


@app.command("replay")
def replay_letters(
    context: typer.Context,
    module: Module = None,
    queue: Queue = None,
    exception: Exception_ = None,
    topic: Topic = None,
    processor: Processor = None,
    filter: Filter = None,
    count: Count = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="N",
            help="Send up to N letters a second.",
            envvar="KSTREAM_RATE",
            show_envvar=True,
            show_default=False,
            min=0.001,
            callback=finite,
        ),
    ] = None,
    max_replays: Annotated[
        int,
        typer.Option(
            "--max-replays",
            metavar="N",
            help="A record that was sent back N times and failed again goes to the topic QUEUE-quarantine.",
            envvar="KSTREAM_MAX_REPLAYS",
            show_envvar=True,
            show_default=True,
            min=1,
        ),
    ] = 3,
    try_: Annotated[
        bool,
        typer.Option(
            "--try",
            help="Send nothing: run the letters through the topology in memory, and say which would fail again.",
            envvar="KSTREAM_TRY",
            show_envvar=True,
        ),
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
    key_serde: KeySerde = None,
    value_serde: ValueSerde = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Send dead letters back to the topics and partitions that they came from, each exactly once.

    It shows which letters go where, and asks before it sends them. If a replay is interrupted, run it again: it
    continues. All readers of the topic see the records again. A second replay of a dead letter topic ends the first.

    \b
    Examples:
      kstream dlq replay app.py -b localhost:9092 --try
      kstream dlq replay app.py -b localhost:9092 --exception ValueError --rate 100
      kstream dlq replay --queue orders-dead-letters -b localhost:9092 --dry-run
    """
    refuse_both(context, "--try", "--dry-run")
    refuse_both(context, "--try", "--yes")
    from kstream_cli.commands.repairing.letters import Letters, Selection

    letters = Letters.of(
        queue=queue,
        module=module,
        key_serde=key_serde,
        value_serde=value_serde,
        bootstrap_servers=bootstrap_servers,
        profile=profile,
        assignments=with_clusters(assignments, clusters),
        file=config,
    )
    chosen = Selection(exception, topic, processor, filter)
    if try_:
        if letters.try_out(chosen, count=count, json=json):
            raise typer.Exit(exit_codes.FAILED)
        return
    letters.replay(chosen, count=count, rate=rate, most_replays=max_replays, dry_run=dry_run, yes=yes, json=json)
