"""What one store of a task does: its commits always, each call of it where `metrics.recording.level` is DEBUG."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kstream_cli.processor.metrics import TRACE, Meter, Metrics
from kstream_cli.state.builders import (
    KeyValueStoreBuilder,
    SessionStoreBuilder,
    SuppressBufferBuilder,
    WindowStoreBuilder,
)
from kstream_cli.state.kinds.suppress_buffer import SuppressBuffer
from kstream_cli.state.kinds.table_store import TableStore
from kstream_cli.state.store import StateStore, StoreBuilder, StoreIterator

STORE_GROUP = "stream-state-metrics"
CACHE_GROUP = "stream-record-cache-metrics"

ALWAYS = {"flush": "flush", "commit": "commit"}
KEY_VALUE = {
    "get": "get",
    "put": "put",
    "put_if_absent": "put-if-absent",
    "put_all": "put-all",
    "delete": "delete",
    "range": "range",
    "reverse_range": "range",
    "all": "all",
    "reverse_all": "all",
    "prefix_scan": "prefix-scan",
}
BY_TIME = {
    "put": "put",
    "remove": "remove",
    "all": "fetch",
    "fetch": "fetch",
    "fetch_all": "fetch",
    "fetch_keys": "fetch",
    "fetch_range": "fetch",
    "fetch_session": "fetch",
    "find_sessions": "fetch",
    "find_sessions_by_end": "fetch",
    "find_sessions_of_keys": "fetch",
    "backward_all": "fetch",
    "backward_fetch": "fetch",
    "backward_fetch_all": "fetch",
    "backward_fetch_keys": "fetch",
    "backward_fetch_range": "fetch",
    "backward_find_sessions": "fetch",
    "backward_find_sessions_of_keys": "fetch",
}
"""Methods of window and session stores, by the operation as which Kafka Streams counts them."""


class StoreMetrics:
    """The metrics of one open store, which is not used yet. Wraps its methods: operators take them when fused.

    `age` gives the age in ms of the record that is being put.
    """

    def __init__(
        self, registry: Metrics, store: StateStore, builder: StoreBuilder[Any, Any], age: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._store = store
        self._tags = {f"{scope_of(builder)}_state_id".replace("-", "_"): store.name}
        self._open: dict[int, float] = {}
        """When the iterators were opened that are not closed yet, in ms since the epoch."""
        self._durations = registry.meter()
        self._reads: Meter | None = None
        self._reads_before = self._loads_before = 0
        self._hits = registry.meter()
        for name, measure in store.measures().items():
            registry.add(name, STORE_GROUP, f"{name.replace('-', ' ')} of the store", measure, **self._tags)
        self._time(ALWAYS)
        if registry.is_debug:
            self._time(BY_TIME if isinstance(builder, WindowStoreBuilder | SessionStoreBuilder) else KEY_VALUE)
            if registry.level == TRACE:
                self._add_ages(age)
            self._add_iterators()
            self._add_cache()
        if isinstance(store, SuppressBuffer):
            self._add_buffer()

    def observe(self) -> None:
        """Look at what is counted elsewhere; called by the store's thread."""
        store = self._store
        if not store.is_open:
            return
        if isinstance(store, SuppressBuffer):
            self._buffered.record(store.num_records)
            self._buffered_bytes.record(store.size_bytes)
        if self._reads is not None and isinstance(store, TableStore):
            reads, loads = self._reads.count - self._reads_before, store.loads - self._loads_before
            if reads:
                self._hits.record(max(0.0, 1 - loads / reads))
                self._reads_before, self._loads_before = self._reads.count, store.loads

    def _time(self, methods: dict[str, str]) -> None:
        meters: dict[str, Meter] = {}
        for method, operation in methods.items():
            call = getattr(self._store, method, None)
            if call is None:
                continue
            meter = meters.get(operation)
            if meter is None:
                meter = meters[operation] = self._registry.meter()
                calls = f"calls to {operation}"
                self._registry.add_calls(operation, STORE_GROUP, calls, meter, **self._tags)
                self._registry.add_sizes(
                    f"{operation}-latency", STORE_GROUP, f"latency of {calls}, in ns", meter, **self._tags
                )
            setattr(self._store, method, self._timed(call, meter))
        self._reads = meters.get("get") or meters.get("fetch")

    def _timed(self, call: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
        clock, watched, record = time.perf_counter_ns, self._watched, meter.record

        def timed(*arguments: Any, **options: Any) -> Any:
            began = clock()
            result = call(*arguments, **options)
            record(clock() - began)
            return watched(result) if isinstance(result, StoreIterator) else result

        return timed

    def _watched(self, rows: StoreIterator[Any]) -> StoreIterator[Any]:
        return _WatchedRows(rows, self._open, self._durations)

    def _add_ages(self, age: Callable[[], float]) -> None:
        put = getattr(self._store, "put", None)
        if put is None:
            return
        meter = self._registry.meter()
        name, what = "record-e2e-latency", "time from a record's timestamp until it was put into the store, in ms"
        self._registry.add_sizes(name, STORE_GROUP, what, meter, **self._tags)
        self._registry.add(f"{name}-min", STORE_GROUP, f"The minimum {what}", meter.minimum, **self._tags)

        def put_aged(*arguments: Any, **options: Any) -> Any:
            result = put(*arguments, **options)
            meter.record(age())
            return result

        vars(self._store)["put"] = put_aged

    def _add_iterators(self) -> None:
        add, tags, opened = self._registry.add, self._tags, self._open
        text = "The number of iterators on the store that are not closed yet"
        add("num-open-iterators", STORE_GROUP, text, lambda: len(opened), **tags)
        text = "When the oldest iterator that is still open was opened, in ms since the epoch"
        add("oldest-iterator-open-since-ms", STORE_GROUP, text, lambda: min(opened.values(), default=None), **tags)
        what = "time from opening an iterator to closing it, in ns"
        self._registry.add_sizes("iterator-duration", STORE_GROUP, what, self._durations, **tags)

    def _add_cache(self) -> None:
        if not getattr(self._store, "cached", False):
            return
        what, tags = "share of reads that memory could answer", {"record_cache_id": self._store.name}
        self._registry.add_sizes("hit-ratio", CACHE_GROUP, what, self._hits, **tags)
        self._registry.add("hit-ratio-min", CACHE_GROUP, f"The minimum {what}", self._hits.minimum, **tags)

    def _add_buffer(self) -> None:
        self._buffered, self._buffered_bytes = self._registry.meter(), self._registry.meter()
        name, what = "suppression-buffer", "of the buffered records"
        self._registry.add_sizes(f"{name}-count", STORE_GROUP, f"number {what}", self._buffered, **self._tags)
        self._registry.add_sizes(f"{name}-size", STORE_GROUP, f"bytes {what}", self._buffered_bytes, **self._tags)


class _WatchedRows(StoreIterator[Any]):
    """An iterator that is known to be open until it is closed or has come to its end."""

    def __init__(self, rows: StoreIterator[Any], opened: dict[int, float], durations: Meter) -> None:
        self._rows = rows
        self._opened = opened
        self._durations = durations
        self._began = time.perf_counter_ns()
        opened[id(self)] = time.time_ns() // 1_000_000

    def __next__(self) -> Any:
        try:
            return next(self._rows)
        except StopIteration:
            self._note_end()
            raise

    def close(self) -> None:
        self._note_end()
        self._rows.close()

    def _note_end(self) -> None:
        if self._opened.pop(id(self), None) is not None:
            self._durations.record(time.perf_counter_ns() - self._began)


def scope_of(builder: StoreBuilder[Any, Any]) -> str:
    """What Kafka Streams puts before `-state-id` for a store of this kind."""
    if isinstance(builder, SuppressBufferBuilder):
        return "in-memory-suppression"
    kind = "rocksdb" if builder.persistent else "in-memory"
    if isinstance(builder, WindowStoreBuilder):
        return f"{kind}-window"
    if isinstance(builder, SessionStoreBuilder):
        return f"{kind}-session"
    if isinstance(builder, KeyValueStoreBuilder) and builder.max_entries is not None:
        return "in-memory-lru"
    return kind
