"""`kstream try`: a topology on sample records, without a broker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from kstream_cli.commands import exit_codes
from kstream_cli.commands.finite import finite
from kstream_cli.commands.options import (
    ConfigFile,
    Debug,
    Json,
    ModuleOrRevision,
    Pager,
    Profile,
    Settings,
    refuse_alone,
    refuse_both,
    refuse_settings,
    typed,
)
from kstream_cli.printable import printable

app = typer.Typer(rich_markup_mode=None, add_completion=False)


ALL = "*"
"""What --trace alone picks."""


class TryCommand(TyperCommand):
    """Lets --trace stand alone: what follows is its value only where that is no option and no module."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given: list[str] = []
        for number, argument in enumerate(args):
            following = args[number + 1] if number + 1 < len(args) else "-"
            is_alone = argument == "--trace" and (following.startswith(("-", "git:")) or ".py" in following)
            given.append(f"--trace={ALL}" if is_alone else argument)
        return super().parse_args(ctx, given)


@app.command("try", cls=TryCommand)
def try_(
    context: typer.Context,
    module: ModuleOrRevision = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            "-i",
            metavar="FILE",
            help='NDJSON records instead of the module\'s samples: {"topic", "key", "value", "timestamp", "headers"} '
            "in each line; - is standard input.",
            envvar="KSTREAM_INPUT",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    stores: Annotated[
        bool,
        typer.Option(
            "--stores", help="Show the rows of the state stores at the end.", envvar="KSTREAM_STORES", show_envvar=True
        ),
    ] = False,
    advance: Annotated[
        float,
        typer.Option(
            "--advance",
            metavar="SECONDS",
            help="Move the wall clock on by this time after the last record, for punctuations.",
            envvar="KSTREAM_ADVANCE",
            show_envvar=True,
            show_default=True,
            min=0,
            callback=finite,
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
    trace: Annotated[
        str | None,
        typer.Option(
            "--trace",
            metavar="[KEY]",
            help="Show what happens to each record in the topology; with a key, a topic or topic@3 (the fourth record "
            "of that topic), only for these records.",
            envvar="KSTREAM_TRACE",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="Show at the end what each processor took, passed on and dropped, why, and its time.",
            envvar="KSTREAM_SUMMARY",
            show_envvar=True,
        ),
    ] = False,
    graph: Annotated[
        Path | None,
        typer.Option(
            "--graph",
            metavar="FILE.html",
            help="Write a page of the graph on which you step through what happened to each record.",
            envvar="KSTREAM_GRAPH",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect",
            metavar="FILE",
            help="Compare the results with those in this file (NDJSON, as --json writes it), in order within a key. "
            "Exit code 1 if they differ.",
            envvar="KSTREAM_EXPECT",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Show what differs from the file of --expect, then write the results to it.",
            envvar="KSTREAM_UPDATE",
            show_envvar=True,
        ),
    ] = False,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare",
            metavar="MODULE",
            help="Compare with the results and stores of another module, or git:REV[:path], for the same records. Exit "
            "code 1 if they differ.",
            envvar="KSTREAM_COMPARE",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    timestamps: Annotated[
        bool,
        typer.Option(
            "--timestamps",
            help="Also compare timestamps.",
            envvar="KSTREAM_TIMESTAMPS",
            show_envvar=True,
        ),
    ] = False,
    json: Json = False,
    pager: Pager = True,
    profile: Profile = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Run a topology on sample records, without a broker.

    The records are the module's samples, or NDJSON from a file or standard input. Each record is shown with the
    results that the sinks write for it.

    \b
    Examples:
      kstream try topologies/word_count.py --stores
      kstream try topologies/word_count.py --partitions 3
      kstream try topologies/word_count.py --trace
      kstream try --trace 'lines@3' --graph trace.html
      kstream try --input monday.ndjson --expect monday.out.ndjson
      kstream try --input monday.ndjson --compare git:main
      kstream try git:v1.2 --trace
      echo '{"topic": "lines", "value": "to be or not to be"}' | kstream try --input -
    """
    refuse_settings(context)
    refuse_both(context, "--expect", "--compare")
    refuse_both(context, "--stores", "--compare")
    refuse_alone(context, "--update", "--expect")
    if timestamps and expect is None and compare is None and typed(context, "--timestamps"):
        raise typer.BadParameter("--timestamps has no effect without --expect or --compare: add one of them")
    for option, is_given in (("--trace", trace), ("--summary", summary), ("--graph", graph)):
        if is_given and (expect is not None or compare is not None):
            other = "--expect" if expect is not None else "--compare"
            raise typer.BadParameter(f"{option} and {other} exclude one another: leave one of them out")
    if graph is not None and graph.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(f"--graph writes an HTML page, not {graph}: give it a name that ends in .html")
    from kstream_cli.commands.loading.module_loader import module_at_hand
    from kstream_cli.commands.output.standard_streams import say
    from kstream_cli.commands.trying.trial import RowsPrinter, Trial, samples_of

    with module_at_hand(module) as here:
        trial = Trial.of(here, assignments, config, profile, partitions=partitions)
        samples, advance_ms = samples_of(trial.module, input), round(advance * 1000)
        if expect is None and compare is None:
            printer = trial.printer(json=json)
            if trace is None and not summary and graph is None:
                trial.run(samples, printer, advance_ms=advance_ms, stores=stores)
                return
            from kstream_cli.commands.trying.watching import Watching

            watching = Watching.of(
                trial.topology,
                trial.described(),
                picks=[] if trace in (None, ALL) else [trace or ""],
                traces=trace is not None,
                json=json,
                keeps_paths=graph is not None,
                # What somebody still types, or sends as it happens, is shown as it comes.
                pager=pager and input != "-",
            )
            shown = printer if trace is None else RowsPrinter(printer)
            try:
                trial.run(samples, shown, advance_ms=advance_ms, stores=stores, watching=watching)
            finally:
                watching.write_out()
            watching.check_picks()
            if summary:
                watching.sum_up()
            if graph is not None:
                watching.draw(graph)
                say(f"wrote {printable(str(graph))}")
            return
        from kstream_cli.commands.loading.described_topology import settings_arguments
        from kstream_cli.commands.trying.replay import Replay, show

        replay = Replay.of(trial, samples, advance_ms=advance_ms, timestamps=timestamps)
        if compare is not None and (expect is None or typed(context, "--compare")):
            comparison = replay.against(compare, module, settings_arguments(assignments, config, profile))
        else:
            assert expect is not None
            comparison = replay.against_file(expect, stores=stores, update=update)
        show(comparison, json=json)
    if update and compare is None:
        say(f"wrote {printable(str(expect))}")
    elif comparison.differences:
        raise typer.Exit(exit_codes.FAILED)
