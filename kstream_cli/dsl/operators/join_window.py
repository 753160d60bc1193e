"""Keeps each record of one side of a stream-stream join in that side's window store, for the other side to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class JoinWindow:
    """Joins a record first, through its child, and stores it after, so that it never meets itself.

    A null key matches nothing: such a record goes on to the join but is not stored.
    """

    store: str

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        put = context.store(self.store).put

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            forward(key, value, timestamp, headers)
            if key is not None:
                put(key, value, timestamp)

        return process
