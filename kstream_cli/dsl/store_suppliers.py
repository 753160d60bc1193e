"""Where the DSL's stores are kept when nothing else is said (`dsl.store.suppliers.class`, KIP-591)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from kstream_cli.state.store import StoreBuilder
from kstream_cli.state.stores import KeyValueStoreBuilder, SessionStoreBuilder, WindowStoreBuilder

DslStoreSuppliers: TypeAlias = Callable[[StoreBuilder[Any, Any]], StoreBuilder[Any, Any]]
"""Gives the builder to use for one that the DSL made: a changed copy, or one of another kind of the same interface."""


def on_disk(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
    """Keep it in RocksDB."""
    return replace(builder, persistent=True)


def in_memory(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
    """Keep it in memory; it is restored from its changelog at every start."""
    return replace(builder, persistent=False)


def with_headers(builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
    """Have its rows keep headers (`dsl.store.format`), where Java's do: in RocksDB, and not with a history."""
    if not builder.persistent:
        return builder
    if isinstance(builder, SessionStoreBuilder):
        return replace(builder, headers=True, aggregates_alone=True)
    if isinstance(builder, KeyValueStoreBuilder | WindowStoreBuilder) and builder.timestamped:
        return replace(builder, headers=True)
    return builder


RocksDBDslStoreSuppliers: DslStoreSuppliers = on_disk
InMemoryDslStoreSuppliers: DslStoreSuppliers = in_memory
