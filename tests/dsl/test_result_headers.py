"""Headers of aggregates and of joins' results by a rule: the newest record's, or what a function makes of them."""

from __future__ import annotations

import pytest

from kstream_cli import (
    BufferConfig,
    EmitStrategy,
    JoinWindows,
    Materialized,
    SessionWindows,
    SlidingWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    TopologyError,
    TopologyTestDriver,
)

CACHES = pytest.mark.parametrize("cache", [0, 1_000_000], ids=["uncached", "cached"])
FORMATS = pytest.mark.parametrize("store_format", ["DEFAULT", "HEADERS"])
AT_ONCE = {
    "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": 0,
}


def union(these, those):
    """Of both: every header, what came first in front."""
    return (*these, *those)


def settings(**given):
    return AT_ONCE | {name.replace("_", "."): value for name, value in given.items()}


def driver_of(builder, **given):
    return TopologyTestDriver(builder, settings(**given), start_ms=0)


def pipe(driver, topic, key, value, time, mark):
    driver.input(topic).pipe((key, value), timestamp=time, headers={"from": mark})


def read(driver, topic="out"):
    """Each result as (key, value, the marks of its headers)."""
    return [
        (record.key, record.value, " ".join(value.decode() for _, value in record.headers))
        for record in driver.output(topic).read_records()
    ]


def keyed(builder, topic="in"):
    return builder.stream(topic, key=str, value=str).group_by_key()


def written(table, value=int):
    """A windowed table's changes with their windows in the key's text."""
    (table.to_stream().map(lambda key, value: (f"{key.key}@{key.window.start}", value), key=str, value=value).to("out"))


@CACHES
@FORMATS
def test_a_count_has_the_headers_of_its_newest_record(cache, store_format):
    builder = StreamsBuilder()
    keyed(builder).count(headers="newest").to_stream().to("out", value=int)
    with driver_of(builder, statestore_cache_max_bytes=cache, dsl_store_format=store_format) as driver:
        for time, mark in ((1, "a"), (9, "b"), (5, "late"), (9, "c")):
            pipe(driver, "in", "k", "x", time, mark)
        assert read(driver) == [("k", 1, "a"), ("k", 2, "b"), ("k", 3, "b"), ("k", 4, "c")]


@CACHES
@pytest.mark.parametrize("value", [int, list], ids=["in line", "as bytes"])
def test_a_function_makes_an_aggregate_s_headers_of_those_so_far_and_a_record_s(cache, value):
    builder = StreamsBuilder()
    keyed(builder).aggregate(
        value, lambda key, new, kept: kept + value([1] if value is list else 1), value=value, headers=union
    ).to_stream().to("out", value=value)
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for mark in "abc":
            pipe(driver, "in", "k", "x", 1, mark)
        assert [marks for _, _, marks in read(driver)] == ["a", "a b", "a b c"]


@CACHES
def test_a_key_that_was_deleted_begins_anew(cache):
    builder = StreamsBuilder()
    keyed(builder).reduce(lambda kept, new: None if new == "stop" else kept + new, headers=union).to_stream().to("out")
    with driver_of(builder, statestore_cache_max_bytes=cache, default_value_serde=str) as driver:
        for value, mark in (("a", "1"), ("stop", "2"), ("b", "3")):
            pipe(driver, "in", "k", value, 1, mark)
        assert read(driver) == [("k", "a", "1"), ("k", None, "1 2"), ("k", "b", "3")]


@CACHES
@pytest.mark.parametrize("store_type", ["rocksdb", "in_memory"])
def test_windows_keep_the_headers_of_their_own_records(cache, store_type):
    builder = StreamsBuilder()
    store = Materialized(store_type=store_type)
    written(keyed(builder).windowed_by(TimeWindows.of_size(10).grace(50)).count(store=store, headers=union))
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for time, mark in ((1, "a"), (12, "b"), (3, "c")):
            pipe(driver, "in", "k", "x", time, mark)
        assert read(driver) == [("k@0", 1, "a"), ("k@10", 1, "b"), ("k@0", 2, "a c")]


@CACHES
@pytest.mark.parametrize(
    ("kind", "expected"),
    [("tumbling", {(2, "b")}), ("sliding", {(1, "a"), (1, "b"), (2, "b")}), ("session", {(2, "b")})],
)
def test_a_window_s_final_result_has_its_own_headers_and_not_those_of_the_record_that_closed_it(cache, kind, expected):
    builder = StreamsBuilder()
    windows = {
        "tumbling": TimeWindows.of_size(10),
        "sliding": SlidingWindows.of_time_difference(10),
        "session": SessionWindows.of_inactivity_gap(5),
    }[kind]
    closing = keyed(builder).windowed_by(windows).emit_strategy(EmitStrategy.on_window_close())
    written(closing.count(headers="newest"))
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for time, mark in ((11, "a"), (13, "b"), (25, "closes")):
            pipe(driver, "in", "k", "x", time, mark)
        found = read(driver)
    assert {(count, marks) for _, count, marks in found} == expected


@CACHES
def test_sliding_windows_take_over_the_headers_of_the_records_that_they_begin_with(cache):
    builder = StreamsBuilder()
    written(keyed(builder).windowed_by(SlidingWindows.of_time_difference(10)).count(headers=union))
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for time, mark in ((20, "a"), (25, "b")):
            pipe(driver, "in", "k", "x", time, mark)
        assert read(driver)[1:] == [("k@21", 1, "b"), ("k@15", 2, "a b")]


@CACHES
def test_sessions_that_grow_together_join_their_headers(cache):
    builder = StreamsBuilder()
    written(keyed(builder).windowed_by(SessionWindows.of_inactivity_gap(5).grace(50)).count(headers=union))
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for time, mark in ((1, "a"), (9, "b"), (5, "between")):
            pipe(driver, "in", "k", "x", time, mark)
        found = read(driver)
    assert found[-1] == ("k@1", 3, "a b between")
    assert {marks for _, count, marks in found if count is None} == {"between"}


@CACHES
def test_cogrouped_streams_share_the_rule(cache):
    builder = StreamsBuilder()
    (
        keyed(builder, "one")
        .cogroup(lambda key, value, kept: kept + value)
        .cogroup(keyed(builder, "two"), lambda key, value, kept: kept + value.upper())
        .aggregate(str, value=str, headers=union)
        .to_stream()
        .to("out", value=str)
    )
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        pipe(driver, "one", "k", "x", 1, "a")
        pipe(driver, "two", "k", "y", 1, "b")
        assert read(driver)[-1] == ("k", "xY", "a b")


@CACHES
def test_a_grouped_table_s_aggregate_has_a_rule_too(cache):
    builder = StreamsBuilder()
    rows = builder.table("in", key=str, value=str)
    rows.group_by(lambda key, value: (value, key), key=str, value=str).count(headers="newest").to_stream().to(
        "out", value=int
    )
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for key, time, mark in (("k1", 5, "a"), ("k2", 3, "older")):
            pipe(driver, "in", key, "group", time, mark)
        assert read(driver) == [("group", 1, "a"), ("group", 2, "a")]


@CACHES
@FORMATS
def test_suppress_holds_the_headers_back_with_the_result(cache, store_format):
    builder = StreamsBuilder()
    counts = keyed(builder).windowed_by(TimeWindows.of_size(10)).count(headers=union)
    written(counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded())))
    with driver_of(builder, statestore_cache_max_bytes=cache, dsl_store_format=store_format) as driver:
        for time, mark in ((1, "a"), (2, "b"), (100, "closes")):
            pipe(driver, "in", "k", "x", time, mark)
        assert read(driver) == [("k@0", 2, "a b")]


def joined(kind, windowed=None, **options):
    builder = StreamsBuilder()
    left, right = (builder.stream(topic, key=str, value=str) for topic in ("left", "right"))
    window = windowed or JoinWindows.of_time_difference(10).grace(5)
    getattr(left, kind)(right, lambda one, two: f"{one}+{two}", window, **options).to("out", value=str)
    return builder


@FORMATS
@pytest.mark.parametrize("kind", ["join", "left_join", "outer_join"])
@pytest.mark.parametrize("store_type", ["rocksdb", "in_memory"])
def test_two_streams_joined_have_the_headers_of_the_newer_record_or_of_both(kind, store_type, store_format):
    store = Materialized(name="s", store_type=store_type)
    for rule, expected in (("newest", "new"), (union, "new old")):
        with driver_of(joined(kind, store=store, headers=rule), dsl_store_format=store_format) as driver:
            pipe(driver, "left", "k", "L", 9, "new")
            pipe(driver, "right", "k", "R", 5, "old")
            assert read(driver) == [("k", "L+R", expected)]


@pytest.mark.parametrize("kind", ["left_join", "outer_join"])
def test_an_unmatched_record_goes_out_with_its_own_headers(kind):
    with driver_of(joined(kind, headers="newest")) as driver:
        for value, mark in (("A", "a"), ("B", "b")):
            pipe(driver, "left", "k", value, 5, mark)
        pipe(driver, "right", "other", "R", 100, "closes")
        assert read(driver)[:2] == [("k", "A+None", "a"), ("k", "B+None", "b")]


@pytest.mark.parametrize("optimization", ["none", "single.store.self.join"])
def test_a_stream_joined_with_itself_has_a_rule_in_both_forms(optimization):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    window = JoinWindows.of_time_difference(10).grace(5)
    stream.join(stream, lambda one, two: one + two, window, headers=union).to("out", value=str)
    with driver_of(builder, topology_optimization=optimization) as driver:
        pipe(driver, "in", "k", "x", 1, "a")
        pipe(driver, "in", "k", "y", 2, "b")
        assert read(driver)[1:] == [("k", "yx", "b a"), ("k", "xy", "a b"), ("k", "yy", "b b")]


@CACHES
@pytest.mark.parametrize("kind", ["join", "left_join"])
def test_a_function_sees_the_headers_of_a_table_s_row(cache, kind):
    builder = StreamsBuilder()
    table = builder.table("table", key=str, value=str).map_values(str.upper, value=str)
    stream = builder.stream("in", key=str, value=str)
    getattr(stream, kind)(table, lambda one, two: f"{one}{two}", headers=union).to("out", value=str)
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        pipe(driver, "table", "k", "row", 1, "table")
        pipe(driver, "in", "k", "x", 2, "stream")
        assert read(driver) == [("k", "xROW", "stream table")]


def test_a_stream_s_record_gives_the_headers_of_a_table_join_by_newest():
    builder = StreamsBuilder()
    table = builder.table("table", key=str, value=str)
    builder.stream("in", key=str, value=str).join(table, lambda one, two: one + two, headers="newest").to("out")
    with driver_of(builder, default_value_serde=str) as driver:
        pipe(driver, "table", "k", "row", 9, "table")
        pipe(driver, "in", "k", "x", 2, "stream")
        assert read(driver) == [("k", "xrow", "stream")]


@pytest.mark.parametrize("kind", ["join", "left_join"])
def test_a_function_sees_the_headers_of_a_global_table_s_row(kind):
    builder = StreamsBuilder()
    table = builder.global_table("table", key=str, value=str)
    stream = builder.stream("in", key=str, value=str)
    select = {"selector": lambda key, value: value, "headers": union}
    getattr(stream, kind)(table, lambda one, two: f"{one}{two}", **select).to("out", value=str)
    with driver_of(builder) as driver:
        pipe(driver, "table", "x", "row", 1, "table")
        pipe(driver, "in", "k", "x", 2, "stream")
        assert read(driver) == [("k", "xrow", "stream table")]


@CACHES
@pytest.mark.parametrize("kind", ["join", "left_join", "outer_join"])
@pytest.mark.parametrize("store", [None, "joined"])
def test_two_tables_joined_have_a_rule(cache, kind, store):
    for rule, expected in (("newest", ["new", "new"]), (union, ["new old", "new older"])):
        builder = StreamsBuilder()
        left, right = (builder.table(topic, key=str, value=str) for topic in ("left", "right"))
        table = getattr(left, kind)(right, lambda one, two: f"{one}+{two}", store=store, value=str, headers=rule)
        table.to_stream().to("out", value=str)
        with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
            pipe(driver, "left", "k", "L", 9, "new")
            pipe(driver, "right", "k", "R", 5, "old")
            pipe(driver, "right", "k", "S", 4, "older")
            found = [(value, marks) for _, value, marks in read(driver)][-2:]
        assert found == [("L+R", expected[0]), ("L+S", expected[1])]


def test_a_join_above_a_join_of_tables_sees_the_headers_of_all_rows():
    builder = StreamsBuilder()
    one, two = (builder.table(topic, key=str, value=str) for topic in ("one", "two"))
    both = one.join(two, lambda a, b: a + b, headers=union)
    builder.stream("in", key=str, value=str).join(both, lambda a, b: a + b, headers=union).to("out", value=str)
    with driver_of(builder) as driver:
        pipe(driver, "one", "k", "1", 1, "one")
        pipe(driver, "two", "k", "2", 1, "two")
        pipe(driver, "in", "k", "x", 1, "stream")
        assert read(driver) == [("k", "x12", "stream one two")]


@CACHES
@pytest.mark.parametrize("kind", ["join", "left_join"])
def test_a_foreign_key_join_has_the_headers_of_both_sides_whichever_changes(cache, kind):
    builder = StreamsBuilder()
    left, right = (builder.table(topic, key=str, value=str) for topic in ("left", "right"))
    table = getattr(left, kind)(
        right, lambda one, two: f"{one}+{two}", foreign_key=lambda value: value, value=str, headers=union
    )
    table.to_stream().to("out", value=str)
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        pipe(driver, "right", "f", "R", 1, "right")
        pipe(driver, "left", "k", "f", 2, "left")
        pipe(driver, "right", "f", "S", 3, "changed")
        assert read(driver)[-2:] == [("k", "f+R", "left right"), ("k", "f+S", "left changed")]


@CACHES
def test_the_changelog_has_the_aggregate_as_ever_with_its_headers_beside_it(cache):
    builder = StreamsBuilder()
    keyed(builder).count(store="counts", headers=union)
    with driver_of(builder, statestore_cache_max_bytes=cache) as driver:
        for mark in "ab":
            pipe(driver, "in", "k", "x", 1, mark)
        logged = [record for record in driver.produced if record.topic.endswith("-counts-changelog")]
        assert [record.value for record in logged] == [(1).to_bytes(8, "big"), (2).to_bytes(8, "big")]
        assert (
            list(logged[-1].headers)
            == list(driver.store("counts").get("k").headers)
            == [("from", b"a"), ("from", b"b")]
        )


def test_a_rule_for_the_whole_topology_is_a_setting():
    builder = StreamsBuilder()
    counts = keyed(builder).count(store="counts")
    counts.to_stream().join(builder.table("prices", key=str, value=int), lambda one, two: one * two).to(
        "out", value=int
    )
    with driver_of(builder, dsl_result_headers="newest") as driver:
        pipe(driver, "prices", "k", 10, 1, "price")
        for time, mark in ((5, "a"), (3, "late")):
            pipe(driver, "in", "k", "x", time, mark)
        assert read(driver) == [("k", 10, "a"), ("k", 20, "a")]


def test_without_a_rule_stores_and_results_are_as_java_s():
    builder = StreamsBuilder()
    keyed(builder).count(store="counts").to_stream().to("out", value=int)
    plain = builder.build().stores["counts"]
    assert not plain.headers
    assert not plain.carries_headers
    assert builder.build({"dsl.result.headers": "NEWEST"}).stores["counts"].carries_headers


@pytest.mark.parametrize(
    ("headers", "message"),
    [("oldest", "'newest', or a function"), (lambda one: one, "headers is called as"), (5, "must be a function")],
)
def test_what_is_no_rule_is_refused_where_it_is_given(headers, message):
    with pytest.raises(TopologyError, match=message):
        keyed(StreamsBuilder()).count(headers=headers)


def test_a_versioned_store_has_no_room_for_headers():
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.versioned("v", history_retention=100))
    keyed(builder).count(store=store, headers="newest")
    with pytest.raises(TopologyError, match="'v' has no room for them"):
        builder.build()


def test_the_setting_leaves_a_versioned_store_as_it_is():
    builder = StreamsBuilder()
    keyed(builder).count(store=Materialized(supplier=Stores.versioned("v", history_retention=100)))
    assert not builder.build({"dsl.result.headers": "NEWEST"}).stores["v"].headers


def test_headers_that_are_none_name_the_aggregation_and_the_record():
    builder = StreamsBuilder()
    keyed(builder).count(name="counting", headers=lambda kept, new: 5)
    with driver_of(builder) as driver, pytest.raises(Exception, match=r"counting.*headers are a list"):
        pipe(driver, "in", "k", "x", 1, "a")
