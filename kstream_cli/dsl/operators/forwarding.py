"""How table operators pass on what they wrote to their store: at once, or when the store's cache is flushed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kstream_cli.processor.code import Code, Names, Written, calling
from kstream_cli.processor.operator import Process
from kstream_cli.record import Headers
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedKeyValueStore

ForwardChange: TypeAlias = Callable[[Any, Any, Any, bool, int, Headers], None]
"""(key, new, old, is latest, timestamp, headers)"""


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


def row_writer(store: Any) -> tuple[Callable[[Any], Any], Callable[[Any, Any, int], bool | None]]:
    """Two functions over a key-value store of either kind: read(key) -> value, and write(key, value, timestamp).

    `write` tells whether the row is the latest of its key; None when it was too old to be written at all.
    """
    get, put = store.get, store.put
    if isinstance(store, VersionedKeyValueStore):

        def read_version(key: Any) -> Any:
            version = get(key)
            return None if version is None else version.value

        def write_version(key: Any, value: Any, timestamp: int) -> bool | None:
            valid_to = put(key, value, timestamp)
            return None if valid_to == NOT_PUT else valid_to == LATEST

        return read_version, write_version

    def read(key: Any) -> Any:
        row = get(key)
        return None if row is None else row[0]

    def write(key: Any, value: Any, timestamp: int) -> bool | None:
        put(key, None if value is None else (value, timestamp))
        return True

    return read, write
