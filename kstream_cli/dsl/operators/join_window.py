"""Keeps each record of one side of a stream-stream join in that side's window store, for the other side to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.forwarding import carries_headers
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.state.stored_headers import row_with_headers


@dataclass(frozen=True, slots=True)
class JoinWindow:
    """Joins a record first, through its child, and stores it after, so that it never meets itself.

    A null key matches nothing: such a record goes on to the join but is not stored.
    """

    store: str

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        store = context.store(self.store)
        put = store.put

        def process_carrying(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            forward(key, value, timestamp, headers)
            if key is not None:
                put(key, None if value is None else row_with_headers(value, timestamp, headers), timestamp)

        if carries_headers(store):
            return process_carrying

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            forward(key, value, timestamp, headers)
            if key is not None:
                put(key, value, timestamp)

        return process
