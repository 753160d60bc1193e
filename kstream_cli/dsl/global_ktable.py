"""GlobalKTable: a table that every instance holds whole (Java: GlobalKTable)."""

from __future__ import annotations

from typing import Generic, TypeVar

from kstream_cli.dsl.graph import Graph
from kstream_cli.dsl.value_getter import StoreGetter, ValueGetter

K = TypeVar("K")
V = TypeVar("V")


class GlobalKTable(Generic[K, V]):
    """A table that every instance keeps as a whole (Java: GlobalKTable, KIP-99), to be joined with streams by any key.

    `queryable_store_name` is the name of its store if you gave one, otherwise None.

    Example:
        >>> countries = builder.global_table("countries", key=str, value=str)
        >>> selector = lambda key, amount: key[:2]
        >>> joined = orders.join(countries, lambda amount, country: (country, amount), selector=selector)
    """

    def __init__(self, graph: Graph, store: str, *, queryable: bool) -> None:
        self.graph = graph
        self.store = store
        self.queryable_store_name = store if queryable else None

    def getter(self) -> ValueGetter:
        """How to read its rows; the store needs no connecting."""
        return StoreGetter(self.store)
