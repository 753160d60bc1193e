"""More pairs: edits that are made seldom."""

from __future__ import annotations

from typing import Any

from builds import ALL, NONE, SIZE, appended, empty, first, kept, pair_of, plain, several
from pairs import Build, Pair

from kstream_cli import BufferConfig, JoinWindows, Materialized, SessionWindows, StreamsBuilder, Suppressed, Topology

NEAR = JoinWindows.of_time_difference(50)


def foreign(kind: str = "join", by: Any = None) -> Build:
    by = by or (lambda value: f"k{str(value)[-1]}")

    def build(builder: StreamsBuilder) -> None:
        orders, users = builder.table("orders", store="orders"), builder.table("users", store="users")
        getattr(orders, kind)(users, pair_of, foreign_key=by, name="fk", store="joined")

    return build


def final(buffer: BufferConfig) -> Build:
    def build(builder: StreamsBuilder) -> None:
        table = builder.stream("views").group_by_key().windowed_by(SIZE).count(store="n")
        table.suppress(Suppressed.until_window_closes(buffer, name="final")).to_stream().foreach(nothing)

    return build


def nothing(key: Any, value: Any) -> None:
    """Looks, and does nothing."""


def counts_of_counts(store: str | None) -> Build:
    def build(builder: StreamsBuilder) -> None:
        options: dict[str, Any] = {} if store is None else {"store": store}
        counts = builder.stream("views").group_by_key().count(**options)
        counts.group_by(lambda key, value: (str(value), value), key=str, value=int, name="by-count").count(store="many")

    return build


def viewed(mapper: Any) -> Build:
    return kept("p", then=lambda table: table.map_values(mapper, store="view"))


def regrouped_table(selector: Any) -> Build:
    return kept("p", then=lambda table: table.group_by(selector, name="by").count(store="n"))


def sessions(merger: Any) -> Build:
    def build(builder: StreamsBuilder) -> None:
        windowed = builder.stream("views").group_by_key().windowed_by(SessionWindows.of_inactivity_gap(30))
        windowed.aggregate(empty, appended, merger, store="s", value=str)

    return build


def grouped(*, apart: bool) -> Build:
    def build(builder: StreamsBuilder) -> None:
        stream = builder.stream("views")
        (stream.select_key(first).group_by_key() if apart else stream.group_by(first)).count()

    return build


def two_processors(one: str, two: str) -> Build:
    """Both write the same rows, from two topics."""

    def build(builder: StreamsBuilder) -> Topology:
        topology = Topology()
        for topic, store in (("views", one), ("visits", two)):

            def process(record: Any, context: Any, store: str = store) -> None:
                context.store(store).put(record.key, record.value)

            topology.add_source(f"{topic}-source", topic).add_processor(topic, process, parents=f"{topic}-source")
            topology.add_state_store(plain(store), topic)
        return topology

    return build


def to_table(**options: Any) -> Build:
    def build(builder: StreamsBuilder) -> None:
        builder.stream("views").select_key(first).to_table(**options).to_stream().foreach(nothing)

    return build


def with_itself(builder: StreamsBuilder) -> None:
    stream = builder.stream("views")
    stream.join(stream, pair_of, NEAR, store="self").to("pairs")


def named_source(name: str | None) -> Build:
    def build(builder: StreamsBuilder) -> None:
        builder.stream("views", name=name).group_by_key().count()

    return build


def merged(*topics: str) -> Build:
    def build(builder: StreamsBuilder) -> None:
        streams = [builder.stream(topic) for topic in topics]
        together = streams[0]
        for each in streams[1:]:
            together = together.merge(each)
        together.group_by_key().count(store="n")

    return build


def spread(builder: StreamsBuilder) -> None:
    builder.stream("views").repartition(name="s").group_by_key().count(store="n")


def passed_through(builder: StreamsBuilder) -> None:
    builder.stream("views").through("own").group_by_key().count(store="n")


def joined_twice(*order: str) -> Build:
    def build(builder: StreamsBuilder) -> None:
        left = builder.stream("l")
        streams = {topic: builder.stream(topic) for topic in ("r", "s")}
        for topic in order:
            left.join(streams[topic], pair_of, NEAR).to(f"pairs-{topic}")

    return build


def looked_up(*, is_global: bool) -> Build:
    def build(builder: StreamsBuilder) -> None:
        views = builder.stream("views")
        if is_global:
            users = builder.global_table("users", store="users")
            views.join(users, pair_of, selector=lambda key, value: key).group_by_key().count(store="n")
        else:
            views.join(builder.table("users", store="users"), pair_of).group_by_key().count(store="n")

    return build


def last_time(record: Any, partition_time: int) -> int:
    return int(record.timestamp)


APART = tuple(
    (topic, f"k{number}", f"{topic}-{number}", number * 20) for number in range(12) for topic in ("views", "visits")
)
"""Records that tell which of two topics they come from."""

UNUSUAL: tuple[Pair, ...] = (
    Pair("another foreign key", foreign(), foreign(by=lambda value: f"k{len(str(value))}")),
    Pair("a foreign-key join that becomes a left one", foreign(), foreign("left_join")),
    Pair(
        "a smaller buffer", final(BufferConfig.unbounded()), final(BufferConfig.max_records(1000).shut_down_when_full())
    ),
    Pair(
        "a buffer without changelog", final(BufferConfig.unbounded()), final(BufferConfig.unbounded().without_logging())
    ),
    Pair("a store in the middle that loses its name", counts_of_counts("counts"), counts_of_counts(None)),
    Pair("another view of a table", viewed(lambda value: f"{value}!"), viewed(lambda value: f"{value}?")),
    Pair(
        "a table grouped by something else",
        regrouped_table(lambda key, value: (value, value)),
        regrouped_table(lambda key, value: (key, value)),
    ),
    Pair(
        "sessions merged in another way",
        sessions(lambda key, one, two: f"{one}{two}"),
        sessions(lambda key, one, two: f"{two}{one}"),
    ),
    Pair("a grouping written in two steps", grouped(apart=False), grouped(apart=True)),
    Pair("processors that exchange their stores", two_processors("a", "b"), two_processors("b", "a"), True, APART),
    Pair("a table of a stream that gets a name", to_table(), to_table(name="t")),
    Pair("a table of a stream whose store gets a name", to_table(name="t"), to_table(name="t", store="rows")),
    Pair("a self-join in one store", with_itself, with_itself, True, (), NONE, ALL),
    Pair("a self-join in two stores", with_itself, with_itself, True, (), ALL, NONE),
    Pair("a source that gets a name", named_source(None), named_source("in")),
    Pair("one of three streams less", merged("views", "visits", "clicks"), merged("views", "clicks"), False),
    Pair("three streams in another order", merged("views", "visits", "clicks"), merged("clicks", "views", "visits")),
    Pair("a topic of one's own instead of a repartition", spread, passed_through),
    Pair("two unnamed joins of one stream swapped", joined_twice("r", "s"), joined_twice("s", "r")),
    Pair("a table that becomes global", looked_up(is_global=False), looked_up(is_global=True)),
    Pair("a global table that becomes a table", looked_up(is_global=True), looked_up(is_global=False)),
    Pair("another time of records", spread, spread, True, (), {}, {"default.timestamp.extractor": last_time}),
    Pair("stores that are kept together", several(kept("p"), spread), several(spread, kept("p"))),
    Pair(
        "a materialised name for an unnamed view",
        kept("p", then=lambda t: t.map_values(str)),
        kept("p", then=lambda t: t.map_values(str, store=Materialized("view"))),
    ),
)
