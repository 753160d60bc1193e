"""Types as people write them, from a topic through state to a sink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kstream_cli import LogAndContinueProcessingExceptionHandler, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import ProcessingError


@dataclass(frozen=True)
class Place:
    shop: str
    region: str = "eu"


@dataclass
class Stat:
    total: float = 0.0
    n: int = 0


def test_json_keys_that_read_as_equal_objects_are_one_key() -> None:
    builder = StreamsBuilder()
    builder.stream("sales", key=Place, value=str).group_by_key().count(store="n").to_stream().to("counts")
    with TopologyTestDriver(builder) as driver:
        for key in (b'{"shop":"a"}', b'{"shop":"a","region":"eu"}', b'{"region":"eu","shop":"a"}'):
            driver.pipe_raw("sales", key, b"x", 0)
        assert driver.output("counts").read_values() == [1, 2, 3]
        assert [key for key, _ in driver.store("n").all()] == [Place("a")]


def test_a_field_that_old_json_lacks_is_written_downstream() -> None:
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=Place).filter(lambda key, place: place.region == "eu").to("out")
    with TopologyTestDriver(builder) as driver:
        driver.pipe_raw("in", b"k", b'{"shop":"a"}', 0)
        assert driver.produced[0].value == b'{"shop":"a","region":"eu"}'


def aggregated(initializer: Callable[[], Any], add: Callable[[Any, Any, Any], Any], kind: type) -> StreamsBuilder:
    builder = StreamsBuilder()
    grouped = builder.stream("in", key=str, value=float).group_by_key()
    grouped.aggregate(initializer, add, store="totals", value=kind).to_stream().to("out")
    return builder


def test_a_value_that_json_would_change_is_the_fault_of_its_own_record() -> None:
    builder = aggregated(Stat, lambda key, value, stat: Stat(stat.total + value, stat.n + 1), Stat)
    config = {"processing.exception.handler": LogAndContinueProcessingExceptionHandler}
    with TopologyTestDriver(builder, config) as driver:
        driver.input("in").pipe([("a", 1.0), ("a", float("nan")), ("b", 1.0), ("a", 2.0)])
        assert driver.output("out").read() == [("a", Stat(1.0, 1)), ("b", Stat(1.0, 1)), ("a", Stat(3.0, 2))]


def test_a_number_as_the_key_of_an_untyped_dict_is_refused_by_its_store() -> None:
    builder = aggregated(dict, lambda key, value, seen: {**seen, int(value): 1}, dict)
    with (
        TopologyTestDriver(builder) as driver,
        pytest.raises(ProcessingError, match=r"store 'totals'.*as in dict\[int, int\]") as error,
    ):
        driver.input("in").pipe([("a", 7.0)])
    assert "in-0@0" in str(error.value)


def test_a_sink_names_the_field_that_json_would_change() -> None:
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=float).map_values(lambda value: Stat(value), value=Stat).to("out")
    with TopologyTestDriver(builder) as driver, pytest.raises(ProcessingError, match=r"'out'.*\$\.total"):
        driver.input("in").pipe([("a", float("nan"))])
