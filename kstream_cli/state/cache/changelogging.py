"""Sends a store's changes to its changelog topic."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any, TypeAlias

from kstream_cli.record import NO_HEADERS
from kstream_cli.source_code import Bind, bound_function
from kstream_cli.state.serialized import TIMESTAMP, ValueFormat
from kstream_cli.state.store import StoreBuilder
from kstream_cli.state.store_context import StoreContext

LogChange: TypeAlias = Callable[[bytes, Any], bytes | None]
"""Logs a row's new cell, None for a deletion, under the row's key on the changelog; gives the row's bytes on disk.

What cannot be written raises here, not at the next commit; the error names the store.
"""


WriteLog: TypeAlias = Callable[[Bind, str, str, str], str]
"""(bind, key, cell, data) -> the lines that do the same with what these names mean, and set `data` to those bytes."""


def changelogging(builder: StoreBuilder[Any, Any], values: ValueFormat, context: StoreContext) -> WriteLog:
    """How changes are logged, and made bytes, which is the same work; without a changelog it is all of it.

    A record carries the value's own timestamp in a timestamped store, else that of the record being processed. Its
    headers are those of the row, where rows keep headers, and a deletion's those of the record being processed; all
    records have these where the store is to log them.
    """
    append = context.changelog(builder.name) if builder.logging else None

    def write(bind: Bind, key: str, cell: str, data: str) -> str:
        processed = bind("context", context)
        now, headers = f"{processed}.timestamp", bind("no_headers", NO_HEADERS)
        deleted = f"{processed}.headers" if builder.headers or builder.log_headers else headers
        value, time, split, stamped = cell, now, "", ""
        if values.timestamped:
            value, time, split = "plain", "time", f"plain, time = {cell}"
            stamped = f"{data} = {bind('pack', TIMESTAMP.pack)}(time) + {data}"
        if values.headers is not None:
            headers = f"{bind('headers_of', values.headers)}({cell})"
            value = "plain" if values.timestamped else f"{cell}[0]"
            stamped = f"{data} = {bind('prefix', values.prefix)}({cell}) + {data}"
        if builder.log_headers:
            headers = deleted
        log = "" if append is None else f"{bind('append', append)}({key}, {data}, {{}}, {{}})"
        encoded = f"{bind('write', values.write)}({value})" if values.shared else value
        return dedent(f"""
            if {cell} is None:
                {data} = None
                {log.format(now, deleted)}
            else:
                {split}
                try:
                    {data} = {encoded}
                except Exception:
                    {data} = {bind("named", values.log)}({cell})  # Raises again, naming the store.
                {log.format(time, headers)}
                {stamped}
            """)

    return write


def log_change(write: WriteLog) -> LogChange:
    """The same as a function."""
    return bound_function("log", "key, cell", lambda bind: write(bind, "key", "cell", "data") + "return data")
