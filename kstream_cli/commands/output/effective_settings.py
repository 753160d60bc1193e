"""Shows settings with their origins. What is secret is masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import ConfigSetting
from kstream_cli.commands.output.record_text import json_text, text_of
from kstream_cli.commands.output.standard_streams import write
from kstream_cli.config.names import is_secret, unknown_key

HIDDEN = "[hidden]"
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")


class Given(Protocol):
    """A setting, its origin, and what it is for."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def origin(self) -> Any: ...
    @property
    def explanation(self) -> str: ...


def show_settings(settings: Sequence[Given], key: str | None, *, given: bool, json: bool) -> None:
    """A table, or one JSON object a setting. Raises ConfigError for a key that there is not."""
    chosen = [setting for setting in settings if key is None or _is_below(setting.key, key)]
    if key is not None and not chosen:
        raise unknown_key(key, [setting.key for setting in settings])
    if given:
        chosen = [setting for setting in chosen if setting.origin != "default"]
    if json:
        for setting in chosen:
            row = ConfigSetting(
                key=setting.key, value=shown(setting), origin=setting.origin, explanation=setting.explanation
            )
            write(json_text(row))
        return
    console().print(_table(chosen))


def shown(setting: Given) -> str | None:
    """The value as text; None where there is none."""
    value = setting.value
    if value is None or value == "":
        return None
    if is_secret(setting.key):
        return HIDDEN
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | frozenset):
        return ",".join(sorted(map(str, value)) if isinstance(value, frozenset) else map(str, value)) or None
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return f"{value.__module__}:{value.__qualname__}"
    return _LOGIN.sub(HIDDEN, str(value))


def _is_below(name: str, key: str) -> bool:
    return name == key or name.startswith(key if key.endswith(".") else f"{key}.")


def _table(settings: Iterable[Given]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="muted")
    for title in ("key", "value", "origin", "what it is for"):
        table.add_column(title, overflow="fold")
    for setting in settings:
        style = "muted" if setting.origin == "default" else "title"
        value = shown(setting)
        text = "-" if value is None else text_of(value)
        table.add_row(Text(text_of(setting.key), style), text, setting.origin, Text(setting.explanation, "muted"))
    return table
