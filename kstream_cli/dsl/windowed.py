"""Windowed streams: a grouped stream aggregated in windows of time or in sessions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.build.parts import stored_table
from kstream_cli.dsl.custom_windows import Windows
from kstream_cli.dsl.durations import in_ms
from kstream_cli.dsl.graph import GraphStore
from kstream_cli.dsl.grouped import KGroupedStream
from kstream_cli.dsl.ktable import KTable
from kstream_cli.dsl.operators.aggregators import Reducing, nothing, one_more, zero
from kstream_cli.dsl.operators.result_headers import HeadersOption, ResultHeaders
from kstream_cli.dsl.operators.session_aggregate import SessionAggregate
from kstream_cli.dsl.operators.sliding_aggregate import SlidingAggregate
from kstream_cli.dsl.operators.window_aggregate import WindowAggregate
from kstream_cli.dsl.options import Materialization, StoreOption
from kstream_cli.dsl.windows import EmitStrategy, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import Operator
from kstream_cli.serde.built_in import LongSerde
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde, Windowed
from kstream_cli.state.builders import SessionStoreBuilder, WindowStoreBuilder

K = TypeVar("K")
V = TypeVar("V")
V2 = TypeVar("V2")
W = TypeVar("W", bound=TimeWindows | UnlimitedWindows | SlidingWindows | Windows)


class _WindowedByTime(ABC, Generic[K, V, W]):
    """What streams in time windows and in sliding windows have in common: all but the operator."""

    def __init__(self, grouped: KGroupedStream[K, V], windows: W) -> None:
        self._grouped = grouped
        self._windows = windows
        self._emit = EmitStrategy()

    def emit_strategy(self, strategy: EmitStrategy) -> Self:
        """Emit results at each update (the default), or once when the window has closed (KIP-825)."""
        check_kind(strategy, "emit_strategy", EmitStrategy)
        self._emit = strategy
        return self

    def count(
        self, *, name: str | None = None, store: StoreOption = None, headers: HeadersOption = None
    ) -> KTable[Windowed[K], int]:
        """The number of records of each key and window: `.count(store="per-minute")`."""
        return self._add("KSTREAM-AGGREGATE-", name, store, LongSerde(), zero, one_more, headers=headers)

    def reduce(
        self,
        reducer: Callable[[V, V], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        headers: HeadersOption = None,
    ) -> KTable[Windowed[K], V]:
        """One value for each key and window, `reducer(aggregate, value)`, which begins with the first value."""
        return self._add(
            "KSTREAM-REDUCE-", name, store, self._grouped.value_serde, nothing, Reducing(reducer), headers=headers
        )

    def aggregate(
        self,
        initializer: Callable[[], V2],
        aggregator: Callable[[K, V, V2], V2],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[Windowed[K], V2]:
        """An aggregate for each key and window, `aggregator(key, value, aggregate)`; it begins with `initializer()`."""
        return self._add("KSTREAM-AGGREGATE-", name, store, serde_for(value), initializer, aggregator, headers=headers)

    def _add(
        self,
        prefix: str,
        name: str | None,
        store: StoreOption,
        value: Serde[Any] | None,
        initializer: Callable[[], Any],
        aggregator: Callable[[Any, Any, Any], Any],
        *,
        headers: HeadersOption,
    ) -> KTable[Windowed[K], Any]:
        kept = self._grouped.kept(prefix, store, value)
        operator = replace(self._operator(initializer, aggregator, kept.store), headers=ResultHeaders.of(headers))
        kept_in = window_store(kept, self._windows, time_first=self._emit.on_close)
        return _windowed_table(self._grouped, prefix, name, operator, kept, kept_in, self._windows)

    @abstractmethod
    def _operator(
        self, initializer: Callable[[], Any], aggregator: Callable[[Any, Any, Any], Any], store: str
    ) -> WindowAggregate | SlidingAggregate: ...


class TimeWindowedKStream(_WindowedByTime[K, V, TimeWindows | UnlimitedWindows | Windows]):
    """A grouped stream in tumbling, hopping, unlimited or your own windows (Java: TimeWindowedKStream).

    Its aggregations give a KTable with keys of type Windowed. A wrong argument raises TopologyError.

    Example:
        >>> windowed = orders.group_by_key().windowed_by(TimeWindows.of_size(minutes=10).grace(minutes=1))
        >>> counts = windowed.count(store="orders-per-ten-minutes")
    """

    def emit_strategy(self, strategy: EmitStrategy) -> Self:
        """Emit results at each update (the default), or once when the window has closed (KIP-825)."""
        check_kind(strategy, "emit_strategy", EmitStrategy)
        if strategy.on_close and isinstance(self._windows, UnlimitedWindows):
            raise TopologyError("an unlimited window never closes: use EmitStrategy.on_window_update()")
        return super().emit_strategy(strategy)

    def count(
        self, *, name: str | None = None, store: StoreOption = None, headers: HeadersOption = None
    ) -> KTable[Windowed[K], int]:
        """The number of records of each key and window: `.count(store="per-minute")`."""
        self._grouped.burn_for_count(store)
        return super().count(name=name, store=store, headers=headers)

    def _operator(
        self, initializer: Callable[[], Any], aggregator: Callable[[Any, Any, Any], Any], store: str
    ) -> WindowAggregate:
        emit = self._emit
        return WindowAggregate(self._windows, initializer, aggregator, store, emit.on_close, emit.emit_on_idle_ms)


class SlidingWindowedKStream(_WindowedByTime[K, V, SlidingWindows]):
    """A grouped stream in sliding windows (Java: windowedBy(SlidingWindows), KIP-450).

    Its aggregations give a KTable with keys of type Windowed. A wrong argument raises TopologyError.

    Example:
        >>> windowed = orders.group_by_key().windowed_by(SlidingWindows.of_time_difference(minutes=10))
        >>> counts = windowed.count(store="last-ten-minutes")
    """

    def _operator(
        self, initializer: Callable[[], Any], aggregator: Callable[[Any, Any, Any], Any], store: str
    ) -> SlidingAggregate:
        emit = self._emit
        return SlidingAggregate(self._windows, initializer, aggregator, store, emit.on_close, emit.emit_on_idle_ms)


class SessionWindowedKStream(Generic[K, V]):
    """A grouped stream in sessions (Java: SessionWindowedKStream).

    Its aggregations give a KTable with keys of type Windowed. Sessions that a record merges are deleted (a null value).
    A wrong argument raises TopologyError.

    Example:
        >>> windowed = orders.group_by_key().windowed_by(SessionWindows.of_inactivity_gap(minutes=30))
        >>> visits = windowed.count(store="visits")
    """

    def __init__(self, grouped: KGroupedStream[K, V], windows: SessionWindows) -> None:
        self._grouped = grouped
        self._windows = windows
        self._emit = EmitStrategy()

    def emit_strategy(self, strategy: EmitStrategy) -> SessionWindowedKStream[K, V]:
        """Emit results at each update (the default), or once when the session has closed (KIP-825)."""
        check_kind(strategy, "emit_strategy", EmitStrategy)
        self._emit = strategy
        return self

    def count(
        self, *, name: str | None = None, store: StoreOption = None, headers: HeadersOption = None
    ) -> KTable[Windowed[K], int]:
        """The number of records of each key and session: `.count(store="visits")`."""
        self._grouped.burn_for_count(store)
        return self._add("KSTREAM-AGGREGATE-", name, store, LongSerde(), zero, one_more, _sum, headers=headers)

    def reduce(
        self,
        reducer: Callable[[V, V], V],
        *,
        name: str | None = None,
        store: StoreOption = None,
        headers: HeadersOption = None,
    ) -> KTable[Windowed[K], V]:
        """One value for each key and session, `reducer(aggregate, value)`, which begins with the first value."""
        merger = _merging(reducer)
        return self._add(
            "KSTREAM-REDUCE-",
            name,
            store,
            self._grouped.value_serde,
            nothing,
            Reducing(reducer),
            merger,
            headers=headers,
        )

    def aggregate(
        self,
        initializer: Callable[[], V2],
        aggregator: Callable[[K, V, V2], V2],
        merger: Callable[[K, V2, V2], V2],
        *,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[Windowed[K], V2]:
        """An aggregate for each key and session; `merger(key, one, other)` merges the aggregates of two sessions."""
        return self._add(
            "KSTREAM-AGGREGATE-", name, store, serde_for(value), initializer, aggregator, merger, headers=headers
        )

    def _add(
        self,
        prefix: str,
        name: str | None,
        store: StoreOption,
        value: Serde[Any] | None,
        initializer: Callable[[], Any],
        aggregator: Callable[[Any, Any, Any], Any],
        merger: Callable[[Any, Any, Any], Any],
        *,
        headers: HeadersOption,
    ) -> KTable[Windowed[K], Any]:
        kept = self._grouped.kept(prefix, store, value)
        on_close, on_idle, rule = self._emit.on_close, self._emit.emit_on_idle_ms, ResultHeaders.of(headers)
        operator = SessionAggregate(self._windows, initializer, aggregator, merger, kept.store, on_close, on_idle, rule)
        kept_in = session_store(kept, self._windows, time_first=on_close)
        return _windowed_table(self._grouped, prefix, name, operator, kept, kept_in, self._windows)


AnyWindows = TimeWindows | UnlimitedWindows | SlidingWindows | SessionWindows | Windows


def window_store(
    kept: Materialization,
    windows: TimeWindows | UnlimitedWindows | SlidingWindows | Windows,
    *,
    time_first: bool = False,
) -> GraphStore:
    """The timestamped window store of an aggregation; time first where closed windows are looked up by time."""
    size = windows.difference_ms if isinstance(windows, SlidingWindows) else windows.size_ms
    supplier = kept.given.supplier
    if supplier is not None and not isinstance(supplier, WindowStoreBuilder):
        raise TopologyError(f"store {kept.store!r} must be a window store, not {type(supplier).__name__}")
    builder = supplier or WindowStoreBuilder(
        name=kept.store, retention_ms=_retention_ms(kept, windows), window_size_ms=size
    )
    # Java caches the windows of fixed size also where only final results go out.
    cached = not time_first or not isinstance(windows, SlidingWindows)
    return kept.finished(
        replace(builder, timestamped=True, time_first=time_first, end_of=_end_of(windows)), caching=cached
    )


def session_store(kept: Materialization, windows: SessionWindows, *, time_first: bool = False) -> GraphStore:
    """The session store of an aggregation."""
    supplier = kept.given.supplier
    if supplier is not None and not isinstance(supplier, SessionStoreBuilder):
        raise TopologyError(f"store {kept.store!r} must be a session store, not {type(supplier).__name__}")
    builder = supplier or SessionStoreBuilder(name=kept.store, retention_ms=_retention_ms(kept, windows))
    return kept.finished(replace(builder, time_first=time_first), caching=not time_first)


def windowed_key(key: Serde[Any] | None, windows: AnyWindows) -> Serde[Any]:
    """The serde of windowed keys; without an inner one, the configured default takes its place."""
    if isinstance(windows, SessionWindows):
        return SessionWindowedSerde(key)
    size = windows.difference_ms if isinstance(windows, SlidingWindows) else windows.size_ms
    return TimeWindowedSerde(key, size, end_of=_end_of(windows))


def _end_of(windows: AnyWindows) -> Callable[[int], int] | None:
    return windows.end_of if isinstance(windows, Windows) else None


def result_grace_ms(windows: AnyWindows) -> int:
    """How long after its end a window's result may still change."""
    return windows.grace_ms + (windows.gap_ms if isinstance(windows, SessionWindows) else 0)


def _retention_ms(kept: Materialization, windows: AnyWindows) -> int:
    if kept.given.retention is None:
        return windows.retention_ms
    retention = in_ms("retention", kept.given.retention)
    if retention < windows.retention_ms:
        raise TopologyError(
            f"store {kept.store!r} keeps rows for {retention} ms, but its windows and their grace period need "
            f"{windows.retention_ms} ms: give a longer retention"
        )
    return retention


def _windowed_table(
    grouped: KGroupedStream[K, Any],
    prefix: str,
    name: str | None,
    operator: Operator,
    kept: Materialization,
    store: GraphStore,
    windows: AnyWindows,
) -> KTable[Windowed[K], Any]:
    added = grouped.names.processor(prefix, name)
    node = grouped.aggregation(added, operator, kept, store, grace_ms=result_grace_ms(windows))
    return KTable.of(stored_table(grouped.graph, node, replace(kept, key=windowed_key(kept.key, windows))))


def _sum(key: Any, one: int, other: int) -> int:
    return one + other


def _merging(reducer: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    def merge(key: Any, one: Any, other: Any) -> Any:
        return other if one is None else reducer(one, other)

    return merge
