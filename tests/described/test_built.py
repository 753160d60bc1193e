import json
from pathlib import Path

import pytest

from kstream_cli import (
    BufferConfig,
    JoinWindows,
    Processor,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.described.built import described
from kstream_cli.described.model import Position, Types, Windows
from kstream_cli.described.saved import from_json, json_of
from kstream_cli.errors import TopologyError
from kstream_cli.render.words import wait_text
from kstream_cli.testing.trace.tracer import Tracer

HERE = Path(__file__).parent


def line_of(text):
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line and "line_of" not in line)


def describe(builder, **settings):
    config = {"application.id": "app", **settings}
    return described(builder.build(config), name="mine", application_id="app", folder=HERE)


def node(found, name):
    return next(each for each in found.nodes() if each.name == name)


def by_operation(found, operation):
    return next(each for each in found.nodes() if each.operation == operation)


class Doubling(Processor):
    def process(self, record):
        self.context.forward(record.with_value(record.value * 2))


def of_length(key: str, value: str) -> int:
    return len(value)


def counted():
    builder = StreamsBuilder()
    words = builder.stream("lines", key=str, value=str)
    keyed = words.select_key(of_length)  # the key changes
    windows = TimeWindows.of_size(seconds=30).grace(seconds=5)
    keyed.group_by_key(key=int, value=str).windowed_by(windows).count(store="counts")  # counted
    return builder


def test_a_node_knows_the_line_that_adds_it_and_the_users_function():
    select = by_operation(describe(counted()), "select_key")
    assert select.position == Position(file="test_built.py", line=line_of("# the key changes"))
    (function,) = select.functions
    assert (function.role, function.name) == ("selector", "of_length")
    assert function.position == Position(file="test_built.py", line=line_of("def of_length"))


def test_windows_say_their_size_and_grace_and_the_store_its_retention_and_changelog():
    found = describe(counted())
    assert by_operation(found, "count").windows == Windows(kind="tumbling", size_ms=30_000, grace_ms=5_000)
    (store,) = found.stores()
    assert (store.kind, store.window_size_ms, store.retention_ms) == ("window", 30_000, 35_000)
    assert (store.changelog, store.key, store.value) == ("app-counts-changelog", "Long", "Long")


def test_types_follow_serdes_and_annotations():
    found = describe(counted())
    assert by_operation(found, "select_key").takes == Types(key="String", value="String")
    assert by_operation(found, "select_key").gives == Types(key="Long", value="String")
    assert by_operation(found, "count").gives == Types(key="Windowed[Long]", value="Long")


def test_types_follow_what_is_given_beside_a_lambda():
    builder = StreamsBuilder()
    stream = builder.stream("lines", key=str, value=str).map_values(lambda value: len(value), value=int)
    stream.split().branch(lambda key, value: value > 1)
    found = describe(builder)
    for operation in ("map_values", "split", "branch"):
        assert by_operation(found, operation).gives == Types(key="String", value="Long")


def test_types_are_not_known_where_a_step_may_have_changed_them():
    builder = StreamsBuilder()
    builder.stream("lines", key=str, value=str).map_values(lambda value: value[:1]).filter(lambda key, value: value)
    found = describe(builder)
    for operation in ("map_values", "filter"):
        assert by_operation(found, operation).gives == Types(key="String")


def test_a_repartition_topic_says_why_it_is_there():
    sink = next(each for each in describe(counted()).nodes() if each.repartition and each.kind == "sink")
    assert sink.repartition.operation == "select_key"
    assert sink.repartition.position.line == line_of("# the key changes")


def test_a_join_of_streams_has_both_sides_and_its_window():
    builder = StreamsBuilder()
    left, right = builder.stream("left", key=str, value=str), builder.stream("right", key=str, value=str)
    left.left_join(right, lambda one, other: one, JoinWindows.of_time_difference(seconds=10).grace(seconds=2))
    found = describe(builder)
    joins = [each for each in found.nodes() if each.join]
    assert [each.join.kind for each in joins] == ["left", "left"]
    assert {joins[0].join.this, joins[0].join.other} == {joins[1].join.this, joins[1].join.other}
    assert joins[0].windows == Windows(kind="join", before_ms=10_000, after_ms=10_000, grace_ms=2_000)


def test_a_side_of_a_join_that_is_read_as_it_is_has_its_topic():
    builder = StreamsBuilder()
    table = builder.table("customers", key=str, value=str)
    orders = builder.stream("orders", key=str, value=str)
    orders.filter(lambda key, value: True).join(table, lambda one, other: one, name="kept")
    orders.join(table, lambda one, other: one, name="all")
    found = describe(builder)
    assert (node(found, "all").join.this_topic, node(found, "all").join.other_topic) == ("orders", "customers")
    assert (node(found, "kept").join.this_topic, node(found, "kept").join.other_topic) == (None, "customers")


@pytest.mark.parametrize("kind", ["inner", "left"])
def test_a_foreign_key_join_has_both_sides(kind):
    builder = StreamsBuilder()
    orders, customers = (builder.table(topic, key=str, value=str) for topic in ("orders", "customers"))
    join = orders.join if kind == "inner" else orders.left_join
    join(customers, lambda one, other: one, foreign_key=lambda order: order, value=str, name="fk")
    found = describe(builder)
    (resolve,) = [each for each in found.nodes() if each.operation == "foreign_key_resolve"]
    assert (resolve.join.kind, resolve.join.this_topic, resolve.join.other_topic) == (kind, "orders", "customers")


def test_a_branch_is_known_by_the_split_above_it():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    branches = stream.split(name="kind-").branch(lambda key, value: True, name="one").default_branch(name="rest")
    branches["kind-one"].merge(branches["kind-rest"], name="all")
    found = describe(builder)
    operations = {name: node(found, name).operation for name in ("kind-", "kind-one", "kind-rest", "all")}
    assert operations == {"kind-": "split", "kind-one": "branch", "kind-rest": "branch", "all": "merge"}


def test_a_suppression_says_from_when_on_it_waits():
    builder = StreamsBuilder()
    rows = builder.table("rows", key=str, value=str, store="rows")
    rows.suppress(Suppressed.until_time_limit(5_000, BufferConfig.unbounded(), name="limited"))
    windows = builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(seconds=30))
    windows.count().suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="final"))
    found = describe(builder)
    assert [node(found, name).wait_after for name in ("limited", "final")] == ["first_update", "window_end"]
    assert [wait_text(node(found, name)) for name in ("limited", "final")] == [
        "until 5 s after a key's first update",
        "until their window has ended",
    ]


def test_what_drops_records_without_a_key_is_what_the_test_driver_drops():
    builder, expected = StreamsBuilder(), {}
    stream = builder.stream("in", key=str, value=str)
    other, table = builder.stream("other", key=str, value=str), builder.table("table", key=str, value=str)
    window = JoinWindows.of_time_difference(seconds=1)
    for name, join in {"inner": stream.join, "left": stream.left_join}.items():
        join(other, lambda one, two: one, window, name=f"stream-{name}").peek(print)
        join(table, lambda one, two: one, name=f"table-{name}")
        expected |= {f"stream-{name}-this-join": name == "inner", f"table-{name}": name == "inner"}
    grouped = stream.group_by_key()
    grouped.count(name="counted")
    grouped.windowed_by(TimeWindows.of_size(seconds=30)).count(name="windowed")
    grouped.windowed_by(SlidingWindows.of_time_difference(seconds=30)).count(name="sliding")
    grouped.windowed_by(SessionWindows.of_inactivity_gap(seconds=30)).count(name="sessions")
    stream.to_table(name="kept")
    expected |= dict.fromkeys(("counted", "windowed", "sliding", "sessions", "kept"), True)
    found = describe(builder)
    assert {name: node(found, name).drops_null_keys for name in expected} == expected
    topology, watch = builder.build({}), Tracer(Silent())
    with TopologyTestDriver(topology, {"application.id": "app"}, tracer=watch) as driver:
        driver.input("in").pipe("x", timestamp=0)
    assert {name: bool(watch.counts[name].dropped) for name in expected} == expected


@pytest.mark.parametrize("name", ["enriched", None])
@pytest.mark.parametrize(("join", "does"), [("join", "drop_null_keys"), ("left_join", "pass_on")])
def test_the_filter_before_a_repartition_topic_says_whether_records_without_a_key_pass(name, join, does):
    builder = StreamsBuilder()
    table = builder.table("rows", key=str, value=str)
    keyed = builder.stream("in", key=str, value=str).select_key(lambda key, value: value, key=str)
    getattr(keyed, join)(table, lambda one, two: one, name=name)
    found = describe(builder)
    sink = next(each for each in found.nodes() if each.kind == "sink")
    assert node(found, sink.parents[0]).operation == does
    assert node(found, sink.parents[0]).drops_null_keys == (does == "drop_null_keys")


class Silent:
    """Explains nothing: only what is counted as dropped shows."""

    def endings(self, node, visit):
        return ()

    def change_of(self, node, value):
        return None

    def facts_of_drop(self, node, visit, reason):
        return None


def test_a_join_with_a_global_table_names_the_store_it_reads():
    builder = StreamsBuilder()
    users = builder.global_table("users", key=str, value=str)
    builder.stream("clicks", key=str, value=str).join(users, lambda click, user: user, selector=lambda key, value: key)
    join = by_operation(describe(builder), "join")
    (store,) = describe(builder).global_stores
    assert join.global_stores == (store.store.name,)
    assert join.join.other_store == store.store.name


def test_a_processor_is_found_at_its_class():
    topology = (
        Topology()
        .add_source("read", "in", key=str, value=int)
        .add_processor("double", Doubling, parents="read")  # doubled
    )
    found = described(topology, name="mine", folder=HERE)
    double = node(found, "double")
    assert double.position.line == line_of("# doubled")
    assert double.functions[0].position.line == line_of("class Doubling")


def hash_of(function):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map_values(function)
    return by_operation(describe(builder), "map_values").functions[0].hash


def test_a_functions_hash_changes_with_its_code_but_not_with_its_place():
    first = hash_of(lambda value: value + "a")
    # A comment between the two moves the second.
    moved = hash_of(lambda value: value + "a")
    assert first == moved
    assert hash_of(lambda value: value + "b") != first


def test_a_functions_hash_knows_the_values_it_was_made_with():
    def adding(text):
        return lambda value: value + text

    assert hash_of(adding("a")) == hash_of(adding("a")) != hash_of(adding("b"))


def test_a_functions_hash_knows_the_functions_it_holds_and_no_addresses():
    def applying(*functions):
        return lambda value: [function(value) for function in functions]

    first = hash_of(applying(lambda value: value + "a", Doubling()))
    assert first == hash_of(applying(lambda value: value + "a", Doubling()))
    assert first != hash_of(applying(lambda value: value + "b", Doubling()))


def test_a_saved_topology_is_read_as_it_was():
    found = describe(counted())
    assert from_json(json_of(found)) == found


def test_a_saved_topology_may_have_half_a_character_in_a_name():
    topology = Topology().add_source("read\ud800", "in").add_sink("write", "out", parents="read\ud800")
    found = described(topology, name="half")
    assert from_json(json_of(found).encode(errors="backslashreplace").decode()) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": "kstream/topology",\n "version": 1,', "line 2"),
        ('{"schema": "kstream/topology", "version": 2}', "update kstream"),
        ('{"schema": "kstream/topology", "version": true}', '"version" of this topology is True'),
        ('{"schema": "other", "version": 1}', "its \"schema\" is 'other'"),
        ("[]", 'it has no "schema"'),
        ('{"schema": "kstream/topology", "version": 1, "topology": 3, "subtopologies": []}', "$.topology"),
    ],
)
def test_json_that_is_no_saved_topology_is_refused_with_the_reason(text, said):
    with pytest.raises(TopologyError) as refused:
        from_json(text)
    assert said in str(refused.value)


def test_lists_are_there_for_scripts_even_when_they_are_empty():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    document = json.loads(json_of(describe(builder)))
    assert (document["global_stores"], document["internal_topics"]) == ([], [])
