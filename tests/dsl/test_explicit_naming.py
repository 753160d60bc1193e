"""Generated names of stores and internal topics: warned of at each build, or refused, exactly where Java does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from kstream_cli import (
    BufferConfig,
    JoinWindows,
    Materialized,
    SessionWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
)
from kstream_cli.dsl.builder import MOST_NAMED
from kstream_cli.errors import TopologyError

WITHIN = JoinWindows.of_time_difference(5)


def changed(builder: StreamsBuilder) -> Any:
    return builder.stream("in").select_key(lambda key, value: value)


def first(one: Any, other: Any) -> Any:
    return one


def whole(value: Any) -> Any:
    return value


def tables(builder: StreamsBuilder) -> Any:
    return builder.table("in", store="t"), builder.table("in2", store="u")


def suppressed(builder: StreamsBuilder, limits: BufferConfig, name: str | None = None) -> Any:
    held = Suppressed.until_time_limit(5, limits)
    return builder.table("in", store="t").suppress(held if name is None else held.with_name(name))


def joined_streams(stream: Callable[[StreamsBuilder], Any], **options: Any) -> Callable[[StreamsBuilder], Any]:
    return lambda b: stream(b).join(b.stream("in2"), first, window=WITHIN, **options)


def versioned(builder: StreamsBuilder) -> Any:
    return builder.table("t", store=Materialized(supplier=Stores.versioned("t", history_retention=100)))


def merged(builder: StreamsBuilder) -> None:
    stream = changed(builder)
    stream.group_by_key(name="g").count(store="b")
    stream.join(builder.table("t", store="t"), first).to("out")


def stores(*names: str) -> str:
    return f"stores {', '.join(names)}; changelog topics {', '.join(f'{name}-changelog' for name in names)}"


CASES: dict[str, tuple[Callable[[StreamsBuilder], Any], str]] = {
    "table": (lambda b: b.table("in").to_stream(), stores("in-STATE-STORE-0000000000")),
    "table with a store": (lambda b: b.table("in", store="t").filter(lambda key, value: True), ""),
    "table without a changelog": (
        lambda b: b.table("in", store=Materialized(logging=False)),
        "stores in-STATE-STORE-0000000000",
    ),
    "to_table": (lambda b: b.stream("in").to_table(), stores("KSTREAM-TOTABLE-STATE-STORE-0000000002")),
    "to_table of a changed key": (
        lambda b: changed(b).to_table(store="s"),
        "repartition topics KSTREAM-TOTABLE-0000000002-repartition",
    ),
    "global_table": (
        lambda b: b.stream("in").join(b.global_table("g"), first, selector=lambda key, value: key),
        "stores g-STATE-STORE-0000000001",
    ),
    "global_table with a store": (lambda b: b.global_table("g", store="g"), ""),
    "count": (lambda b: b.stream("in").group_by_key().count(), stores("KSTREAM-AGGREGATE-STATE-STORE-0000000001")),
    "count of a changed key, with a store": (lambda b: changed(b).group_by_key().count(store="c"), ""),
    "count of a named grouping": (
        lambda b: changed(b).group_by_key(name="g").count(),
        stores("KSTREAM-AGGREGATE-STATE-STORE-0000000002"),
    ),
    "grouped table": (
        lambda b: tables(b)[0].group_by(lambda key, value: (value, value)).count(),
        stores("KTABLE-AGGREGATE-STATE-STORE-0000000005"),
    ),
    "grouped table with a store": (
        lambda b: tables(b)[0].group_by(lambda key, value: (value, value)).count(store="c"),
        "",
    ),
    "windows": (
        lambda b: b.stream("in").group_by_key().windowed_by(TimeWindows.of_size(5)).count(),
        stores("KSTREAM-AGGREGATE-STATE-STORE-0000000001"),
    ),
    "sessions": (
        lambda b: b.stream("in").group_by_key().windowed_by(SessionWindows.of_inactivity_gap(5)).reduce(first),
        stores("KSTREAM-REDUCE-STATE-STORE-0000000001"),
    ),
    "cogroup with a store": (
        lambda b: changed(b).group_by_key().cogroup(lambda k, v, x: v).aggregate(lambda: "", store="c"),
        "",
    ),
    "cogroup": (
        lambda b: changed(b).group_by_key().cogroup(lambda k, v, x: v).aggregate(lambda: ""),
        stores("COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000002")
        + "; repartition topics COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000002-repartition",
    ),
    "suppress": (
        lambda b: suppressed(b, BufferConfig.unbounded()),
        "changelog topics KTABLE-SUPPRESS-STATE-STORE-0000000003-changelog",
    ),
    "suppress with a name": (lambda b: suppressed(b, BufferConfig.unbounded(), "s"), ""),
    "suppress without a changelog": (lambda b: suppressed(b, BufferConfig.unbounded().without_logging()), ""),
    "stream join": (
        joined_streams(lambda b: b.stream("in")),
        stores("KSTREAM-JOINTHIS-0000000004-store", "KSTREAM-JOINOTHER-0000000005-store"),
    ),
    "stream left join with a name": (
        lambda b: b.stream("in").left_join(b.stream("in2"), first, window=WITHIN, name="j"),
        stores(
            "KSTREAM-JOINTHIS-0000000004-store",
            "KSTREAM-OUTEROTHER-0000000005-store",
            "KSTREAM-OUTERSHARED-0000000004-store",
        ),
    ),
    "stream join with a store": (joined_streams(lambda b: b.stream("in"), store="j"), ""),
    "stream join of a changed key with a store": (
        joined_streams(changed, store="j"),
        "repartition topics KSTREAM-KEY-SELECT-0000000001-repartition",
    ),
    "stream join of a changed key with both": (joined_streams(changed, store="j", name="n"), ""),
    "table join": (lambda b: (lambda left, right: left.join(right, first))(*tables(b)), ""),
    "table join with an unnamed store": (
        lambda b: (lambda left, right: left.join(right, first, store=Materialized()))(*tables(b)),
        stores("KTABLE-MERGE-STATE-STORE-0000000004"),
    ),
    "table filter with an unnamed store": (
        lambda b: b.table("in", store="t").filter(lambda key, value: True, store=Materialized()),
        "",
    ),
    "foreign-key join": (
        lambda b: (lambda left, right: left.join(right, first, foreign_key=whole))(*tables(b)),
        stores("KTABLE-FK-JOIN-OUTPUT-STATE-STORE-0000000017"),
    ),
    "foreign-key join with a store": (
        lambda b: (lambda left, right: left.join(right, first, foreign_key=whole, store="fk"))(*tables(b)),
        "",
    ),
    "stream-table join of a changed key": (
        lambda b: changed(b).join(b.table("t", store="t"), first),
        "repartition topics KSTREAM-KEY-SELECT-0000000001-repartition",
    ),
    "stream-table join of a changed key with a name": (
        lambda b: changed(b).join(b.table("t", store="t"), first, name="j"),
        "",
    ),
    "stream-table join with grace": (
        lambda b: b.stream("in").join(versioned(b), first, grace=5),
        stores("KSTREAM-JOIN-0000000003-Buffer"),
    ),
    "stream-table join with grace and a name": (
        lambda b: b.stream("in").join(versioned(b), first, grace=5, name="j"),
        "",
    ),
    "repartition": (
        lambda b: b.stream("in").repartition().to("out"),
        "repartition topics KSTREAM-REPARTITION-0000000001-repartition",
    ),
    "repartition with a name": (lambda b: b.stream("in").repartition(name="r").to("out"), ""),
    "a repartition that is merged": (merged, "repartition topics KSTREAM-KEY-SELECT-0000000001-repartition"),
}
"""What is built, and what Kafka Streams 4.3.1 says of it."""

SETTINGS = {"application.id": "app", "default.key.serde": str, "default.value.serde": str}
EXPLICIT = "ensure.explicit.internal.resource.naming"


@pytest.mark.parametrize("optimization", ["none", "all"])
@pytest.mark.parametrize("case", CASES)
def test_generated_names_are_refused_or_warned_of_where_java_does(
    case: str, optimization: str, caplog: pytest.LogCaptureFixture
) -> None:
    build, unnamed = CASES[case]
    builder = StreamsBuilder()
    build(builder)
    settings = {**SETTINGS, "topology.optimization": optimization}
    with caplog.at_level(logging.WARNING, logger="kstream_cli.dsl"):
        builder.build(settings)
    warned = [record.args for record in caplog.records if isinstance(record.args, tuple) and record.args]
    assert [what for what, _ in warned] == ([unnamed] if unnamed else [])
    if not unnamed:
        builder.build({**settings, EXPLICIT: True})
        return
    with pytest.raises(TopologyError) as raised:
        builder.build({**settings, EXPLICIT: True})
    assert f"have generated names: {unnamed}. Name stores" in str(raised.value)


def test_the_warning_names_a_few_of_many(caplog: pytest.LogCaptureFixture) -> None:
    builder = StreamsBuilder()
    for number in range(MOST_NAMED + 2):
        builder.stream(f"read-{number}", key=str, value=str).group_by_key().count()
    with caplog.at_level(logging.WARNING, logger="kstream_cli.dsl"):
        builder.build(SETTINGS)
    (record,) = caplog.records
    assert record.getMessage().count("KSTREAM-AGGREGATE-STATE-STORE") == 2 * MOST_NAMED
    assert record.getMessage().count(" and 2 more") == 2
