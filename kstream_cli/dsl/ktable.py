"""KTable: the latest value of each key, and how it changes (Java: KTable).

For joins and views: `table.getter()` reads rows (value_getter.py says how), `table.send_old_values()` makes the table
forward the old value of a row with the new one. Both have an unstored source table keep its rows in a store.
Between table operators a record's value is a change, the bare tuple `(new, old, is_latest)`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from kstream_cli.dsl.build.parts import TablePart, stored_or_view
from kstream_cli.dsl.build.suppression import suppressed_table
from kstream_cli.dsl.build.value_transform import transformed_table
from kstream_cli.dsl.joinable_table import JoinableTable
from kstream_cli.dsl.naming import checked_name
from kstream_cli.dsl.operators.group_table import GroupTable
from kstream_cli.dsl.operators.table_filter import TableFilter, kept_value
from kstream_cli.dsl.operators.table_map_values import TableMapValues, mapped_value
from kstream_cli.dsl.operators.to_stream import ToStream
from kstream_cli.dsl.options import Materialization, StoreOption, given_name, materialize_named
from kstream_cli.dsl.suppressed import Suppressed
from kstream_cli.dsl.value_getter import ViewGetter
from kstream_cli.processor.operator import Operator
from kstream_cli.processor.value_transformer import ValueTransformerSupplier
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import SerdeLike, serde_for

if TYPE_CHECKING:
    from kstream_cli.dsl.grouped_table import KGroupedTable
    from kstream_cli.dsl.kstream import KStream

K = TypeVar("K")
V = TypeVar("V")
K2 = TypeVar("K2")
V2 = TypeVar("V2")


class KTable(JoinableTable[K, V]):
    """The last value of each key (Java: KTable).

    `queryable_store_name` is the store's name if you gave one, otherwise None.

    Every operation gives a new table, or a stream. A wrong argument raises TopologyError where the topology is written.

    Example:
        >>> adults = people.filter(lambda name, age: age >= 18, store="adults")
        >>> adults.to_stream().to("adults")
    """

    @classmethod
    def of(cls, part: TablePart) -> KTable[Any, Any]:
        """The table with its operations."""
        return KTable(
            part.graph,
            part.node,
            part.name,
            part.key_serde,
            part.value_serde,
            getter=part.getter,
            queryable_store_name=part.queryable_store_name,
        )

    def filter(
        self, predicate: Callable[[K, V], Any], *, name: str | None = None, store: StoreOption = None
    ) -> KTable[K, V]:
        """Keep the rows for which `predicate(key, value)` is true; a row that leaves the table is written as null."""
        return self._filter(predicate, False, name, store)

    def filter_not(
        self, predicate: Callable[[K, V], Any], *, name: str | None = None, store: StoreOption = None
    ) -> KTable[K, V]:
        """Drop the rows for which `predicate(key, value)` is true; a row that leaves the table is written as null."""
        return self._filter(predicate, True, name, store)

    @overload
    def map_values(
        self,
        mapper: Callable[[V], V2],
        *,
        with_key: Literal[False] = False,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
    ) -> KTable[K, V2]: ...
    @overload
    def map_values(
        self,
        mapper: Callable[[K, V], V2],
        *,
        with_key: Literal[True],
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
    ) -> KTable[K, V2]: ...
    def map_values(
        self,
        mapper: Callable[..., V2],
        *,
        with_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[V2] | None = None,
    ) -> KTable[K, V2]:
        """Change the values: `mapper(value)`, or `mapper(key, value)` with `with_key=True`.

        It is not called for None.
        """
        kept = self._own_store(store, serde_for(value))
        compute = mapped_value(mapper, with_key=with_key)
        return self._add_table("KTABLE-MAPVALUES-", name, TableMapValues(compute, kept.queryable), kept, compute)

    def transform_values(
        self,
        supplier: ValueTransformerSupplier,
        *,
        stores: str | Collection[str] = (),
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[Any] | None = None,
    ) -> KTable[K, Any]:
        """Change the values with a ValueTransformer, which may use the state stores named in `stores` (KIP-292)."""
        kept = materialize_named(store, key=self.key_serde, value=serde_for(value))
        return KTable.of(transformed_table(self, supplier, stores, name, kept))

    def suppress(self, suppressed: Suppressed) -> KTable[K, V]:
        """Hold updates back until their window closes, or for a time, as `Suppressed` says (KIP-328).

        Example:
            >>> calm = people.suppress(Suppressed.until_time_limit(10_000, BufferConfig.max_records(1_000)))
        """
        return KTable.of(suppressed_table(self, suppressed))

    @overload
    def to_stream(self, *, name: str | None = None) -> KStream[K, V]: ...
    @overload
    def to_stream(self, key_mapper: Callable[[K, V], K2], *, name: str | None = None) -> KStream[K2, V]: ...
    def to_stream(self, key_mapper: Callable[[K, V], Any] | None = None, *, name: str | None = None) -> KStream[Any, V]:
        """The changes as a stream of new values (None: deleted); `key_mapper(key, value)` may give another key."""
        from kstream_cli.dsl.kstream import KStream

        added = self.names.processor("KTABLE-TOSTREAM-", name)
        stream = KStream[Any, V](
            self.graph, self.add_processor(added, ToStream()), added, self.key_serde, self.value_serde
        )
        return stream if key_mapper is None else stream.select_key(key_mapper)

    def group_by(
        self,
        selector: Callable[[K, V], tuple[K2, V2] | None],
        *,
        key: SerdeLike[K2] | None = None,
        value: SerdeLike[V2] | None = None,
        name: str | None = None,
    ) -> KGroupedTable[K2, V2]:
        """Group by a new key: `selector(key, value)` returns the (key, value) to aggregate, or None for none.

        Example:
            >>> by_age = people.group_by(lambda name, age: (age, name), key=int, value=str).count(store="by-age")
        """
        from kstream_cli.dsl.grouped_table import KGroupedTable

        selected = self.names.processor("KTABLE-SELECT-", name)
        node = self.add_processor(selected, GroupTable(selector))
        self.send_old_values()
        return KGroupedTable(
            self.graph,
            node,
            selected,
            serde_for(key),
            serde_for(value),
            grouping=name if name is None else checked_name(name),
        )

    def _filter(
        self, predicate: Callable[[K, V], Any], negate: bool, name: str | None, store: StoreOption
    ) -> KTable[K, V]:
        kept = self._own_store(store, self.value_serde)
        # Where old values cost nothing they spare downstream the tombstones of rows that were never there.
        takes_old = self.graph.send_old_values(self.node, force=False)
        compute = kept_value(predicate, negate=negate)
        operator = TableFilter(compute, kept.queryable, send_old_values=takes_old)
        return self._add_table("KTABLE-FILTER-", name, operator, kept, compute)

    def _own_store(self, store: StoreOption, value: Serde[Any] | None) -> Materialization:
        """What `store=` of an operation asks for: only a named store is made, an unnamed option burns an index."""
        if store is not None and given_name(store) is None:
            self.names.burn()
        return materialize_named(store, key=self.key_serde, value=value)

    def _add_table(
        self,
        prefix: str,
        name: str | None,
        operator: Operator,
        kept: Materialization,
        compute: Callable[[Any, Any], Any],
    ) -> KTable[K, Any]:
        """Add a table computed row by row from this one: kept in its own store, or a view."""
        added = self.names.processor(prefix, name)
        return KTable.of(stored_or_view(self, added, operator, kept, lambda: ViewGetter(self.getter(), compute)))
