"""Topologies that the hand-made pairs are made of, each with what one may edit as a parameter."""

from __future__ import annotations

from typing import Any

from pairs import Build

from kstream_cli import (
    BufferConfig,
    JoinWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    Topology,
)

SIZE = TimeWindows.of_size(100).grace(50)
NEAR = JoinWindows.of_time_difference(50)
ALL = {"topology.optimization": "all"}
NONE = {"topology.optimization": "none"}


def pair_of(left: Any, right: Any) -> str:
    return f"{left},{right}"


def first(key: Any, value: Any) -> str:
    return str(value)[:2]


def appended(key: Any, value: Any, total: Any) -> Any:
    return f"{total}{value}"


def empty() -> str:
    return ""


def counted(
    store: Any = "n", *, topic: Any = "views", before: Any = None, windows: Any = None, by: Any = None, **group: Any
) -> Build:
    """Counts records by key, in windows where some are given; grouped `by` a function where one is given."""

    def build(builder: StreamsBuilder) -> None:
        stream = builder.stream(topic)
        if before is not None:
            stream = before(stream)
        grouped: Any = stream.group_by_key(**group) if by is None else stream.group_by(by, **group)
        if windows is not None:
            grouped = grouped.windowed_by(windows)
        grouped.count(**({} if store is None else {"store": store}))

    return build


def kept(store: Any, *, then: Any = None) -> Build:
    """A table of a topic."""

    def build(builder: StreamsBuilder) -> None:
        table = builder.table("prices", **({} if store is None else {"store": store}))
        if then is not None:
            then(table)

    return build


def joined(kind: str = "join", *, turned: bool = False, window: Any = NEAR, **options: Any) -> Build:
    def build(builder: StreamsBuilder) -> None:
        left, right = builder.stream("l"), builder.stream("r")
        if turned:
            left, right = right, left
        getattr(left, kind)(right, pair_of, window, **options).to("pairs")

    return build


def several(*builds: Build) -> Build:
    def build(builder: StreamsBuilder) -> None:
        for each in builds:
            each(builder)

    return build


def passing(stream: Any) -> Any:
    return stream.filter(lambda key, value: True)


def a_views(stream: Any) -> Any:
    return stream.filter(lambda key, value: value == "v1")


def b_views(stream: Any) -> Any:
    return stream.filter(lambda key, value: value != "v1")


def branched(*, turned: bool = False, stores: tuple[Any, Any] = (None, None)) -> Build:
    """Two counts of two branches."""

    def build(builder: StreamsBuilder) -> None:
        split = builder.stream("views").split("by-")
        branches = [("a", lambda key, value: value == "v1"), ("b", lambda key, value: value != "v1")]
        for name, predicate in reversed(branches) if turned else branches:
            split = split.branch(predicate, name=name)
        made = split.no_default_branch()
        for name, store in zip(("b", "a") if turned else ("a", "b"), stores, strict=True):
            made[f"by-{name}"].group_by_key().count(**({} if store is None else {"store": store}))

    return build


def processed(store: Any, *, name: str = "p") -> Build:
    """A store of the Processor API's."""

    def build(builder: StreamsBuilder) -> Topology:
        def process(record: Any, context: Any) -> None:
            rows = context.store(store.name)
            rows.put(record.key, record.value)

        topology = Topology().add_source("source", "views").add_processor(name, process, parents="source")
        topology.add_state_store(store, name)
        return topology

    return build


def aggregated(value: Any, start: Any, add: Any, *, store: str = "sums") -> Build:
    def build(builder: StreamsBuilder) -> None:
        builder.stream("views").group_by_key().aggregate(lambda: start, add, store=store, value=value)

    return build


def foreign(*, name: str | None = None, before: Any = None, store: str | None = None) -> Build:
    def build(builder: StreamsBuilder) -> None:
        if before is not None:
            before(builder.stream("views"))
        orders, users = builder.table("orders", store="orders"), builder.table("users", store="users")
        options: dict[str, Any] = {"store": store} if store else {}
        orders.join(users, pair_of, foreign_key=lambda value: f"k{str(value)[-1]}", name=name, **options)

    return build


def suppressed(*, name: str | None = None, before: Any = None, wait: int = 40) -> Build:
    def build(builder: StreamsBuilder) -> None:
        stream = builder.stream("views")
        stream = stream if before is None else before(stream)
        table = stream.group_by_key().count(store="n")
        table.suppress(Suppressed.until_time_limit(wait, BufferConfig.unbounded(), name=name)).to_stream().to("late")

    return build


def regrouped(*, name: str | None = None, by: Any = first, store: str | None = "n", before: Any = None) -> Build:
    return counted(store, by=by, before=before, **({} if name is None else {"name": name}))


def through(**options: Any) -> Build:
    def build(builder: StreamsBuilder) -> None:
        builder.stream("views").repartition(**options).group_by_key().count(store="n")

    return build


def merged(*, turned: bool = False) -> Build:
    def build(builder: StreamsBuilder) -> None:
        one, two = builder.stream("views"), builder.stream("visits")
        (two.merge(one) if turned else one.merge(two)).group_by_key().count(store="n")

    return build


def enriched(*, left: bool = False, store: str | None = "users") -> Build:
    def build(builder: StreamsBuilder) -> None:
        users = builder.table("users", **({} if store is None else {"store": store}))
        views = builder.stream("views")
        (views.left_join if left else views.join)(users, pair_of).group_by_key().count(store="n")

    return build


def cogrouped(*topics: str) -> Build:
    def build(builder: StreamsBuilder) -> None:
        groups = [builder.stream(topic).group_by_key() for topic in topics]
        together = groups[0].cogroup(appended)
        for group in groups[1:]:
            together = together.cogroup(group, appended)
        together.aggregate(empty, store="all", value=str)

    return build


def plain(name: str = "rows", **options: Any) -> Any:
    return Stores.key_value(name, key=str, value=str, **options)


def window_rows(**options: Any) -> Any:
    return Stores.window(
        **{"name": "ws", "retention": 100_000, "window_size": 100, "key": str, "value": str, **options}
    )


def aggregated_twice(builder: StreamsBuilder) -> None:
    """Two aggregations of one stream whose key was changed."""
    stream = builder.stream("views").select_key(first)
    stream.group_by_key().count(store="n")
    stream.group_by_key().reduce(lambda one, two: f"{one}{two}", store="all")
