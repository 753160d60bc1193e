"""Operators that write themselves as source."""

import traceback

import pytest

from kstream_cli import StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import ProcessingError
from kstream_cli.processor.code import Code, Names, calling, function_of, owner_of


def test_what_is_bound_is_used_and_never_read_as_source():
    got = []

    def step(code, names):
        code.line(f"{code.bind('add', got.append)}({code.bind('text', '); raise SystemExit')})")

    function_of(step)("k", "v", 0, ())
    assert got == ["); raise SystemExit"]


def test_a_line_belongs_to_the_node_that_wrote_it():
    def step(code, names):
        with code.owned_by("outer"):
            code.line("key")
            with code.owned_by("inner\n'node"):
                code.line(f"raise KeyError({names.key})")

    with pytest.raises(KeyError) as caught:
        function_of(step)("k", "v", 0, ())
    [frame] = [
        each for each in traceback.extract_tb(caught.value.__traceback__) if each.filename.startswith("<kstream")
    ]
    assert owner_of(frame.filename, frame.lineno) == "inner\n'node"
    assert frame.line == "raise KeyError(key)"


def test_nothing_written_is_a_function_that_does_nothing():
    def step(code, names):
        with code.block(f"if {names.key}:"), code.owned_by("empty"):
            pass

    assert function_of(step)("k", "v", 0, ()) is None


def test_two_functions_of_the_same_source_keep_their_own_things():
    got = []
    first, second = (function_of(calling(lambda *record, n=n: got.append((n, *record)))) for n in (1, 2))
    first("k", "v", 0, ())
    second("k", "v", 0, ())
    assert got == [(1, "k", "v", 0, ()), (2, "k", "v", 0, ())]


def test_a_block_without_a_line_stands_for_nothing():
    code = Code(*Names())
    with code.block("for _ in range(3):"):
        pass
    assert code.function()("k", "v", 0, ()) is None


@pytest.mark.parametrize("length", [1, 15, 16, 17, 40, 120])
def test_operators_that_nest_can_follow_one_another_without_end(length):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    for _ in range(length):
        stream = stream.flat_map_values(lambda value: [value + "."], value=str).filter(lambda key, value: True)
    stream.to("out")
    with TopologyTestDriver(builder.build()) as driver:
        driver.input("in", key=str, value=str).pipe([("k", "")])
        assert driver.output("out", key=str, value=str).read() == [("k", "." * length)]


@pytest.mark.parametrize("cached", [False, True])
def test_aggregations_can_follow_one_another_without_end(cached):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    for _ in range(30):
        stream = stream.group_by_key(key=str, value=str).reduce(lambda total, value: total + value).to_stream()
    stream.to("out")
    with TopologyTestDriver(builder.build(), {"statestore.cache.max.bytes": 1_000_000 if cached else 0}) as driver:
        driver.input("in", key=str, value=str).pipe([("k", ".")])
        assert driver.output("out", key=str, value=str).read() == [("k", ".")]


def test_an_error_in_the_middle_of_a_row_of_operators_names_its_own_processor():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str).filter(lambda key, value: True, name="first")
    stream.map_values(lambda value: value[10], name="second", value=str).peek(print, name="third").to("out")
    with TopologyTestDriver(builder.build()) as driver, pytest.raises(ProcessingError, match="'second'") as caught:
        driver.input("in", key=str, value=str).pipe([("k", "")])
    assert caught.value.node == "second"
    assert f"{__file__}:" in str(caught.value)
