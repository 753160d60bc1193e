"""KTable.map_values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.dsl.arguments import check_value_function
from kstream_cli.dsl.operators.forwarding import forward_changes, row_writer
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


def mapped_value(mapper: Callable[..., Any], *, with_key: bool) -> Callable[[Any, Any], Any]:
    """(key, value) -> what the mapper makes of the value; None stays None."""
    check_value_function(mapper, "mapper", with_key=with_key)

    def of_value(key: Any, value: Any) -> Any:
        return None if value is None else mapper(value)

    def of_key_and_value(key: Any, value: Any) -> Any:
        return None if value is None else mapper(key, value)

    return of_key_and_value if with_key else of_value


@dataclass(frozen=True, slots=True)
class TableMapValues:
    """Changes each row's value, and keeps the result where it has a store."""

    asks_for_record: ClassVar[bool] = False

    compute: Callable[[Any, Any], Any]
    store: str | None = None
    send_old_values: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        compute, send_old = self.compute, self.send_old_values
        if self.store is None:

            def view(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
                new, old, latest = change
                old = compute(key, old) if send_old else None
                forward(key, (compute(key, new), old, latest), timestamp, headers)

            return view

        store = context.store(self.store)
        read, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=send_old)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            new = compute(key, change[0])
            old = read(key) if send_old else None
            latest = write(key, new, timestamp, headers)
            if latest is not None:
                changed(key, new, old, latest, timestamp, headers)

        return process
