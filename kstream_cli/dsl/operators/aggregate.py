"""Aggregating a grouped stream by key: aggregate, reduce and count without windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.callables import check_function
from kstream_cli.dsl.operators.forwarding import listen
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.dsl.operators.update import Update, write_cached_update
from kstream_cli.processor.code import Code, Names, Step, Written, WrittenOperator, calling
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedKeyValueStore

_NO_KEY_OR_VALUE = "an aggregation's record has no key or no value"


@dataclass(frozen=True, slots=True)
class Aggregate(WrittenOperator):
    """Keeps one aggregate per key. Records without key or value are dropped; an aggregate of None deletes the row."""

    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    store: str
    headers: ResultHeaders | None = None
    send_old_values: bool = False

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The store that is to keep headers for its rule."""
        return (self.store,)

    def __post_init__(self) -> None:
        check_function(self.initializer, "initializer")
        check_function(self.aggregator, "aggregator", "key", "value", "aggregate")

    def writer(self, context: OperatorContext, after: Written) -> Step:
        store = context.store(self.store)
        if isinstance(store, VersionedKeyValueStore):
            return calling(self._fuse_versioned(context, after.function(), store))
        listen(store, after, send_old_values=self.send_old_values)
        cache, dropped = getattr(store, "cached_rows", None), context.dropped

        def write(code: Code, names: Names) -> None:
            with code.block(f"if {names.key} is None or {names.value} is None:"):
                code.line(f"{code.bind('dropped', dropped)}({_NO_KEY_OR_VALUE!r})")
            with code.block("else:"):
                if cache is None:
                    self._write_uncached(code, names, store, after)
                else:
                    find = code.bind("find", cache.groups[0].find)
                    write_cached_update(
                        code, names, find, Update(self.initializer, self.aggregator, self.headers), cache
                    )

        return write

    def _write_uncached(self, code: Code, names: Names, store: Any, after: Written) -> None:
        row, change = code.fresh("row"), code.fresh("change")
        update = Update(
            self.initializer, self.aggregator, self.headers, keeps_old=self.send_old_values and not store.cached
        )
        code.line(f"{row} = {code.bind('get', store.get)}({names.key})")
        updated = update.write(code, names, row)
        code.line(f"{code.bind('put', store.put)}({names.key}, {updated.row})")
        if not store.cached:
            code.line(f"{change} = {updated.change}")
            after.step(code, Names(names.key, change, updated.timestamp, updated.headers))

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
                dropped(_NO_KEY_OR_VALUE)
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
