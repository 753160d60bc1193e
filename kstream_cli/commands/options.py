"""The options that several commands share, each with its environment variable."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer


def _modules(incomplete: str) -> Iterable[str]:
    # Loaded when the shell asks for completions only.
    if ".py:" in incomplete:
        from kstream_cli.commands.loading.completions import names_in_module

        return names_in_module(incomplete)
    from kstream_cli.commands.loading.module_loader import module_names

    return module_names(incomplete)


def _settings(incomplete: str) -> Iterable[str]:
    from kstream_cli.commands.loading.completions import setting_names

    return setting_names(incomplete)


def complete_keys(incomplete: str) -> Iterable[str]:
    """Config keys."""
    return [word.removesuffix("=") for word in _settings(incomplete)]


def _profiles(incomplete: str) -> Iterable[str]:
    from kstream_cli.commands.loading.completions import profile_names

    return profile_names(incomplete)


def complete_topics(context: typer.Context, incomplete: str) -> Iterable[str]:
    """The topics of the module on the command line, or the project's own."""
    from kstream_cli.commands.loading.completions import topic_names

    return topic_names(context.params, incomplete)


def complete_stores(context: typer.Context, incomplete: str) -> Iterable[str]:
    """The stores of the module on the command line, or the project's own."""
    from kstream_cli.commands.loading.completions import store_names

    return store_names(context.params, incomplete)


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

ModuleOrRevision = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODULE]",
        help="path.py, path.py:name or package.module[:name], or git:REV[:path] for an earlier revision; default: "
        "[tool.kstream] topology in pyproject.toml, else the one module in topologies/.",
        envvar="KSTREAM_MODULE",
        autocompletion=_modules,
        show_default=False,
    ),
]

Modules = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODULE]...",
        help="A Python module, as for all commands: path.py, path.py:name, path.py:make('x') or package.module[:name]; "
        "git:REV[:path] for an earlier revision. Or a description: a file or http(s) URL with Java's "
        "Topology.describe() or the JSON of describe --json; - for standard input; group:APPLICATION_ID for a streams "
        "group on a cluster. Default: as for all commands, or KSTREAM_MODULE.",
        autocompletion=_modules,
        show_default=False,
    ),
]

Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="NAME",
        help="Show a part: a node, or store:NAME, topic:NAME, sink:NAME, subtopology:0. +NAME adds all nodes upstream, "
        "NAME+ all nodes downstream. May be repeated.",
        envvar="KSTREAM_SELECT",
        show_envvar=True,
        show_default=False,
    ),
]

Pager = Annotated[
    bool,
    typer.Option(
        "--pager/--no-pager",
        help="Page output that is longer than the terminal, with $PAGER or less.",
        envvar="KSTREAM_PAGER",
        show_envvar=True,
    ),
]

BootstrapServers = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        "-b",
        metavar="HOST:PORT,...",
        help="The brokers of the cluster: bootstrap.servers.",
        envvar="KSTREAM_BOOTSTRAP_SERVERS",
        show_default=False,
        show_envvar=True,
    ),
]

AskedCluster = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        "-b",
        metavar="HOST:PORT,...",
        help="Also ask this cluster. The environment variable alone does not make the command ask.",
        envvar="KSTREAM_BOOTSTRAP_SERVERS",
        show_default=False,
        show_envvar=True,
    ),
]
"""For commands that need no cluster: one is contacted where it is typed, and nowhere else."""

GroupCluster = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        "-b",
        metavar="HOST:PORT,...",
        help="The cluster of group:APPLICATION_ID.",
        envvar="KSTREAM_BOOTSTRAP_SERVERS",
        show_default=False,
        show_envvar=True,
    ),
]
"""For commands that ask a cluster for nothing else."""


def _with_signs(assignments: list[str] | None) -> list[str] | None:
    """Refuse one without its =, before what stands behind it is taken for something else and shown."""
    if assignments:
        from kstream_cli.config.sources import parse_setting

        _ = [parse_setting(text) for text in assignments]
    return assignments


Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-s",
        "-X",
        metavar="KEY=VALUE",
        callback=_with_signs,
        help="Set a config key, such as commit.interval.ms=1000; may be repeated. The variable "
        "KSTREAM_COMMIT_INTERVAL_MS does the same.",
        envvar="KSTREAM_SET",
        autocompletion=_settings,
        show_default=False,
        show_envvar=True,
    ),
]

Clusters = Annotated[
    list[str] | None,
    typer.Option(
        "--cluster",
        metavar="NAME=HOST:PORT,...",
        help="The brokers of another cluster than home: clusters.NAME.bootstrap.servers; may be repeated.",
        envvar="KSTREAM_CLUSTER",
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

LongConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A file of config keys: properties (key=value lines) or TOML.",
        envvar="KSTREAM_CONFIG",
        show_default=False,
        show_envvar=True,
    ),
]
"""For commands in which -c is a count, as it is for kcat."""

Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Settings of [tool.kstream.profiles.NAME] in pyproject.toml.",
        autocompletion=_profiles,
        envvar="KSTREAM_PROFILE",
        show_default=False,
        show_envvar=True,
    ),
]

ModuleOption = Annotated[
    str | None,
    typer.Option(
        "--module",
        "-m",
        metavar="MODULE",
        help="The topology whose types are used (default: the project's topology, as for all commands).",
        envvar="KSTREAM_MODULE",
        autocompletion=_modules,
        show_default=False,
        show_envvar=True,
    ),
]
"""For commands whose arguments are topics or stores."""

ApplicationId = Annotated[
    str | None,
    typer.Option(
        "--application-id",
        metavar="ID",
        help="The application, if no module names it.",
        envvar="KSTREAM_APPLICATION_ID",
        show_default=False,
        show_envvar=True,
    ),
]

KeySerde = Annotated[
    str | None,
    typer.Option(
        "--key-serde",
        metavar="SERDE",
        help="How keys are written: string, long, json, windowed:string, …, or module:name.",
        envvar="KSTREAM_KEY_SERDE",
        show_default=False,
        show_envvar=True,
    ),
]

ValueSerde = Annotated[
    str | None,
    typer.Option(
        "--value-serde",
        metavar="SERDE",
        help="How values are written.",
        envvar="KSTREAM_VALUE_SERDE",
        show_default=False,
        show_envvar=True,
    ),
]

InstanceServers = Annotated[
    list[str] | None,
    typer.Option(
        "--instance",
        metavar="HOST:PORT",
        help="The endpoint of an instance to ask; may be repeated. Default: all instances on this machine, and each "
        "application.server of the group.",
        envvar="KSTREAM_INSTANCE",
        show_default=False,
        show_envvar=True,
    ),
]

TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="A file with the token that the instances ask for.",
        envvar="KSTREAM_TOKEN_FILE",
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

DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Only show what would be done.", envvar="KSTREAM_DRY_RUN", show_envvar=True),
]

Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Do it without asking.", envvar="KSTREAM_YES", show_envvar=True),
]


def with_clusters(assignments: Iterable[str] | None, clusters: Iterable[str] | None) -> list[str]:
    """The assignments of --set, and those that --cluster stands for."""
    found = list(assignments or ())
    for name, equals, servers in (given.partition("=") for given in clusters or ()):
        if not equals or not name.strip() or not servers.strip():
            raise typer.BadParameter("--cluster is NAME=HOST:PORT, as in east=localhost:9093")
        found.append(f"clusters.{name.strip()}.bootstrap.servers={servers.strip()}")
    return found


def typed(context: typer.Context, option: str) -> bool:
    """Whether the option stands on the command line: what a variable says is a default, and gives way."""
    name = next(parameter.name for parameter in context.command.params if option in parameter.opts)
    source = context.get_parameter_source(name) if name is not None else None
    return source is not None and source.name == "COMMANDLINE"


def given(modules: list[str] | None) -> list[str]:
    """The modules on the command line, else that of the environment, whose path may have spaces in it."""
    return modules or [module for module in [os.environ.get("KSTREAM_MODULE")] if module]


def refuse_both(context: typer.Context, one: str, other: str) -> None:
    """A usage error where both options stand on the command line."""
    if typed(context, one) and typed(context, other):
        raise typer.BadParameter(f"{one} and {other} exclude one another: leave one of them out")


def refuse_alone(context: typer.Context, option: str, needed: str) -> None:
    """A usage error where an option stands on the command line without the one that it says more about."""
    if typed(context, option) and not typed(context, needed) and context.params[_name(needed)] is None:
        raise typer.BadParameter(f"{option} has no effect without {needed}: add {needed}, or leave {option} out")


def refuse_settings(context: typer.Context, **keys: str) -> None:
    """A usage error where `--set` gives a key twice, or one that an option stands for beside that option.

    `keys` names them by the option's parameter: `threads="num.stream.threads"`.
    """
    if not typed(context, "--set"):
        return
    given: dict[str, str] = {}
    for assignment in context.params["assignments"] or ():
        name, _, value = (part.strip() for part in assignment.partition("="))
        if given.get(name, value) != value:
            raise typer.BadParameter(f"--set gives {name} twice, with different values: leave one of them out")
        given[name] = value
    for parameter in context.command.params:
        key = keys.get(parameter.name or "")
        same = key in given and given[key] == str(context.params[parameter.name or ""])
        if key in given and not same and typed(context, parameter.opts[0]):
            raise typer.BadParameter(
                f"{parameter.opts[0]} and --set {key}=… exclude one another: leave one of them out"
            )


def names_cluster(context: typer.Context) -> bool:
    """Whether the command line itself says which cluster is meant."""
    return typed(context, "--bootstrap-servers") or (
        typed(context, "--set")
        and any(text.partition("=")[0].strip() == "bootstrap.servers" for text in context.params["assignments"])
    )


def _name(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
