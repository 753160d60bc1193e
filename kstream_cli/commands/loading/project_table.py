"""What a project says of itself: the table `[tool.kstream]` of its pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kstream_cli.errors import ConfigError


def project_table(pyproject: Path) -> Mapping[str, Any]:
    """The table; empty where there is none. Raises ConfigError for a file that cannot be read as one."""
    try:
        found: Any = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{pyproject} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{pyproject}: {error}") from error
    for name, shown in (("tool", "[tool]"), ("kstream", "[tool.kstream]")):
        found = table_in(found, name, f"{pyproject}: {shown}")
    return dict(found)


def table_in(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    """A table in a table; empty where there is none. Raises ConfigError where something else has its name."""
    found = table.get(name, {})
    if not isinstance(found, Mapping):
        # What stands there is not shown, as it may be a secret.
        raise ConfigError(f"{where} is a {type(found).__name__}, where a table of names and values belongs")
    return found
