"""The `kstream` program: its commands, loaded when used, and the one place where an error becomes a message."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from itertools import zip_longest
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from kstream_cli.commands import exit_codes
from kstream_cli.commands.output import failure
from kstream_cli.commands.output.standard_streams import ReaderGoneError, say, standard_streams_taken, tell, write
from kstream_cli.commands.output.start_folder import start_folder_kept
from kstream_cli.commands.running.stop_signals import StopAsked
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import ConfigError
from kstream_cli.printable import printable

COMMANDS = {
    "describe": "Show a topology: subtopologies, processors, stores, topics and tasks.",
    "graph": "Draw a topology: SVG, PNG, PDF, an HTML page, Markdown, text, DOT or Mermaid.",
    "try": "Run a topology on sample records, without a broker.",
    "run": "Run a topology against a Kafka cluster, or on an embedded broker.",
    "new": "Make a topology module with samples and a test.",
    "send": "Write records to a topic, with the types that the topology reads there.",
    "peek": "Show the records of topics, read with the topology's types.",
    "topics": "List, make or check the topics of a topology.",
    "dlq": "List and show dead letters, and send them back to where they came from.",
    "reset": "Reset an application: move its offsets, delete its internal topics and local state.",
    "status": "Show an application as a whole: group, tasks, lag and changelogs.",
    "why": "Say why nothing comes out of an application.",
    "query": "Show the rows of a store, from running instances or from its changelog.",
    "config": "Show the settings of an application, each with its origin and what it is for.",
    "doctor": "Say what this machine or the cluster lacks for an application to run well.",
    "broker": "Run the embedded broker alone, in the foreground.",
    "check": "Load, build and validate a topology; list every problem.",
    "diff": "Say what a changed topology does to the state of the running one.",
    "version": "Show the versions of kstream and of the libraries that it uses.",
}


IDLE_SECONDS = "5"
_NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf", re.ASCII | re.IGNORECASE)
_VALUE = re.compile(r"=[^\s)]+")
"""Of a setting that stands where none belongs: it may be a secret."""


class CommandGroup(TyperGroup):
    """The commands by name; a command's module is imported when it is called, so that --help is quick."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"kstream_cli.commands.{cmd_name}_command")
        command = get_command(module.app)
        command.name = cmd_name
        for each in getattr(command, "commands", {cmd_name: command}).values():
            each.callback = standard_streams_taken()(each.callback)
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            hint = f"\nDid you mean kstream {near}?" if near else f"\nCommands: {', '.join(COMMANDS)}"
            raise typer.BadParameter(f"no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=CommandGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        import kstream_cli

        with standard_streams_taken():
            write(f"kstream {kstream_cli.__version__}")
        raise typer.Exit


@app.callback()
def kstream(
    version: bool = typer.Option(
        False, "--version", help="Show the version of kstream.", is_eager=True, callback=_show_version
    ),
    debug: bool = typer.Option(
        False, "--debug", help="Show the traceback of an error.", envvar="KSTREAM_DEBUG", show_envvar=True
    ),
) -> None:
    """Kafka Streams for Python: build, show, test and run stream topologies.

    \b
    Start here:
      kstream run --embedded     run the default topology, no cluster needed
      kstream new my_topology    make one of your own
    """


@start_folder_kept()
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code (docs/reference/exit-codes.md)."""
    given = _with_default_idle(list(sys.argv[1:] if arguments is None else arguments)) or ["--help"]
    debug = "--debug" in given or os.environ.get("KSTREAM_DEBUG", "") not in ("", "0")
    try:
        result = app(given, prog_name="kstream", standalone_mode=False)
        return result if isinstance(result, int) else exit_codes.DONE
    except (KeyboardInterrupt, typer.Abort):
        return exit_codes.BROKEN_OFF
    except typer.TyperException as error:
        return _usage(error)
    except ReaderGoneError:
        # Whoever read our output has gone (kstream describe | head): nothing is wrong.
        return exit_codes.DONE
    except failure.ApplicationEndedError as ended:
        _tell(ended.error, debug=debug)
        return exit_codes.APPLICATION_SHUTDOWN
    except StopAsked:
        raise  # What that means, ending_on_signals knows.
    except BaseException as error:
        if isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError):
            return exit_codes.DONE  # What typer makes of a help text that nobody reads.
        _tell(error, debug=debug)
        return exit_codes.USAGE if isinstance(error, ConfigError) else exit_codes.FAILED


def _tell(error: BaseException, *, debug: bool) -> None:
    if debug:
        say("".join(traceback.format_exception(error)).rstrip("\n"))
    else:
        _say(failure.lines_of(error))


def _with_default_idle(arguments: list[str]) -> list[str]:
    """`--exit-when-idle` may stand without its number; the option parser knows no such thing."""
    given = []
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        given.append(argument)
        if argument == "--exit-when-idle" and not _NUMBER.fullmatch(following):
            given.append(IDLE_SECONDS)
    return given


def _usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    message = error.format_message().removeprefix("Invalid value: ").replace("Value error, ", "")
    if "unexpected extra argument" in message:
        message = _VALUE.sub("=…", message)
    near = _nearest_option(error, context)
    lines = message.splitlines()
    if near:
        lines = [lines[0].partition(" (Possible options")[0], f"Did you mean {near}?"]
    if context is not None and len(lines) < failure.MOST_LINES:
        lines.append(f"See {context.command_path} --help")
    _say(lines)
    return error.exit_code


def _nearest_option(error: typer.TyperException, context: Any) -> str | None:
    wrong = getattr(error, "option_name", None)
    if context is None or not isinstance(wrong, str) or "No such option" not in error.message:
        return None
    options = [name for option in context.command.get_params(context) for name in option.opts if name.startswith("--")]
    return nearest(wrong, options)


def _say(lines: list[str]) -> None:
    if "_KSTREAM_COMPLETE" in os.environ:
        # A shell asks for words: a message would land in the middle of the user's line.
        return
    if sys.stderr is None:
        return
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    label = "\x1b[1;31merror:\x1b[0m" if colour else "error:"
    tell("\n  ".join([f"{label} {printable(lines[0])}", *map(printable, lines[1:])]) + "\n")
