"""Where the DSL's stores are kept when nothing else is said (`dsl.store.suppliers.class`, KIP-591)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from kstream_cli.logs import logger
from kstream_cli.state.builders import KeyValueStoreBuilder, SessionStoreBuilder, WindowStoreBuilder
from kstream_cli.state.store import StoreBuilder

log = logger(__name__)

DslStoreSuppliers: TypeAlias = Callable[[StoreBuilder[Any, Any]], StoreBuilder[Any, Any]]
"""Gives the builder to use for one that the DSL made: a changed copy, or one of another kind of the same interface."""


def on_disk(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
    """Keep it in RocksDB."""
    return replace(builder, persistent=True)


def in_memory(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
    """Keep it in memory; it is restored from its changelog at every start."""
    return replace(builder, persistent=False)


def warn_of_lost_results(builder: StoreBuilder[Any, Any]) -> None:
    """Say so where windows may expire before their final results go out: in memory a row goes as its retention ends."""
    if builder.persistent or not getattr(builder, "time_first", False):
        return
    if isinstance(builder, SessionStoreBuilder) or (
        isinstance(builder, WindowStoreBuilder) and builder.retention_ms <= builder.window_size_ms
    ):
        log.warning(
            "store %s is in memory and keeps rows for %d ms only: final results of windows may be gone before they are "
            "emitted. Give it a longer retention, Materialized(retention=…), or keep it on disk",
            builder.name,
            builder.retention_ms,
        )


def with_headers(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
    """Have its rows keep headers (`dsl.store.format`), where Java's do: in RocksDB, and not with a history."""
    if not builder.persistent:
        return builder
    if isinstance(builder, SessionStoreBuilder):
        return replace(builder, headers=True, aggregates_alone=True)
    if isinstance(builder, KeyValueStoreBuilder | WindowStoreBuilder) and builder.timestamped:
        return replace(builder, headers=True)
    return builder


def carrying_headers(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any] | None:
    """Have its rows keep headers, and go on with them; None where a store of its kind cannot."""
    if isinstance(builder, SessionStoreBuilder):
        return replace(builder, headers=True, aggregates_alone=False, carries_headers=True)
    is_map = isinstance(builder, KeyValueStoreBuilder) and builder.max_entries is not None
    if isinstance(builder, KeyValueStoreBuilder | WindowStoreBuilder) and not is_map:
        return replace(builder, timestamped=True, headers=True, carries_headers=True)
    return None


RocksDBDslStoreSuppliers: DslStoreSuppliers = on_disk
InMemoryDslStoreSuppliers: DslStoreSuppliers = in_memory
