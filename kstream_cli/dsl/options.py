"""Options of the DSL's stores: what `store=` takes, and the store builders that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from kstream_cli.dsl.graph import DslStore, GraphStore
from kstream_cli.dsl.naming import Names, checked_name
from kstream_cli.dsl.store_suppliers import in_memory, on_disk
from kstream_cli.duration import Duration
from kstream_cli.errors import TopologyError
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.state.builders import KeyValueStoreBuilder, VersionedStoreBuilder
from kstream_cli.state.store import StoreBuilder

StoreType: TypeAlias = Literal["rocksdb", "in_memory"]


@dataclass(frozen=True, slots=True)
class Materialized:
    """How a table is kept in a store (Java: Materialized). `store="counts"` is short for `Materialized("counts")`.

    `logging` is True, False, or settings of the changelog topic. `retention` (ms or a timedelta) is for windowed
    stores. `store_type` is "rocksdb" or "in_memory". `supplier` is another kind of store, such as a versioned one. A
    name that Kafka does not allow, or that differs from the supplier's, raises TopologyError.

    Example:
        >>> counts = orders.group_by_key().count(store=Materialized("counts", caching=False))
        >>> versioned = Stores.versioned("prices", history_retention=60_000)
        >>> prices = builder.table("prices", store=Materialized(supplier=versioned))
    """

    name: str | None = None
    key: SerdeLike[Any] | None = None
    value: SerdeLike[Any] | None = None
    logging: bool | Mapping[str, str] = True
    caching: bool = True
    retention: Duration | None = None
    store_type: StoreType | None = None
    supplier: StoreBuilder[Any, Any] | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            checked_name(self.name)
        if self.name is not None and self.supplier is not None and self.name != self.supplier.name:
            raise TopologyError(
                f"store {self.name!r} has a supplier named {self.supplier.name!r}: give one name, or the same twice"
            )
        if self.store_type not in (None, "rocksdb", "in_memory"):
            raise TopologyError(f"store type {self.store_type!r} is not known: use 'rocksdb' or 'in_memory'")


StoreOption: TypeAlias = str | Materialized | None
"""A store's name, or a Materialized; None keeps a generated name."""


@dataclass(frozen=True, slots=True)
class Materialization:
    """A Materialized with its name settled, ready to become a store builder."""

    store: str
    named: bool
    """The name was given, so that the table can be queried."""
    key: Serde[Any] | None
    value: Serde[Any] | None
    given: Materialized
    asked: bool = True
    """A `store=` was given at all."""

    @property
    def queryable(self) -> str | None:
        """The store's name if it was given."""
        return self.store if self.named else None

    @property
    def versioned(self) -> bool:
        return isinstance(self.given.supplier, VersionedStoreBuilder)

    def key_value_store(self) -> GraphStore:
        """The timestamped (or versioned) key-value store."""
        if self.given.supplier is None:
            return self.finished(KeyValueStoreBuilder(name=self.store, timestamped=True))
        supplier = self.given.supplier
        if isinstance(supplier, KeyValueStoreBuilder):
            supplier = replace(supplier, timestamped=True)
        elif not self.versioned:
            raise TopologyError(
                f"store {self.store!r} must be a key-value or versioned store, not {type(supplier).__name__}"
            )
        return self.finished(supplier)

    def finished(self, builder: StoreBuilder[Any, Any], *, caching: bool = True) -> GraphStore:
        """The builder with this store's name, serdes, logging, caching and type."""
        given = self.given
        settings = given.logging if isinstance(given.logging, Mapping) else {}
        done = replace(
            builder,
            name=self.store,
            key=self.key or builder.key,
            value=self.value or builder.value,
            logging=given.logging is not False and builder.logging,
            changelog_config={**builder.changelog_config, **settings},
            caching=given.caching and caching and not self.versioned,
        )
        if given.supplier is not None:
            return done
        return DslStore(done, {"rocksdb": on_disk, "in_memory": in_memory, None: None}[given.store_type])


def materialized(store: StoreOption) -> Materialized:
    """The Materialized that `store=` stands for."""
    if store is None:
        return Materialized()
    if isinstance(store, str):
        return Materialized(name=store)
    if isinstance(store, Materialized):
        return store
    raise TopologyError(f"store= takes a store's name or a Materialized, not {store!r}")


def given_name(store: StoreOption) -> str | None:
    """The store's name where one is given, by itself or by its supplier."""
    option = materialized(store)
    if option.name is None and option.supplier is not None:
        return option.supplier.name
    return option.name


def materialize(
    store: StoreOption,
    names: Names,
    prefix: str,
    *,
    key: Serde[Any] | None = None,
    value: Serde[Any] | None = None,
    is_global: bool = False,
) -> Materialization:
    """Settle the store's name (a generated one burns an index) and serdes; `key`, `value` are what is inherited."""
    option, name = materialized(store), given_name(store)
    if name is None:
        settled = names.store(prefix)
        names.unnamed.add_store(settled, logged=option.logging is not False and not is_global)
    else:
        settled = checked_name(name)
    return Materialization(
        store=settled,
        named=name is not None,
        key=serde_for(option.key) or key,
        value=serde_for(option.value) or value,
        given=option,
    )


def materialize_named(
    store: StoreOption, *, key: Serde[Any] | None = None, value: Serde[Any] | None = None
) -> Materialization:
    """As `materialize` for operations that keep a store only if it has a name; no index is burned."""
    option, name = materialized(store), given_name(store)
    return Materialization(
        store="" if name is None else checked_name(name),
        named=name is not None,
        key=serde_for(option.key) or key,
        value=serde_for(option.value) or value,
        given=option,
        asked=store is not None,
    )
