"""Wrong arguments are refused where they are given, by an error that says what is wanted."""

import re

import pytest

from kstream_cli import (
    BufferConfig,
    Config,
    JoinWindows,
    KafkaStreams,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import ConfigError, TopologyError

WINDOW = JoinWindows.of_time_difference(10)


@pytest.fixture
def builder():
    return StreamsBuilder()


@pytest.fixture
def stream(builder):
    return builder.stream("in", key=str, value=str)


@pytest.fixture
def table(builder):
    return builder.table("rows", key=str, value=str)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (lambda s: s.filter("x"), r"predicate\(key, value\) must be a function, not 'x'"),
        (
            lambda s: s.filter(lambda k: True),
            r"predicate is called as predicate\(key, value\), but .*lambda> takes \(k\)",
        ),
        (lambda s: s.map(lambda v: v), r"mapper\(key, value\)"),
        (lambda s: s.map_values(None), r"mapper\(value\) must be a function, not None"),
        (lambda s: s.map_values(lambda k, v: v), "with_key=True makes it"),
        (lambda s: s.flat_map(3), r"mapper\(key, value\)"),
        (lambda s: s.flat_map_values(lambda: 1), r"mapper\(value\)"),
        (lambda s: s.select_key("user"), "selector"),
        (lambda s: s.group_by(lambda k: k), "selector"),
        (lambda s: s.peek(1), "action"),
        (lambda s: s.foreach(None), "action"),
        (lambda s: s.print(mapper="x"), "mapper"),
        (lambda s: s.split().branch("x"), "predicate"),
        (lambda s: s.join(s, "x", WINDOW), r"joiner\(left, right\) must be a function"),
        (lambda s: s.join(s, lambda key, a, b: a, WINDOW), r"with_key=True makes it \(key, left, right\)"),
        (lambda s: s.group_by_key().reduce(lambda a: a), "reducer"),
        (lambda s: s.group_by_key().aggregate(0, lambda k, v, a: a), r"initializer\(\) must be a function, not 0"),
        (lambda s: s.group_by_key().aggregate(int, lambda k, v: v), r"aggregator\(key, value, aggregate\)"),
        (lambda s: s.group_by_key().windowed_by(TimeWindows.of_size(5)).aggregate(int, 7), "aggregator"),
        (lambda s: s.group_by_key().cogroup("x"), "aggregator"),
    ],
)
def test_a_function_is_checked_when_it_is_given(stream, operation, text):
    with pytest.raises(TopologyError, match=text):
        operation(stream)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (lambda t: t.filter("x"), "predicate"),
        (lambda t: t.map_values(lambda k, v: v), "with_key=True"),
        (lambda t: t.to_stream(lambda: 1), "selector"),
        (lambda t: t.group_by("x"), "selector"),
        (lambda t: t.group_by(lambda k, v: (k, v)).reduce(max, "x"), "subtractor"),
        (lambda t: t.group_by(lambda k, v: (k, v)).aggregate(int, 1, 2), "adder"),
        (lambda t: t.join(t, "x"), "joiner"),
        (lambda t: t.join(t, max, foreign_key="x"), r"foreign_key\(value\)"),
    ],
)
def test_a_function_of_a_table_is_checked_too(table, operation, text):
    with pytest.raises(TopologyError, match=text):
        operation(table)


def test_a_plain_function_is_taken_by_its_code(stream, monkeypatch):
    """A signature takes long to make, and a topology may have a thousand functions."""
    monkeypatch.setattr("inspect.signature", None)
    stream.filter(lambda key, value: True).map_values(lambda value, /: value).peek(lambda key, value=1: None)


def test_functions_that_do_not_tell_their_signature_are_taken(stream):
    stream.map_values(int).map_values(str.upper).filter(max).group_by_key().reduce(max)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (lambda s, t: s.merge(t), r"merge takes a KStream, .*to_stream\(\)"),
        (lambda s, t: s.merge(StreamsBuilder().stream("x")), "different StreamsBuilders"),
        (lambda s, t: s.join("t", max), "a stream joins a KStream, a KTable or a GlobalKTable"),
        (lambda s, t: s.join(s, max), "needs window="),
        (lambda s, t: s.join(s, max, TimeWindows.of_size(5)), "window= takes a JoinWindows"),
        (lambda s, t: s.outer_join(t, max, WINDOW), "a table has left_join"),
        (lambda s, t: t.join(s, max), "a table's join takes a KTable"),
        (lambda s, t: s.group_by_key().windowed_by(WINDOW), "windowed_by takes a TimeWindows or"),
        (lambda s, t: s.group_by_key().windowed_by(TimeWindows.of_size(5)).emit_strategy("close"), "EmitStrategy"),
        (lambda s, t: s.group_by_key().cogroup(lambda k, v, a: a).cogroup(t, max), "cogroup takes a KGroupedStream"),
        (lambda s, t: t.suppress("x"), "suppress takes a Suppressed"),
        (lambda s, t: Suppressed.until_time_limit(5, "x"), "Suppressed takes a BufferConfig"),
        (lambda s, t: Suppressed.until_time_limit(-5, BufferConfig.unbounded()), "must not be negative"),
        (lambda s, t: s.repartition(partitions=0), "partitions must be a whole number above 0"),
        (lambda s, t: s.filter(max, name=5), "name 5 is not allowed"),
        (lambda s, t: Stores.key_value(5), "name must be a non-empty text"),
    ],
)
def test_other_arguments_are_checked_for_their_kind(stream, table, operation, text):
    with pytest.raises(TopologyError, match=text):
        operation(stream, table)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (lambda b: b.stream(None), "stream takes a str"),
        (lambda b: b.stream("bad topic!"), "Kafka allows no topic named 'bad topic!'"),
        (lambda b: b.stream("x", timestamp_extractor=5), r"timestamp_extractor\(record, .*must be a function"),
        (lambda b: b.stream("x").to("out", partitioner=5), r"partitioner\(topic, .*must be a function"),
        (lambda b: b.stream("x").to("a/b"), "Kafka allows no topic named 'a/b'"),
        (lambda b: b.add_state_store("x"), "add_state_store takes a StoreBuilder"),
    ],
)
def test_the_builder_refuses_what_kafka_or_a_task_could_not_take(builder, operation, text):
    def build():
        operation(builder)
        builder.build()

    with pytest.raises(TopologyError, match=text):
        build()


def test_a_pattern_must_be_compiled():
    with pytest.raises(TopologyError, match=re.escape("re.compile('y.*')")):
        Topology().add_source("a", pattern="y.*")


@pytest.mark.parametrize(
    "run",
    [
        TopologyTestDriver,
        lambda topology: KafkaStreams(topology, {"application.id": "a", "bootstrap.servers": "localhost:1"}),
    ],
)
def test_only_a_topology_or_a_builder_is_run(run):
    with pytest.raises(TopologyError, match="a Topology or a StreamsBuilder is needed, not 5"):
        run(5)


@pytest.mark.parametrize("given", [5, "x", {5: 6}])
def test_a_configuration_is_a_mapping_of_texts(given):
    with pytest.raises(ConfigError, match=r"a configuration is a dict|a config key is a text"):
        Config.from_mapping(given)
