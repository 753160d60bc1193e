"""Aggregating a grouped stream by key: aggregate, reduce and count without windows, and what they start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_function
from kstream_cli.dsl.operators.forwarding import forward_changes
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.state.caching import RecordCache
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedKeyValueStore


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Keeps one aggregate per key. Records without key or value are dropped; an aggregate of None deletes the row."""

    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    store: str
    send_old_values: bool = False

    def __post_init__(self) -> None:
        check_function(self.initializer, "initializer")
        check_function(self.aggregator, "aggregator", "key", "value", "aggregate")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        store = context.store(self.store)
        if isinstance(store, VersionedKeyValueStore):
            return self._fuse_versioned(context, forward, store)
        forward_changes(store, forward, send_old_values=self.send_old_values)
        cache = getattr(store, "cached_rows", None)
        if cache is not None:
            return self._fuse_cached(context, cache)
        initializer, aggregator, dropped = self.initializer, self.aggregator, context.dropped
        get, put = store.get, store.put
        forwards = not store.cached
        forwards_old = forwards and self.send_old_values

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped("an aggregation's record has no key or no value")
                return
            row = get(key)
            if row is None:
                # As in Java, what a new row replaces is the initial value.
                aggregate = initializer()
            else:
                aggregate, newest = row
                if newest > timestamp:
                    timestamp = newest
            old = snapshot(aggregate) if forwards_old else None
            new = aggregator(key, value, aggregate)
            put(key, None if new is None else (new, timestamp))
            if forwards:
                forward(key, (new, old, True), timestamp, headers)

        return process

    def _fuse_cached(self, context: OperatorContext, cache: RecordCache) -> Process:
        """Over a record cache: a row is found once, and changed where it is. The cache forwards it later."""
        initializer, aggregator, dropped = self.initializer, self.aggregator, context.dropped
        find, put = cache.groups[0].find, cache.put

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped("an aggregation's record has no key or no value")
                return
            row = find(key)
            cell = row.cell
            if cell is None:
                aggregate, newest = initializer(), timestamp
            else:
                aggregate, newest = cell
                if timestamp > newest:
                    newest = timestamp
            new = aggregator(key, value, aggregate)
            put(row, None if new is None else (new, newest), timestamp, headers)

        return process

    def _fuse_versioned(self, context: OperatorContext, forward: Process, store: Any) -> Process:
        initializer, aggregator, dropped, send_old = (
            self.initializer,
            self.aggregator,
            context.dropped,
            self.send_old_values,
        )
        get, put = store.get, store.put

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped("an aggregation's record has no key or no value")
                return
            version = get(key)
            if version is None:
                aggregate = initializer()
            else:
                aggregate = version.value
                timestamp = max(timestamp, version.timestamp)
            old = snapshot(aggregate) if send_old else None
            new = aggregator(key, value, aggregate)
            valid_to = put(key, new, timestamp)
            if valid_to != NOT_PUT:
                forward(key, (new, old, valid_to == LATEST), timestamp, headers)

        return process


def zero() -> int:
    """The initial count."""
    return 0


def one_more(key: Any, value: Any, count: int) -> int:
    """The count after one more record."""
    return count + 1


def nothing() -> None:
    """The initial value of a reduction: none."""


def reducing(reducer: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """An aggregator that starts with the first value and goes on with `reducer(aggregate, value)`."""
    check_function(reducer, "reducer", "aggregate", "value")

    def aggregate(key: Any, value: Any, current: Any) -> Any:
        return value if current is None else reducer(current, value)

    return aggregate
