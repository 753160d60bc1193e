"""The options that several commands share, each with its environment variable."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer


def _modules(incomplete: str) -> Iterable[str]:
    # Loaded when the shell asks for completions only.
    from kstream_cli.commands.loading.module_loader import module_names

    return module_names(incomplete)


Module = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODULE]",
        help="path.py, path.py:name or package.module[:name]; default: [tool.kstream] topology in pyproject.toml, "
        "else the one module in topologies/.",
        envvar="KSTREAM_MODULE",
        autocompletion=_modules,
        show_default=False,
    ),
]

BootstrapServers = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        "-b",
        metavar="HOST:PORT,...",
        help="The cluster, as bootstrap.servers.",
        envvar="KSTREAM_BOOTSTRAP_SERVERS",
        show_default=False,
        show_envvar=True,
    ),
]

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-s",
        metavar="KEY=VALUE",
        help="A config key such as commit.interval.ms=1000; may be repeated. KSTREAM_COMMIT_INTERVAL_MS does the same.",
        envvar="KSTREAM_SET",
        show_default=False,
        show_envvar=True,
    ),
]

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="A file of config keys: properties (key=value lines) or TOML.",
        envvar="KSTREAM_CONFIG",
        show_default=False,
        show_envvar=True,
    ),
]

Json = Annotated[
    bool,
    typer.Option("--json", help="Write JSON, for scripts.", envvar="KSTREAM_JSON", show_envvar=True),
]

Debug = Annotated[
    bool,
    typer.Option(
        "--debug", help="Show the traceback of an error.", envvar="KSTREAM_DEBUG", show_envvar=True, is_eager=True
    ),
]


def refuse_both(context: typer.Context, one: str, other: str) -> None:
    """A usage error where both options stand on the command line: what a variable says may differ from that."""
    names = [parameter.name for parameter in context.command.params if {one, other} & set(parameter.opts)]
    sources = [context.get_parameter_source(name) for name in names if name is not None]
    if all(source is not None and source.name == "COMMANDLINE" for source in sources):
        raise typer.BadParameter(f"{one} and {other} exclude one another: leave one of them out")
