"""Aggregating a grouped stream by key: aggregate, reduce and count without windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.forwarding import forward_changes, row_writer
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.dsl.value_getter import store_lookup
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Keeps one aggregate per key. Records without key or value are dropped; an aggregate of None deletes the row."""

    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    store: str
    send_old_values: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        initializer, aggregator, dropped = self.initializer, self.aggregator, context.dropped
        store = context.store(self.store)
        get = store_lookup(store)
        _, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=self.send_old_values)
        forwards_old = self.send_old_values and not getattr(store, "cached", False)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped("an aggregation's record has no key or no value")
                return
            row = get(key)
            if row is None:
                # As in Java, what a new row replaces is the initial value.
                aggregate = initializer()
            else:
                aggregate = row[0]
                if row[1] > timestamp:
                    timestamp = row[1]
            old = snapshot(aggregate) if forwards_old else None
            new = aggregator(key, value, aggregate)
            latest = write(key, new, timestamp)
            if latest is not None:
                changed(key, new, old, latest, timestamp, headers)

        return process


@dataclass(frozen=True, slots=True)
class Reduce:
    """As Aggregate with the first value as the initial aggregate; the reducer takes (aggregate, value)."""

    reducer: Callable[[Any, Any], Any]
    store: str
    send_old_values: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        reducer, dropped = self.reducer, context.dropped
        store = context.store(self.store)
        get = store_lookup(store)
        _, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=self.send_old_values)
        forwards_old = self.send_old_values and not getattr(store, "cached", False)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped("a reduction's record has no key or no value")
                return
            row, old, new = get(key), None, value
            if row is not None:
                old = snapshot(row[0]) if forwards_old else None
                new = reducer(row[0], value)
                if row[1] > timestamp:
                    timestamp = row[1]
            latest = write(key, new, timestamp)
            if latest is not None:
                changed(key, new, old, latest, timestamp, headers)

        return process


def zero() -> int:
    """The initial count."""
    return 0


def one_more(key: Any, value: Any, count: int) -> int:
    """The count after one more record."""
    return count + 1


def nothing() -> None:
    """The initial value of a windowed reduction."""


def reducing(reducer: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """An aggregator that starts with the first value and goes on with `reducer(aggregate, value)`."""

    def aggregate(key: Any, value: Any, current: Any) -> Any:
        return value if current is None else reducer(current, value)

    return aggregate
