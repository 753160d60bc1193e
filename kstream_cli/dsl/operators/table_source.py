"""From records to a table: the last value of each key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.forwarding import carries_headers, forward_changes
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedKeyValueStore
from kstream_cli.state.stored_headers import row_with_headers


@dataclass(frozen=True, slots=True)
class TableFromRecords:
    """Turns records into changes, through a store where the table is kept in one. A null value deletes the row."""

    store: str | None = None
    send_old_values: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if self.store is None:
            return self._fuse_view(context, forward)
        store = context.store(self.store)
        if isinstance(store, VersionedKeyValueStore):
            return self._fuse_versioned(context, forward, store)
        dropped, get, put = context.dropped, store.get, store.put
        forward_changes(store, forward, send_old_values=self.send_old_values)
        forwards = not store.cached
        # Reading the old row costs a lookup, so it is read only for somebody who wants it.
        forwards_old = forwards and self.send_old_values

        def process_carrying(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                dropped("a table's record has no key")
                return
            row = get(key) if forwards_old else None
            put(key, None if value is None else row_with_headers(value, timestamp, headers))
            if forwards:
                forward(key, (value, None if row is None else row[0], True), timestamp, headers)

        if carries_headers(store):
            return process_carrying

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                dropped("a table's record has no key")
                return
            row = get(key) if forwards_old else None
            put(key, None if value is None else (value, timestamp))
            if forwards:
                forward(key, (value, None if row is None else row[0], True), timestamp, headers)

        return process

    def _fuse_view(self, context: OperatorContext, forward: Process) -> Process:
        dropped = context.dropped

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                dropped("a table's record has no key")
                return
            forward(key, (value, None, True), timestamp, headers)

        return process

    def _fuse_versioned(self, context: OperatorContext, forward: Process, store: Any) -> Process:
        dropped, get, put, send_old = context.dropped, store.get, store.put, self.send_old_values

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                dropped("a table's record has no key")
                return
            version = get(key) if send_old else None
            valid_to = put(key, value, timestamp)
            if valid_to != NOT_PUT:
                old = None if version is None else version.value
                forward(key, (value, old, valid_to == LATEST), timestamp, headers)

        return process
