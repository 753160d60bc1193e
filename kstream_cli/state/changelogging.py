"""Sends a store's changes to its changelog topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kstream_cli.config import Config
from kstream_cli.record import NO_HEADERS
from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.serialized import TIMESTAMP, ValueFormat
from kstream_cli.state.store import ChangelogAppend, StoreBuilder, StoreContext

LogChange: TypeAlias = Callable[[bytes, Any], bytes | None]
"""Logs a row's new cell, None for a deletion, under the row's key on the changelog; gives the row's bytes on disk.

What cannot be written raises here, not at the next commit; the error names the store.
"""


def changelogging(builder: StoreBuilder[Any, Any], values: ValueFormat, context: StoreContext) -> LogChange:
    """How changes are logged, and made bytes, which is the same work; without a changelog it is all of it.

    A record carries the value's own timestamp in a timestamped store, else that of the record being processed; and
    that record's headers, where the store is to log them.
    """
    append = context.changelog(builder.name) if builder.logging else None
    if append is None:
        return _unlogged(values)
    if builder.log_headers:
        return _with_headers(values, context, append)
    write, named = values.write if values.shared else _same, values.log
    if values.timestamped:
        pack = TIMESTAMP.pack

        def log_timestamped(key: bytes, cell: Any) -> bytes | None:
            if cell is None:
                append(key, None, context.timestamp, NO_HEADERS)
                return None
            value, timestamp = cell
            try:
                data = write(value)
            except Exception:
                data = named(cell)  # Raises again, naming the store.
            append(key, data, timestamp, NO_HEADERS)
            return pack(timestamp) + data

        return log_timestamped

    def log(key: bytes, cell: Any) -> bytes | None:
        if cell is None:
            append(key, None, context.timestamp, NO_HEADERS)
            return None
        try:
            data = write(cell)
        except Exception:
            data = named(cell)
        append(key, data, context.timestamp, NO_HEADERS)
        return data

    return log


def _unlogged(values: ValueFormat) -> LogChange:
    write, on_disk, timestamped = values.log, values.restored, values.timestamped

    def encode(key: bytes, cell: Any) -> bytes | None:
        return None if cell is None else on_disk(write(cell), cell[1] if timestamped else 0)

    return encode


def _with_headers(values: ValueFormat, context: StoreContext, append: ChangelogAppend) -> LogChange:
    write, on_disk, timestamped = values.log, values.restored, values.timestamped

    def log_with_headers(key: bytes, cell: Any) -> bytes | None:
        if cell is None:
            append(key, None, context.timestamp, context.headers)
            return None
        data, timestamp = write(cell), cell[1] if timestamped else context.timestamp
        append(key, data, timestamp, context.headers)
        return on_disk(data, timestamp)

    return log_with_headers


def _same(value: bytes) -> bytes:
    return value


def windowed_changelog_defaults(retention_ms: int, config: Config) -> dict[str, str]:
    """Compacted, and deleted once past the retention and the configured time on top of it."""
    kept = min(retention_ms + config.windowstore_changelog_additional_retention_ms, LONG_MAX)
    return {"cleanup.policy": "compact,delete", "retention.ms": str(kept)}
