"""`kstream try`: a topology on sample records, without a broker."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands.options import ConfigFile, Debug, Json, Module, Settings, refuse_settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("try")
def try_(
    context: typer.Context,
    module: Module = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            "-i",
            metavar="FILE",
            help='NDJSON records instead of the module\'s samples, {"topic", "key", "value", "timestamp", "headers"} '
            "a line; - is standard input.",
            envvar="KSTREAM_INPUT",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    stores: Annotated[
        bool,
        typer.Option(
            "--stores", help="Show what the state stores hold at the end.", envvar="KSTREAM_STORES", show_envvar=True
        ),
    ] = False,
    advance: Annotated[
        float,
        typer.Option(
            "--advance",
            metavar="SECONDS",
            help="Wall-clock time to let pass after the last record, for punctuations.",
            envvar="KSTREAM_ADVANCE",
            show_envvar=True,
            show_default=True,
            min=0,
        ),
    ] = 60.0,
    partitions: Annotated[
        int,
        typer.Option(
            "--partitions",
            metavar="N",
            help="How many partitions topics have; each has its own task and state.",
            envvar="KSTREAM_PARTITIONS",
            show_envvar=True,
            show_default=True,
            min=1,
        ),
    ] = 1,
    json: Json = False,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Run a topology on sample records, without a broker.

    The records are the module's samples, or NDJSON from a file or standard input. Each one is shown with what the
    sinks write because of it.

    \b
    Examples:
      kstream try topologies/word_count.py --stores
      kstream try topologies/word_count.py --partitions 3
      echo '{"topic": "lines", "value": "to be or not to be"}' | kstream try --input -
    """
    refuse_settings(context)
    from kstream_cli.commands.trying.trial import Trial, samples_of

    trial = Trial.of(module, assignments, config, partitions=partitions)
    printer = trial.printer(json=json)
    trial.run(samples_of(trial.module, input), printer, advance_ms=round(advance * 1000), stores=stores)
