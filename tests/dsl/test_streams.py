"""Streams beyond the recorded cases: printing, serdes that travel, through."""

from __future__ import annotations

import io

import pytest

from kstream_cli import StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import TopologyError
from kstream_cli.serde.built_in import LongSerde, StringSerde


def test_print_writes_label_key_and_value():
    builder, out = StreamsBuilder(), io.StringIO()
    stream = builder.stream("in", key=str, value=int)
    stream.print("seen", file=out)
    stream.print(mapper=lambda key, value: f"{key}={value}", file=out)
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("a", 1))
    assert out.getvalue() == "[seen]: a, 1\n[KSTREAM-SOURCE-0000000000]: a=1\n"


def test_print_appends_to_a_file(tmp_path):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).print("x", file=tmp_path / "log")
    for value in ("1", "2"):
        with TopologyTestDriver(builder) as driver:
            driver.input("in").pipe(("a", value))
    assert (tmp_path / "log").read_text(encoding="utf-8") == "[x]: a, 1\n[x]: a, 2\n"


def test_print_goes_to_standard_output(capsys):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).print("x")
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("a", "1"))
    assert capsys.readouterr().out == "[x]: a, 1\n"


def test_serdes_travel_and_a_configured_default_replaces_them_where_the_type_may_change():
    stream = StreamsBuilder().stream("in", key=str, value=int)
    same = stream.filter(lambda key, value: True).peek(print)
    assert isinstance(same.key_serde, StringSerde)
    assert isinstance(same.value_serde, LongSerde)
    assert stream.map_values(str).key_serde is same.key_serde
    default = StringSerde()
    assert same.value_serde.with_defaults(None, default) is same.value_serde
    assert stream.map_values(str).value_serde.with_defaults(None, default) is default
    assert stream.map_values(str).value_serde.with_defaults(None, None) is same.value_serde
    assert stream.map(lambda key, value: (value, key)).key_serde.with_defaults(default, None) is default
    assert stream.select_key(lambda key, value: value).value_serde is same.value_serde
    assert stream.merge(same).key_serde is None
    assert isinstance(stream.map_values(str, value=str).value_serde, StringSerde)


def test_a_missing_serde_is_named_with_its_node_and_how_to_give_it():
    builder = StreamsBuilder()
    builder.stream("in", key=str, name="source").map_values(str).to("out", value=str)
    with pytest.raises(TopologyError, match=r"source.*default\.value\.serde"), TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("a", 1))


def test_through_goes_on_from_the_topic_it_writes():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).through("between").map_values(str.upper).to("out", value=str)
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("a", "x"))
        assert driver.output("between").read() == [("a", "x")]
        assert driver.output("out").read() == [("a", "X")]
