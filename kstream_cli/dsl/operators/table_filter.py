"""KTable.filter and filter_not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.callables import check_function
from kstream_cli.dsl.operators.forwarding import forward_changes, row_writer
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


def kept_value(predicate: Callable[[Any, Any], Any], *, negate: bool) -> Callable[[Any, Any], Any]:
    """(key, value) -> the value, or None where the predicate rejects it or there is none."""
    check_function(predicate, "predicate", "key", "value")

    def keep(key: Any, value: Any) -> Any:
        return value if value is not None and predicate(key, value) else None

    def drop(key: Any, value: Any) -> Any:
        return value if value is not None and not predicate(key, value) else None

    return drop if negate else keep


@dataclass(frozen=True, slots=True)
class TableFilter:
    """Passes on the rows that `compute` keeps; a row that it rejects is deleted downstream.

    With old values it stays silent about rows that were not, and are not, in the result.
    """

    asks_for_record: ClassVar[bool] = False

    compute: Callable[[Any, Any], Any]
    store: str | None = None
    send_old_values: bool = False
    latest_only: bool = False
    """The table is versioned: then every change is passed on."""

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        compute, send_old = self.compute, self.send_old_values
        quiet = send_old and not self.latest_only
        if self.store is None:

            def view(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
                new, old, latest = change
                new = compute(key, new)
                old = compute(key, old) if send_old else None
                if not quiet or new is not None or old is not None:
                    forward(key, (new, old, latest), timestamp, headers)

            return view

        store = context.store(self.store)
        read, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=send_old)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            new = compute(key, change[0])
            old = read(key) if send_old else None
            if quiet and new is None and old is None:
                return
            latest = write(key, new, timestamp, headers)
            if latest is not None:
                changed(key, new, old, latest, timestamp, headers)

        return process
