"""Aggregating a grouped table: what a group loses is subtracted, then what it gains is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.callables import check_function
from kstream_cli.dsl.operators.forwarding import forward_changes, row_writer
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.dsl.value_getter import store_lookup
from kstream_cli.errors import StreamsError
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.state.stored_headers import headers_of


@dataclass(frozen=True, slots=True)
class TableAggregate:
    """Keeps one aggregate per group; adder and subtractor take (key, value, aggregate)."""

    asks_for_record: ClassVar[bool] = False

    initializer: Callable[[], Any]
    adder: Callable[[Any, Any, Any], Any]
    subtractor: Callable[[Any, Any, Any], Any]
    store: str
    headers: ResultHeaders | None = None
    send_old_values: bool = False

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The store that is to keep headers for its rule."""
        return (self.store,)

    def __post_init__(self) -> None:
        check_function(self.initializer, "initializer")
        check_function(self.adder, "adder", "key", "value", "aggregate")
        check_function(self.subtractor, "subtractor", "key", "value", "aggregate")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        initializer, adder, subtractor, node = self.initializer, self.adder, self.subtractor, context.node
        store = context.store(self.store)
        get = store_lookup(store)
        _, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=self.send_old_values)
        pick = None if self.headers is None else self.headers.merged()
        forwards_old = self.send_old_values and not getattr(store, "cached", False)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                raise StreamsError(f"the aggregation of a grouped table {node!r} was given a change without a key")
            gain, loss, _ = change
            row, aggregate, old = get(key), None, None
            if pick is not None:
                found = (NO_HEADERS, NOTHING_FOUND) if row is None else (headers_of(row), row[1])
                headers = pick(headers, timestamp, *found)
            if row is not None:
                aggregate = row[0]
                old = snapshot(aggregate) if forwards_old else None
                if row[1] > timestamp and (gain is not None or loss is not None):
                    timestamp = row[1]
                if loss is not None:
                    aggregate = subtractor(key, loss, aggregate)
            if gain is not None:
                aggregate = adder(key, gain, initializer() if aggregate is None else aggregate)
            latest = write(key, aggregate, timestamp, headers)
            if latest is not None:
                changed(key, aggregate, old, latest, timestamp, headers)

        return process


def one_less(key: Any, value: Any, count: int) -> int:
    """The count after one row fewer."""
    return count - 1
