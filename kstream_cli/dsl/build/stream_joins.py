"""Joining a stream with another one within a window: its nodes, stores and repartitions, named as Java names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kstream_cli.dsl.build.join_options import JoinOptions
from kstream_cli.dsl.build.parts import StreamPart
from kstream_cli.dsl.build.repartition import repartitioned_for_join
from kstream_cli.dsl.graph import DslStore, GraphNode, GraphStore, StreamJoin
from kstream_cli.dsl.naming import checked_name
from kstream_cli.dsl.operators.join_window import JoinWindow
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.outer_stream_join import HeldRecords, OuterStreamJoin
from kstream_cli.dsl.operators.pass_through import PassThrough
from kstream_cli.dsl.operators.self_join import SelfJoin
from kstream_cli.dsl.operators.stream_stream_join import JoinSide, StreamStreamJoin
from kstream_cli.dsl.options import materialized
from kstream_cli.dsl.windows import JoinWindows
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import Operator
from kstream_cli.serde.join_side import JoinSideKeySerde, SideValueSerde
from kstream_cli.serde.list import ListSerde
from kstream_cli.serde.serde import Serde
from kstream_cli.state.builders import KeyValueStoreBuilder, WindowStoreBuilder
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import ProcessorNode


def join_streams(
    this: StreamPart,
    other: StreamPart,
    joiner: Joiner,
    options: JoinOptions,
    *,
    left_outer: bool,
    right_outer: bool,
) -> StreamPart:
    """The joined stream. `left_outer`, `right_outer`: that side's records come out unmatched, too."""
    windows = options.window
    assert windows is not None
    serdes = replace(
        options,
        key=options.key or this.key_serde or other.key_serde,
        value=options.value or this.value_serde,
        other_value=options.other_value or other.value_serde,
    )
    this_node = _copartitioned(this, options.name, "-left", serdes.key, serdes.value)
    other_node = _copartitioned(other, options.name, "-right", serdes.key, serdes.other_value)
    names = _JoinNames.taken(this, options, left_outer=left_outer, right_outer=right_outer)
    stores = _JoinStores.made(names, windows, serdes, left_outer=left_outer)
    if materialized(options.store).name is None:
        for store in (stores.this, stores.other, *stores.outer):
            builder = store.builder if isinstance(store, DslStore) else store
            this.names.unnamed.add_store(builder.name, logged=builder.logging)

    this_windowed = this.graph.add(_windowed(this_node, names.this_windowed, stores.this))
    other_windowed = this.graph.add(_windowed(other_node, names.other_windowed, stores.other))

    this_side = JoinSide(
        is_left=True, other_store=names.other_store, before_ms=windows.before_ms, after_ms=windows.after_ms
    )
    other_side = JoinSide(
        is_left=False, other_store=names.this_store, before_ms=windows.after_ms, after_ms=windows.before_ms
    )
    held = HeldRecords(
        store=names.outer_store,
        before_ms=windows.before_ms,
        after_ms=windows.after_ms,
        grace_ms=windows.grace_ms,
    )

    def side_node(name: str, windowed: str, side: JoinSide, *, outer: bool) -> ProcessorNode:
        if not left_outer:
            operator: Operator = StreamStreamJoin(side, joiner, options.headers)
            return ProcessorNode(name, operator, (windowed,), (side.other_store,))
        operator = OuterStreamJoin(side, joiner, held, keeps_unmatched=outer, headers=options.headers)
        return ProcessorNode(name, operator, (windowed,), (side.other_store, held.store))

    self_join = SelfJoin(
        store=names.this_store,
        before_ms=windows.before_ms,
        after_ms=windows.after_ms,
        retention_ms=windows.size_ms + windows.grace_ms,
        joiner=joiner,
        headers=options.headers,
    )
    join = StreamJoin(
        name=names.merge,
        parents=(this_windowed, other_windowed),
        nodes=(
            side_node(names.this_join, names.this_windowed, this_side, outer=left_outer),
            side_node(names.other_join, names.other_windowed, other_side, outer=right_outer),
            ProcessorNode(names.merge, PassThrough(), (names.this_join, names.other_join)),
        ),
        stores=stores.outer,
        null_keys_relaxed=left_outer or right_outer,
        copartitioned=True,
        this_windowed=names.this_windowed,
        other_windowed=names.other_windowed,
        self_join=ProcessorNode(names.merge, self_join, (names.this_windowed,), (names.this_store,)),
    )
    return StreamPart(this.graph, this.graph.add(join), names.merge, serdes.key, None)


def _copartitioned(
    stream: StreamPart,
    name: str | None,
    suffix: str,
    key: Serde[Any] | None,
    value: Serde[Any] | None,
) -> int:
    """The stream itself, or, where its key has changed, the repartition it must go through first."""
    if not stream.repartition_required:
        return stream.node
    prefix = None if name is None else checked_name(name + suffix)
    return repartitioned_for_join(stream.graph, stream.node, stream.name, name=prefix, key=key, value=value)[0]


def _windowed(parent: int, name: str, store: GraphStore) -> GraphNode:
    store_name = store.builder.name if isinstance(store, DslStore) else store.name
    node = ProcessorNode(name, JoinWindow(store_name), parents=(), stores=(store_name,))
    return GraphNode(name=name, parents=(parent,), nodes=(node,), stores=(store,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _JoinNames:
    """The names of a join's processors and stores."""

    this_windowed: str
    other_windowed: str
    this_join: str
    other_join: str
    merge: str
    this_store: str
    other_store: str
    outer_store: str

    @classmethod
    def taken(cls, stream: StreamPart, options: JoinOptions, *, left_outer: bool, right_outer: bool) -> _JoinNames:
        """Take the five indices of a join, in Java's order."""
        this_suffix = "-outer-this-join" if right_outer else "-this-join"
        other_suffix = "-outer-other-join" if left_outer else "-other-join"
        names, given = stream.names, options.name
        this_windowed = names.processor("KSTREAM-WINDOWED-", given, suffix="-this-windowed")
        other_windowed = names.processor("KSTREAM-WINDOWED-", given, suffix="-other-windowed")
        this_prefix = "KSTREAM-OUTERTHIS-" if right_outer else "KSTREAM-JOINTHIS-"
        this_join = names.processor(this_prefix)
        other_join = names.processor("KSTREAM-OUTEROTHER-" if left_outer else "KSTREAM-JOINOTHER-")
        base = materialized(options.store).name
        this_store = f"{this_join if base is None else base + this_suffix}-store"
        other_store = f"{other_join if base is None else base + other_suffix}-store"
        this_given, other_given = options.this_store, options.other_store
        if this_given is not None and other_given is not None and this_given.name == other_given.name:
            raise TopologyError(f"both stores of a stream-stream join are named {this_given.name!r}: name them apart")
        outer_base = base if this_given is None else this_given.name
        outer_suffix = "-outer-shared-join" if right_outer else "-left-shared-join"
        if outer_base is None:
            outer_store = "KSTREAM-OUTERSHARED-" + this_join.removeprefix(this_prefix)
        else:
            outer_store = outer_base + outer_suffix
        return cls(
            this_windowed=this_windowed,
            other_windowed=other_windowed,
            this_join=this_join if given is None else checked_name(given + this_suffix),
            other_join=other_join if given is None else checked_name(given + other_suffix),
            merge=names.processor("KSTREAM-MERGE-", given, suffix="-merge"),
            this_store=checked_name(this_store if this_given is None else this_given.name),
            other_store=checked_name(other_store if other_given is None else other_given.name),
            outer_store=checked_name(f"{outer_store}-store"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _JoinStores:
    """The window store of each side and, for left and outer joins, the store of records held unmatched."""

    this: GraphStore
    other: GraphStore
    outer: tuple[GraphStore, ...]

    @classmethod
    def made(cls, names: _JoinNames, windows: JoinWindows, options: JoinOptions, *, left_outer: bool) -> _JoinStores:
        key, value, other_value = options.key, options.value, options.other_value
        outer = KeyValueStoreBuilder(
            name=names.outer_store, key=JoinSideKeySerde(key), value=ListSerde(SideValueSerde(value, other_value))
        )
        kept_outer = _finished(outer, options)
        if options.this_store is not None:
            kept_outer = replace(outer, persistent=options.this_store.persistent)
        return cls(
            this=_window_store(names.this_store, windows, options, options.this_store, key, value),
            other=_window_store(names.other_store, windows, options, options.other_store, key, other_value),
            outer=(kept_outer,) if left_outer else (),
        )


def _window_store(
    name: str,
    windows: JoinWindows,
    options: JoinOptions,
    given: WindowStoreBuilder[Any, Any] | None,
    key: Serde[Any] | None,
    value: Serde[Any] | None,
) -> GraphStore:
    """One side's store. It keeps duplicates, so its changelog must not be compacted."""
    retention = windows.size_ms + windows.grace_ms
    if given is not None:
        if not given.retain_duplicates:
            raise TopologyError(f"store {name!r} of a stream-stream join must have retain_duplicates=True")
        if given.retention_ms != retention or given.window_size_ms != windows.size_ms:
            raise TopologyError(
                f"store {name!r} keeps windows of {given.window_size_ms} ms for {given.retention_ms} ms; "
                f"the join needs windows of {windows.size_ms} ms kept for {retention} ms (size + grace)"
            )
        return replace(given, key=given.key or key, value=given.value or value, log_headers=True)
    builder = WindowStoreBuilder(
        name=name,
        key=key,
        value=value,
        retention_ms=retention,
        window_size_ms=windows.size_ms,
        retain_duplicates=True,
        log_headers=True,
    )
    return _finished(builder, options, {"cleanup.policy": "delete"})


def _finished(
    builder: StoreBuilder[Any, Any], options: JoinOptions, settings: Mapping[str, str] | None = None
) -> GraphStore:
    """The builder with the logging and store type asked for."""
    option = materialized(options.store)
    logging = option.logging if options.logging is True else options.logging
    given = logging if isinstance(logging, Mapping) else {}
    builder = replace(builder, logging=logging is not False, changelog_config={**given, **(settings or {})})
    if option.store_type is None:
        return DslStore(builder)
    return replace(builder, persistent=option.store_type == "rocksdb")
