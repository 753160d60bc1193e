"""Sends a store's changes to its changelog topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kstream_cli.state.serialized import ValueFormat
from kstream_cli.state.store import StoreContext

LogChange: TypeAlias = Callable[[bytes, Any], None]
"""Logs a row's new cell, None for a deletion, under the row's key on the changelog."""


def changelogging(store: str, values: ValueFormat, context: StoreContext, *, logging: bool) -> LogChange | None:
    """How changes are logged; None when they are not.

    A record carries the value's own timestamp in a timestamped store, else that of the record being processed.
    """
    append = context.changelog(store) if logging else None
    if append is None:
        return None
    write = values.log
    if values.timestamped:

        def log_timestamped(key: bytes, cell: Any) -> None:
            if cell is None:
                append(key, None, context.timestamp, ())
            else:
                append(key, write(cell), cell[1], ())

        return log_timestamped

    def log_plain(key: bytes, cell: Any) -> None:
        append(key, None if cell is None else write(cell), context.timestamp, ())

    return log_plain
