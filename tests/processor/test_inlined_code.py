"""Lambdas in the code that a task runs: records come out, and errors are told, as if they were called."""

from __future__ import annotations

import builtins
import sys
import traceback
from types import FunctionType

import pytest

from kstream_cli import StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import ProcessingError
from kstream_cli.processor import code
from kstream_cli.processor.code import Code, function_of, position_of

TEXT = {"key": str, "value": str}
limit = 3

# As kstream's own code calls some things, and as what is built in: neither may be mistaken for the other.
timestamp = headers = "a global"
value_1 = "another global"
list = range = Exception = None


def results(build, *records):
    """What a topology of one input and output makes of records."""
    builder = StreamsBuilder()
    build(builder.stream("in", **TEXT)).to("out", **TEXT)
    with TopologyTestDriver(builder.build()) as driver:
        driver.input("in", **TEXT).pipe([*records])
        return driver.output("out", **TEXT).read()


def failure(build, *records):
    with pytest.raises(ProcessingError) as caught:
        results(build, *records)
    return caught.value


def line_of(text):
    """The number of the line of this file that says so, first."""
    with open(__file__, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


names = {}


@pytest.fixture(autouse=True)
def in_line(monkeypatch):
    """Also where the tests themselves are watched, as for their coverage."""
    monkeypatch.setattr(code, "wanted", lambda: True)


@pytest.mark.parametrize(("wanted", "caller"), [(True, "function"), (False, "<lambda>")])
def test_a_lambda_is_in_line_and_no_call_of_its_own_where_that_is_wanted(wanted, caller, monkeypatch):
    monkeypatch.setattr(code, "wanted", lambda: wanted)
    seen = []

    def look(value):
        seen.append(sys._getframe(1).f_code.co_name)
        return value

    monkeypatch.setitem(names, "look", look)
    assert results(lambda stream: stream.map_values(lambda value: names["look"](value), value=str), ("k", "v"))
    assert seen == [caller]


def test_every_operator_takes_lambdas():
    assert results(
        lambda stream: (
            stream.filter(lambda key, value: key != "" and value != "")
            .filter_not(lambda key, value: value.startswith("-"))
            .map_values(lambda value: value + "!", value=str)
            .map_values(lambda key, value: value + key, with_key=True, value=str)
            .map(lambda key, value: (value, key), **TEXT)
            .select_key(lambda key, value: key + value, key=str)
            .flat_map(lambda key, value: [(key, value), (value, key)], **TEXT)
            .flat_map_values(lambda value: (value, value[:1]), value=str)
            .peek(lambda key, value: len(key))
        ),
        ("k", "v"),
        ("k", ""),
        ("", "v"),
        ("k", "-"),
    ) == [("v!kk", "k"), ("v!kk", "k"), ("k", "v!kk"), ("k", "v")]


@pytest.mark.parametrize("with_key", [False, True])
def test_a_join_takes_a_lambda(with_key):
    builder = StreamsBuilder()
    table = builder.table("table", **TEXT)
    stream = builder.stream("in", **TEXT)
    if with_key:
        joined = stream.left_join(table, lambda key, value, row: f"{key}{value}{row}{row}", with_key=True)
    else:
        joined = stream.left_join(table, lambda value, row: f"{value}{row}{row}")
    joined.to("out", value=str)
    with TopologyTestDriver(builder.build()) as driver:
        driver.input("table", **TEXT).pipe([("k", "r")])
        driver.input("in", **TEXT).pipe([("k", "v"), ("other", "v")])
        read = driver.output("out", **TEXT).read()
    assert [value for _, value in read] == (["kvrr", "othervNoneNone"] if with_key else ["vrr", "vNoneNone"])


def test_a_global_that_changes_is_seen_by_the_next_record(monkeypatch):
    builder = StreamsBuilder()
    builder.stream("in", **TEXT).map_values(lambda value: ascii(value) + str(limit), value=str).to("out", **TEXT)
    with TopologyTestDriver(builder.build()) as driver:

        def result():
            driver.input("in", **TEXT).pipe([("k", "v")])
            [(_, value)] = driver.output("out", **TEXT).read()
            return value

        assert result() == "'v'3"
        monkeypatch.setitem(globals(), "limit", 2)
        assert result() == "'v'2"
        monkeypatch.setattr(builtins, "ascii", lambda value: "changed")
        assert result() == "changed2"
        monkeypatch.setitem(globals(), "ascii", lambda value: "hidden")
        assert result() == "hidden2"
        monkeypatch.delitem(globals(), "ascii")
        monkeypatch.delitem(globals(), "limit")
        with pytest.raises(ProcessingError, match="NameError: name 'limit' is not defined"):
            result()


def test_a_users_name_is_not_taken_for_one_of_the_code_around_it():
    def build(stream):
        first = stream.map_values(lambda value: timestamp, value=str)
        return first.map_values(lambda value: value + value_1 + str(range) + str(list) + str(Exception), value=str)

    assert results(build, ("k", "v")) == [("k", "a globalanother globalNoneNoneNone")]


def test_globals_of_another_module_are_called_for(monkeypatch):
    function = lambda value: value + limit  # noqa: E731
    other = FunctionType(function.__code__, {"limit": "other"})
    body = Code("value")
    first, second = body.call("first", function, "value"), body.call("second", other, "value")
    assert str(first) == "(value + global__limit)"
    assert second.inlined is None
    body.line(f"return {first}, {second}", first)
    monkeypatch.setitem(globals(), "limit", "mine")
    assert body.function()("") == ("mine", "other")


def test_the_truth_of_a_result_is_asked_for_as_often_as_a_calls():
    class Asked:
        def __init__(self):
            self.times = 0

        def __bool__(self):
            self.times += 1
            return False

    def times(function):
        asked = Asked()

        def step(body, names):
            holds = body.condition("predicate", function, names.key, names.value)
            with body.block(f"if not {holds}:", holds):
                pass

        function_of(step)(asked, None, 0, ())
        return asked.times

    assert times(lambda key, value: key and value) == 2
    assert times(lambda key, value: key) == 1


@pytest.mark.parametrize(
    ("mapper", "message"),
    [
        (lambda key, value: 1, "TypeError: cannot unpack non-iterable int object"),
        (lambda key, value: (key, value, key), "ValueError: too many values to unpack (expected 2"),
        (lambda key, value: [key], "ValueError: not enough values to unpack (expected 2, got 1)"),
    ],
)
def test_what_is_no_pair_fails_as_a_calls_result_does(mapper, message, monkeypatch):
    in_line = str(failure(lambda stream: stream.map(mapper, **TEXT), ("k", "v")))
    assert message in in_line
    monkeypatch.setattr(code, "wanted", lambda: False)
    called = str(failure(lambda stream: stream.map(mapper, **TEXT), ("k", "v")))
    assert in_line.startswith(called)


def test_an_error_in_a_lambda_names_its_processor_file_and_line():
    error = failure(
        lambda stream: (
            stream.filter(lambda key, value: True, name="first")
            .map_values(lambda value: value[10], value=str, name="second")  # here it fails
            .peek(lambda key, value: None, name="third")
        ),
        ("k", ""),
    )
    assert error.node == "second"
    assert f"(at {__file__}:{line_of('# here it fails')} in " in str(error)
    assert str(error).endswith("<lambda>)")


def test_an_error_in_a_lambda_of_several_lines_is_in_its_own():
    error = failure(
        lambda stream: stream.map_values(
            lambda value: (
                value
                + value[10]  # in this line
                + value
            ),
            value=str,
            name="long",
        ),
        ("k", ""),
    )
    assert error.node == "long"
    assert f":{line_of('# in this line')} in " in str(error)


def test_an_error_below_a_lambda_is_where_it_is_raised(monkeypatch):
    def raising(value):
        raise KeyError(value)  # the place itself

    monkeypatch.setitem(names, "raising", raising)
    error = failure(lambda stream: stream.map_values(lambda value: names["raising"](value), value=str), ("k", "v"))
    assert f":{line_of('# the place itself')} in " in str(error)


@pytest.mark.parametrize(
    ("build", "node"),
    [
        (lambda stream: stream.filter(lambda key, value: value[10], name="it"), "it"),
        (lambda stream: stream.filter(lambda key, value: value and value[10], name="it"), "it"),
        (lambda stream: stream.filter_not(lambda key, value: value[10], name="it"), "it"),
        (lambda stream: stream.map(lambda key, value: (key, value[10]), name="it", **TEXT), "it"),
        (lambda stream: stream.select_key(lambda key, value: value[10], key=str, name="it"), "it"),
        (lambda stream: stream.flat_map(lambda key, value: [(key, value[10])], name="it", **TEXT), "it"),
        (lambda stream: stream.flat_map_values(lambda value: value[10], value=str, name="it"), "it"),
        (lambda stream: stream.peek(lambda key, value: value[10], name="it"), "it"),
    ],
)
def test_every_operator_tells_of_an_error_what_it_does_of_a_calls(build, node, monkeypatch):
    in_line = failure(build, ("k", "v"))
    monkeypatch.setattr(code, "wanted", lambda: False)
    called = failure(build, ("k", "v"))
    assert (in_line.node, str(in_line)) == (node, str(called))


def test_a_traceback_shows_the_users_expression_and_where_it_is():
    error = failure(lambda stream: stream.map_values(lambda value: value[10], value=str), ("k", ""))
    last = traceback.extract_tb(error.__cause__.__traceback__)[-1]
    assert last.line is not None
    assert last.lineno is not None
    assert f" = (value[10])  # '{__file__}:" in last.line
    assert str(position_of(last.filename, last.lineno)) == last.line.partition("# ")[2].strip("'")


def test_an_error_handler_goes_on_past_a_lambdas_error():
    builder = StreamsBuilder()
    builder.stream("in", **TEXT).map_values(lambda value: value[1], value=str).to("out", **TEXT)
    settings = {"processing.exception.handler": "LogAndContinueProcessingExceptionHandler"}
    with TopologyTestDriver(builder.build(), settings) as driver:
        driver.input("in", **TEXT).pipe([("k", "v"), ("k", "ab")])
        assert driver.output("out", **TEXT).read() == [("k", "b")]


def test_an_error_in_a_joiner_is_its_own():
    builder = StreamsBuilder()
    table = builder.table("table", **TEXT)
    joined = builder.stream("in", **TEXT).join(table, lambda value, row: value[10] + row, name="it")  # the joiner
    joined.to("out", value=str)
    with TopologyTestDriver(builder.build()) as driver:
        driver.input("table", **TEXT).pipe([("k", "r")])
        with pytest.raises(ProcessingError, match="'it'") as caught:
            driver.input("in", **TEXT).pipe([("k", "v")])
    assert f":{line_of('# the joiner')} in " in str(caught.value)


def test_a_text_of_several_lines_stays_as_it_is():
    def build(stream):
        return stream.filter(lambda key, value: True).map_values(
            lambda value: (
                """one
two # """
                + value
            ),
            value=str,
        )

    assert results(build, ("k", "v")) == [("k", "one\ntwo # v")]


def test_where_nodes_are_counted_one_by_one_lambdas_are_in_line_as_well(monkeypatch):
    seen = []

    def look(value):
        seen.append(sys._getframe(1).f_code.co_name)
        return value

    monkeypatch.setitem(names, "look", look)
    builder = StreamsBuilder()
    stream = builder.stream("in", **TEXT).map_values(lambda value: names["look"](value), value=str, name="first")
    stream.map_values(lambda value: value[10], value=str, name="second").to("out")
    settings = {"metrics.recording.level": "DEBUG"}
    with TopologyTestDriver(builder.build(), settings) as driver, pytest.raises(ProcessingError) as caught:
        driver.input("in", **TEXT).pipe([("k", "v")])
    assert seen == ["function"]
    assert caught.value.node == "second"


def test_an_error_below_a_merge_or_a_long_row_names_its_own_processor():
    def merged(stream):
        return stream.merge(stream.filter_not(lambda key, value: True)).map_values(str.upper, name="good", value=str)

    def long(stream):
        for number in builtins.range(20):
            stream = stream.map_values(str.upper, name=f"good{number}", value=str)
        return stream

    for build in (merged, long):
        error = failure(
            lambda stream, build=build: build(stream).map_values(lambda value: value[10], name="broken", value=str),
            ("k", "v"),
        )
        assert error.node == "broken"
