"""Sends a store's changes to its changelog topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kstream_cli.config import Config
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.serialized import ValueFormat
from kstream_cli.state.store import StoreBuilder, StoreContext

LogChange: TypeAlias = Callable[[bytes, Any], None]
"""Logs a row's new cell, None for a deletion, under the row's key on the changelog."""


def changelogging(builder: StoreBuilder[Any, Any], values: ValueFormat, context: StoreContext) -> LogChange | None:
    """How changes are logged; None when they are not.

    A record carries the value's own timestamp in a timestamped store, else that of the record being processed; and
    that record's headers, where the store is to log them.
    """
    append = context.changelog(builder.name) if builder.logging else None
    if append is None:
        return None
    write, quick_write, timestamped = values.log, values.write, values.timestamped
    if builder.log_headers:

        def log_with_headers(key: bytes, cell: Any) -> None:
            if cell is None:
                append(key, None, context.timestamp, context.headers)
            else:
                append(key, write(cell), cell[1] if timestamped else context.timestamp, context.headers)

        return log_with_headers
    if timestamped and values.shared:

        def log_shared(key: bytes, cell: Any) -> None:
            if cell is None:
                append(key, None, context.timestamp, ())
                return
            value, timestamp = cell
            try:
                data = quick_write(value)
            except Exception:
                data = write(cell)  # Raises again, naming the store.
            append(key, data, timestamp, ())

        return log_shared
    if timestamped:

        def log_timestamped(key: bytes, cell: Any) -> None:
            if cell is None:
                append(key, None, context.timestamp, ())
            else:
                append(key, write(cell), cell[1], ())

        return log_timestamped

    def log_plain(key: bytes, cell: Any) -> None:
        append(key, None if cell is None else write(cell), context.timestamp, ())

    return log_plain


def windowed_changelog_defaults(retention_ms: int, config: Config) -> dict[str, str]:
    """Compacted, and deleted once past the retention and the configured time on top of it."""
    kept = min(retention_ms + config.windowstore_changelog_additional_retention_ms, LONG_MAX)
    return {"cleanup.policy": "compact,delete", "retention.ms": str(kept)}
