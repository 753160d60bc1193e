"""Where both sides of a table-table join meet: keeps the joined table in its store, if it has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.forwarding import forward_changes, row_writer
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class JoinMerge:
    """Passes the changes of both sides on, through a store where the joined table is kept in one."""

    store: str | None = None
    send_old_values: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if self.store is None:
            # The sides compute old values only where they are wanted.
            return forward
        store = context.store(self.store)
        _, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=self.send_old_values)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            new, old, _ = change
            latest = write(key, new, timestamp, headers)
            if latest is not None:
                changed(key, new, old, latest, timestamp, headers)

        return process
