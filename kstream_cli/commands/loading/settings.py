"""Gathers an application's settings: the module's own, then a file, the environment, --set, and the options."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kstream_cli.commands.loading.module_loader import TopologyModule, project_folder
from kstream_cli.commands.loading.project_table import project_table, table_in
from kstream_cli.commands.option_variables import option_variables
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.config.sources import ENVIRONMENT_PREFIX, environment_settings, parse_properties, parse_setting
from kstream_cli.errors import ConfigError


def gather(
    module: TopologyModule,
    *,
    file: Path | None = None,
    assignments: Iterable[str] | None = None,
    options: Mapping[str, Any] | None = None,
    profile: str | None = None,
) -> dict[str, Any]:
    """All settings, a module's own the first; a later place wins over an earlier one. Options of None say nothing."""
    return gathered(module.settings(), file=file, assignments=assignments, options=options, profile=profile)


def gathered(
    first: Mapping[str, Any],
    *,
    file: Path | None = None,
    assignments: Iterable[str] | None = None,
    options: Mapping[str, Any] | None = None,
    profile: str | None = None,
) -> dict[str, Any]:
    """The same from settings that a module would have; those of a profile come next."""
    settings = {**first, **({} if profile is None else read_profile(profile))}
    if file is not None:
        settings.update(read_file(file))
    settings.update(environment())
    settings.update(parse_setting(text) for text in assignments or ())
    settings.update({name: value for name, value in (options or {}).items() if value is not None})
    return settings


def read_profile(name: str) -> dict[str, Any]:
    """The settings of `[tool.kstream.profiles.NAME]` in pyproject.toml. Raises ConfigError with the known names."""
    project = project_folder(Path.cwd()) / "pyproject.toml"
    try:
        known = table_in(project_table(project), "profiles", f"{project}: [tool.kstream.profiles]")
    except ConfigError as error:
        raise ConfigError(f"the profile {name} is looked for in pyproject.toml: {error}") from error
    if name not in known:
        names = f"the profiles are {', '.join(sorted(known))}" if known else "it names no profiles"
        raise ConfigError(f"no profile {name!r}: {project} has no [tool.kstream.profiles.{name}]; {names}")
    return dict(_flat(table_in(known, name, f"{project}: [tool.kstream.profiles.{name}]")))


def environment() -> dict[str, str]:
    """Settings from KSTREAM_* variables that are not options of a command. KSTREAM_TEST_* are for tests."""
    given = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(ENVIRONMENT_PREFIX) and not name.startswith("KSTREAM_TEST_")
    }
    return dict(environment_settings(given, ignore=option_variables())) if given else {}


def read_file(file: Path) -> dict[str, Any]:
    """Settings from a properties or TOML file; a TOML table's name is the front part of its keys."""
    try:
        text = (start_folder() / file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"the config file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the config file {file} is no text in UTF-8: {_first_wrong(error)}") from error
    try:
        if file.suffix == ".toml":
            return dict(_flat(tomllib.loads(text)))
        return dict(parse_properties(text))
    except (tomllib.TOMLDecodeError, ConfigError) as error:
        raise ConfigError(f"{file}: {error}") from error


def _first_wrong(error: UnicodeDecodeError) -> str:
    line = error.object.count(b"\n", 0, error.start) + 1
    return f"byte 0x{error.object[error.start]:02x} in line {line}"


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
