"""Which KSTREAM_* variables stand for options of the commands, and so for no config key."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, get_type_hints

from kstream_cli import commands

SWITCHES = frozenset({"KSTREAM_NATIVE", "KSTREAM_INLINE"})
"""They choose how kstream works, and are no options."""
KEYS_TOO = frozenset({"KSTREAM_APPLICATION_ID"})
"""An option of some commands, and the config key of all others."""
COMMAND_FILE = "_command"


@cache
def option_variables() -> frozenset[str]:
    """The variables of all options of all commands. Loads the commands: ask only where a variable is set."""
    files = [each.name for each in pkgutil.iter_modules(commands.__path__) if each.name.endswith(COMMAND_FILE)]
    apps = [import_module(f"{commands.__name__}.{name}").app for name in files]
    found = {name for app in apps for each in app.registered_commands for name in _variables(each.callback)}
    return frozenset(found | SWITCHES) - KEYS_TOO


def _variables(command: Callable[..., Any]) -> Iterator[str]:
    for hint in get_type_hints(command, include_extras=True).values():
        for option in getattr(hint, "__metadata__", ()):
            given = getattr(option, "envvar", None)
            yield from [given] if isinstance(given, str) else given or []
