"""How table operators pass on what they wrote to their store: at once, or when the store's cache is flushed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kstream_cli.processor.code import Code, Names, Written, calling
from kstream_cli.processor.operator import Process
from kstream_cli.record import Headers
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedKeyValueStore
from kstream_cli.state.stored_headers import row_with_headers

ForwardChange: TypeAlias = Callable[[Any, Any, Any, bool, int, Headers], None]
"""(key, new, old, is latest, timestamp, headers)"""


WriteRow: TypeAlias = Callable[[Any, Any, int, Headers], bool | None]
"""(key, value, timestamp, headers) -> whether the row is the latest of its key; None where it is not written."""


def listen(store: Any, after: Written, *, send_old_values: bool) -> None:
    """Have a store's cache, where it has one, forward each row when it is flushed."""
    if getattr(store, "cached", False):
        code = Code("key", "new", "old", "timestamp", "headers")
        code.line("change = new, old, True")
        after.step(code, Names(value="change"))
        store.set_flush_listener(code.function(), send_old_values=send_old_values)


def forward_changes(store: Any, forward: Process, *, send_old_values: bool) -> ForwardChange:
    """The function an operator calls after each write; it does nothing where the store's cache forwards later."""
    if getattr(store, "cached", False):
        listen(store, Written(calling(forward), 1, forward), send_old_values=send_old_values)
        return _later

    def at_once(key: Any, new: Any, old: Any, latest: bool, timestamp: int, headers: Headers) -> None:
        forward(key, (new, old, latest), timestamp, headers)

    def at_once_without_old(key: Any, new: Any, old: Any, latest: bool, timestamp: int, headers: Headers) -> None:
        forward(key, (new, None, latest), timestamp, headers)

    return at_once if send_old_values else at_once_without_old


def _later(key: Any, new: Any, old: Any, latest: bool, timestamp: int, headers: Headers) -> None:
    """The write waits in the store's cache."""


def row_writer(store: Any) -> tuple[Callable[[Any], Any], WriteRow]:
    """Two functions over a key-value store of either kind: read(key) -> value, write(key, value, timestamp, headers).

    `write` tells whether the row is the latest of its key; None when it was too old to be written at all.
    """
    get, put = store.get, store.put
    if isinstance(store, VersionedKeyValueStore):

        def read_version(key: Any) -> Any:
            version = get(key)
            return None if version is None else version.value

        def write_version(key: Any, value: Any, timestamp: int, headers: Headers) -> bool | None:
            valid_to = put(key, value, timestamp)
            return None if valid_to == NOT_PUT else valid_to == LATEST

        return read_version, write_version

    def read(key: Any) -> Any:
        row = get(key)
        return None if row is None else row[0]

    def write(key: Any, value: Any, timestamp: int, headers: Headers) -> bool | None:
        put(key, None if value is None else (value, timestamp))
        return True

    def write_with_headers(key: Any, value: Any, timestamp: int, headers: Headers) -> bool | None:
        put(key, None if value is None else row_with_headers(value, timestamp, headers))
        return True

    return read, write_with_headers if carries_headers(store) else write


def carries_headers(store: Any) -> bool:
    """Whether the rows of a table are kept with their records' headers, for a rule on headers further down."""
    carries: bool = getattr(store, "carries_headers", False)
    return carries
