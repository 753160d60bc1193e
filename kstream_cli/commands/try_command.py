"""`kstream try`: a topology on sample records, without a broker."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands import exit_codes
from kstream_cli.commands.options import (
    ConfigFile,
    Debug,
    Json,
    Module,
    Settings,
    refuse_alone,
    refuse_both,
    refuse_settings,
    typed,
)

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
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect",
            metavar="FILE",
            help="Compare the results with those in this file, NDJSON as --json writes it: in order within a key. "
            "Exit code 1 where they differ.",
            envvar="KSTREAM_EXPECT",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Show what differs from the file of --expect, then write the results there.",
            envvar="KSTREAM_UPDATE",
            show_envvar=True,
        ),
    ] = False,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare",
            metavar="MODULE",
            help="Compare with what another module, or git:REV[:path], makes of the same records: its results and its "
            "stores. Exit code 1 where they differ.",
            envvar="KSTREAM_COMPARE",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    timestamps: Annotated[
        bool,
        typer.Option(
            "--timestamps",
            help="Compare timestamps too.",
            envvar="KSTREAM_TIMESTAMPS",
            show_envvar=True,
        ),
    ] = False,
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
      kstream try --input monday.ndjson --expect monday.out.ndjson
      kstream try --input monday.ndjson --compare git:main
      echo '{"topic": "lines", "value": "to be or not to be"}' | kstream try --input -
    """
    refuse_settings(context)
    refuse_both(context, "--expect", "--compare")
    refuse_alone(context, "--update", "--expect")
    if timestamps and expect is None and compare is None and typed(context, "--timestamps"):
        raise typer.BadParameter("--timestamps says nothing without --expect or --compare: add one of them")
    from kstream_cli.commands.trying.trial import Trial, samples_of

    trial = Trial.of(module, assignments, config, partitions=partitions)
    samples, advance_ms = samples_of(trial.module, input), round(advance * 1000)
    if expect is None and compare is None:
        trial.run(samples, trial.printer(json=json), advance_ms=advance_ms, stores=stores)
        return
    from kstream_cli.commands.loading.described_topology import settings_arguments
    from kstream_cli.commands.output.standard_streams import say
    from kstream_cli.commands.trying.replay import Replay, show

    replay = Replay.of(trial, samples, advance_ms=advance_ms, timestamps=timestamps)
    if compare is not None and (expect is None or typed(context, "--compare")):
        comparison = replay.against(compare, module, settings_arguments(assignments, config))
    else:
        assert expect is not None
        comparison = replay.against_file(expect, stores=stores, update=update)
    show(comparison, json=json)
    if update and compare is None:
        say(f"wrote {expect}")
    elif comparison.differences:
        raise typer.Exit(exit_codes.FAILED)
