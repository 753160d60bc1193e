"""The joins of a table with another one, on the same key or on a foreign key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.build.foreign_key import ForeignKey, join_on_foreign_key
from kstream_cli.dsl.build.parts import TablePart
from kstream_cli.dsl.build.table_joins import TableJoinOptions, join_tables
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import HeadersOption, ResultHeaders
from kstream_cli.dsl.operators.table_table_join import TableJoinKind
from kstream_cli.dsl.options import StoreOption
from kstream_cli.processor.partitioners import StreamPartitioner
from kstream_cli.serde.types import SerdeLike, serde_for

if TYPE_CHECKING:
    from kstream_cli.dsl.ktable import KTable

K = TypeVar("K")
V = TypeVar("V")
V2 = TypeVar("V2")
R = TypeVar("R")


class JoinableTable(TablePart, Generic[K, V]):
    """What KTable has for joins. A joiner takes (left, right), or (key, left, right) with `with_key=True`.

    Without `foreign_key` both tables have the same keys. With it, `foreign_key(value)` reads off each row the key of
    the other table's row to join it with (`foreign_key(key, value)` with `foreign_key_with_key=True`); a partitioner
    must be named where a table's topic is not partitioned by default: `partitioner` this one's, `other_partitioner`.
    The joined table is kept in a store only if `store` is given.
    """

    def join(
        self,
        other: KTable[Any, V2],
        joiner: Callable[..., R],
        *,
        foreign_key: Callable[..., Any] | None = None,
        foreign_key_with_key: bool = False,
        with_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[R] | None = None,
        partitioner: StreamPartitioner | None = None,
        other_partitioner: StreamPartitioner | None = None,
        headers: HeadersOption = None,
    ) -> KTable[K, R]:
        """A row for each key that both tables have."""
        keyed = ForeignKey.of(foreign_key, foreign_key_with_key, partitioner, other_partitioner)
        options = TableJoinOptions(name=name, store=store, value=serde_for(value), headers=ResultHeaders.of(headers))
        return _joined(self, other, Joiner(joiner, with_key), keyed, options, TableJoinKind.INNER)

    def left_join(
        self,
        other: KTable[Any, V2],
        joiner: Callable[..., R],
        *,
        foreign_key: Callable[..., Any] | None = None,
        foreign_key_with_key: bool = False,
        with_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[R] | None = None,
        partitioner: StreamPartitioner | None = None,
        other_partitioner: StreamPartitioner | None = None,
        headers: HeadersOption = None,
    ) -> KTable[K, R]:
        """A row for each key of this table; joined with None where the other one has no row for it."""
        keyed = ForeignKey.of(foreign_key, foreign_key_with_key, partitioner, other_partitioner)
        options = TableJoinOptions(name=name, store=store, value=serde_for(value), headers=ResultHeaders.of(headers))
        return _joined(self, other, Joiner(joiner, with_key), keyed, options, TableJoinKind.LEFT)

    def outer_join(
        self,
        other: KTable[K, V2],
        joiner: Callable[..., R],
        *,
        with_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        value: SerdeLike[R] | None = None,
        headers: HeadersOption = None,
    ) -> KTable[K, R]:
        """A row for each key of either table, joined with None for the one that is missing."""
        options = TableJoinOptions(name=name, store=store, value=serde_for(value), headers=ResultHeaders.of(headers))
        return _joined(self, other, Joiner(joiner, with_key), None, options, TableJoinKind.OUTER)


def _joined(
    this: Any,
    other: KTable[Any, Any],
    joiner: Joiner,
    foreign_key: ForeignKey | None,
    options: TableJoinOptions,
    kind: TableJoinKind,
) -> KTable[Any, Any]:
    check_kind(other, "a table's join", type(this), remedy=": of a stream, join its to_table()")
    this.require_same_builder(other)
    if foreign_key is None:
        made = join_tables(this, other, joiner, options, kind)
    else:
        is_left_join = kind is TableJoinKind.LEFT
        made = join_on_foreign_key(this, other, foreign_key, joiner, options, is_left_join=is_left_join)
    joined: KTable[Any, Any] = this.of(made)
    return joined
