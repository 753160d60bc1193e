"""Asking before something is deleted or rewritten."""

from __future__ import annotations

import sys

from kstream_cli.commands.output.standard_streams import say
from kstream_cli.errors import ConfigError, StreamsError


def confirm(name: str, what: str) -> None:
    """Have `name` typed on the terminal. Raises StreamsError where another text is typed.

    Raises ConfigError where nobody can be asked.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigError(f"nothing was done: there is no terminal to ask on. Give --yes to {what}, or --dry-run")
    say(f"Type {name} to {what}:")
    if sys.stdin.readline().strip() != name:
        raise StreamsError("nothing was done: another text was typed")
