"""The joins of a stream: with another stream, a table, or a global table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kstream_cli.dsl.build.join_options import JoinOptions, KeySelector
from kstream_cli.dsl.build.parts import StreamPart, TablePart
from kstream_cli.dsl.build.stream_joins import join_streams
from kstream_cli.dsl.build.stream_table_joins import join_global_table, join_table
from kstream_cli.dsl.global_ktable import GlobalKTable
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import HeadersOption, ResultHeaders
from kstream_cli.dsl.options import StoreOption
from kstream_cli.dsl.windows import JoinWindows
from kstream_cli.duration import Duration
from kstream_cli.errors import TopologyError
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.state.builders import WindowStoreBuilder

if TYPE_CHECKING:
    from kstream_cli.dsl.kstream import KStream
    from kstream_cli.dsl.ktable import KTable

K = TypeVar("K")
V = TypeVar("V")
V2 = TypeVar("V2")
R = TypeVar("R")


class JoinableStream(StreamPart, Generic[K, V]):
    """What KStream has for joins. A joiner takes (left, right), or (key, left, right) with `with_key=True`.

    `name` names the join's processors and repartition topics. A join of two streams needs `window`, and its `store`
    names its stores, or gives their type and logging, too; `this_store`, `other_store` give the stores themselves. A
    join with a table may have a `grace`: records wait that long, by stream time, for late rows of a versioned table.
    A join with a global table needs `selector(key, value)`, which gives the key to look up; with
    `with_mapped_key=True` its joiner takes (key, mapped key, left, right) (KIP-1340).
    """

    def join(
        self,
        other: KStream[K, V2] | KTable[K, V2] | GlobalKTable[Any, V2],
        joiner: Callable[..., R],
        window: JoinWindows | None = None,
        *,
        selector: KeySelector | None = None,
        with_key: bool = False,
        with_mapped_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        this_store: WindowStoreBuilder[Any, Any] | None = None,
        other_store: WindowStoreBuilder[Any, Any] | None = None,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        other_value: SerdeLike[V2] | None = None,
        logging: bool | Mapping[str, str] = True,
        grace: Duration | None = None,
        headers: HeadersOption = None,
    ) -> KStream[K, R]:
        """Join each record with its matches; what matches nothing is dropped."""
        options = JoinOptions(
            name=name,
            window=window,
            selector=selector,
            grace=grace,
            store=store,
            this_store=this_store,
            other_store=other_store,
            logging=logging,
            headers=ResultHeaders.of(headers),
            key=serde_for(key),
            value=serde_for(value),
            other_value=serde_for(other_value),
        )
        return _joined(self, other, Joiner(joiner, with_key, with_mapped_key), options, left_outer=False)

    def left_join(
        self,
        other: KStream[K, V2] | KTable[K, V2] | GlobalKTable[Any, V2],
        joiner: Callable[..., R],
        window: JoinWindows | None = None,
        *,
        selector: KeySelector | None = None,
        with_key: bool = False,
        with_mapped_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        this_store: WindowStoreBuilder[Any, Any] | None = None,
        other_store: WindowStoreBuilder[Any, Any] | None = None,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        other_value: SerdeLike[V2] | None = None,
        logging: bool | Mapping[str, str] = True,
        grace: Duration | None = None,
        headers: HeadersOption = None,
    ) -> KStream[K, R]:
        """As `join`; a record of this stream without match is joined with None, in time: once its window has closed."""
        options = JoinOptions(
            name=name,
            window=window,
            selector=selector,
            grace=grace,
            store=store,
            this_store=this_store,
            other_store=other_store,
            logging=logging,
            headers=ResultHeaders.of(headers),
            key=serde_for(key),
            value=serde_for(value),
            other_value=serde_for(other_value),
        )
        return _joined(self, other, Joiner(joiner, with_key, with_mapped_key), options, left_outer=True)

    def outer_join(
        self,
        other: KStream[K, V2],
        joiner: Callable[..., R],
        window: JoinWindows,
        *,
        with_key: bool = False,
        name: str | None = None,
        store: StoreOption = None,
        this_store: WindowStoreBuilder[Any, Any] | None = None,
        other_store: WindowStoreBuilder[Any, Any] | None = None,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        other_value: SerdeLike[V2] | None = None,
        logging: bool | Mapping[str, str] = True,
        headers: HeadersOption = None,
    ) -> KStream[K, R]:
        """As `join`; a record of either stream without match is joined with None, once its window has closed."""
        options = JoinOptions(
            name=name,
            window=window,
            store=store,
            this_store=this_store,
            other_store=other_store,
            logging=logging,
            headers=ResultHeaders.of(headers),
            key=serde_for(key),
            value=serde_for(value),
            other_value=serde_for(other_value),
        )
        return _joined(self, other, Joiner(joiner, with_key), options, left_outer=True, right_outer=True)


def _joined(
    this: Any, other: object, joiner: Joiner, options: JoinOptions, *, left_outer: bool, right_outer: bool = False
) -> KStream[Any, Any]:
    """The join that `other` asks for, with the options checked against it."""
    if not isinstance(other, StreamPart | TablePart | GlobalKTable):
        raise TopologyError(f"a stream joins a KStream, a KTable or a GlobalKTable, not {other!r}")
    this.require_same_builder(other)
    if joiner.with_mapped_key and not isinstance(other, GlobalKTable):
        raise TopologyError("only a join with a GlobalKTable has a mapped key: leave out with_mapped_key=")
    made: StreamPart
    if isinstance(other, StreamPart):
        options.required("two streams", needs="window", takes=("store", "this_store", "other_store"))
        made = join_streams(this, other, joiner, options, left_outer=left_outer, right_outer=right_outer)
    elif right_outer:
        raise TopologyError(f"outer_join takes another stream, not {other!r}: a table has left_join")
    elif isinstance(other, TablePart):
        options.required("a stream with a table", takes=("grace",))
        made = join_table(this, other, joiner, options, left=left_outer)
    else:
        options.required("a stream with a global table", needs="selector")
        made = join_global_table(this, other.getter(), joiner, options, left=left_outer)
    joined: KStream[Any, Any] = this.of(made)
    return joined
