"""Which lambdas are written in line, and that they do what a call does."""

from __future__ import annotations

import importlib.util
import linecache
import logging
import sys
import traceback
import warnings
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kstream_cli.processor.inlining import inlined, unmarked, wanted

limit = 3
logger = logging.getLogger(__name__)
say, stack_of = logger.info, traceback.extract_stack
modules = count(1)


def text_of(function, *arguments):
    found = inlined(function, arguments)
    return None if found is None else found.text


def module(folder, text):
    """A module of that text, imported from a file."""
    file = folder / f"users_{next(modules)}.py"
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_lambda_becomes_its_expression_over_the_names_around_it():
    assert text_of(lambda key, value: value[1:] + key, "key_1", "value_2") == "(value_2[1:] + key_1)"


def test_a_parameter_may_be_used_often_or_not_at_all():
    assert text_of(lambda key, value: value + value * value, "k", "v") == "(v + v * v)"
    assert text_of(lambda key, value: -key, "k", "v") == "(-k)"


def test_parameters_may_change_their_names_with_one_another():
    assert text_of(lambda key, value: (value, key), "value", "key") == "((key, value))"


def test_only_names_are_renamed():
    assert text_of(lambda key: key.key(key=key, other="key"), "k") == '(k.key(key=k, other="key"))'


def test_lambdas_on_one_line_are_told_apart():
    first, second = (lambda value: value + 1), (lambda value: value + 2)
    assert (text_of(first, "v"), text_of(second, "v")) == ("(v + 1)", "(v + 2)")


def test_letters_beyond_ascii_do_not_shift_what_is_renamed():
    assert text_of(lambda größe: ("äöü€", größe, "😀"), "v") == '(("äöü€", v, "😀"))'


def test_an_expression_keeps_its_lines_and_knows_where_they_are():
    function = lambda value: (  # noqa: E731
        value["a"]  # the first
        + value["b"]
    )
    found = inlined(function, ("v",))
    assert found.text == '(v["a"]  # the first\n        + v["b"])'
    assert str(found.position(1)) == f"{__file__}:{function.__code__.co_firstlineno + 2} in {function.__qualname__}"


@pytest.mark.parametrize(
    "function",
    [
        lambda value: f"{value[:3]}|{value!r:>{limit}}",
        lambda value: f"a{value}",
        lambda value: f"{value['a']}" + f"{value['b']}",
    ],
)
def test_f_strings_are_expressions_as_well(function):
    expression = unmarked(compile(inlined(function, ("v_1",)).text, "", "eval"))
    for value in ("text", {"a": 1, "b": 2}):
        assert outcome(lambda: eval(expression, globals(), {"v_1": value})) == outcome(lambda: function(value))  # noqa: B023


def test_an_f_string_that_shows_a_name_stays_a_call():
    assert text_of(lambda value: f"{value=}", "v") is None


def test_global_names_are_marked_and_looked_up_where_the_lambda_does():
    found = inlined(lambda value: len(value) > limit, ("limit",))
    assert found.text == "(global__len(limit) > global__limit)"
    assert found.globals is globals()


def test_without_a_global_name_it_needs_no_module():
    assert inlined(lambda value: value.upper(), ("v",)).globals is None


def named(value):
    return value


class Users:
    __secret = 1

    def method(self, value):
        return value

    private = lambda value: value.__secret  # noqa: E731


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(named, id="a function with a name"),
        pytest.param(Users().method, id="a method"),
        pytest.param(str.upper, id="one written in C"),
        pytest.param(partial(lambda value, other: value, other=1), id="a partial"),
        pytest.param(lambda: 1, id="too few parameters"),
        pytest.param(lambda value, other: value, id="too many parameters"),
        pytest.param(lambda value, other=1: value, id="a default"),
        pytest.param(lambda *values: values, id="any number of arguments"),
        pytest.param(lambda value, *values: values, id="more arguments"),
        pytest.param(lambda value, **more: more, id="named arguments"),
        pytest.param(lambda value, *, other=1: other, id="a keyword-only parameter"),
        pytest.param((lambda free: lambda value: value + free)(1), id="a closure"),
        pytest.param(lambda value: lambda: 1, id="a lambda inside"),
        pytest.param(lambda value: [each for each in value], id="a list comprehension"),  # noqa: C416
        pytest.param(lambda value: {each for each in value}, id="a set comprehension"),  # noqa: C416
        pytest.param(lambda value: {each: 1 for each in value}, id="a dict comprehension"),  # noqa: C420
        pytest.param(lambda value: sum(each for each in value), id="a generator expression"),
        pytest.param(lambda value: (found := value) + found, id="a walrus"),
        pytest.param(lambda value: (yield value), id="a generator"),
        pytest.param(lambda value: locals(), id="its names"),
        pytest.param(lambda value: eval("value"), id="its names as source"),
        pytest.param(lambda value: breakpoint(), id="a breakpoint"),
        pytest.param(lambda value: sys._getframe(0), id="its frame"),
        pytest.param(lambda value: logger.info(value), id="a log line, which tells where it comes from"),
        pytest.param(lambda value: logger.log(20, value), id="a log line of any level"),
        pytest.param(lambda value: say(value), id="a log line under another name"),
        pytest.param(lambda value: stack_of(), id="its callers under another name"),
        pytest.param(lambda value: value.global__len, id="a name like the marked ones"),
        pytest.param(Users.private, id="a class' private name"),
        pytest.param(lambda value: __debug__, id="a name that is a constant"),
        pytest.param(eval("lambda value: value"), id="one without a source"),
    ],
)
def test_what_is_not_sure_stays_a_call(function):
    assert text_of(function, "v") is None


def test_arguments_that_are_no_names_make_it_a_call():
    assert text_of(lambda key, value: value, "key", "row[0]") is None
    assert text_of(lambda key, value: value, "same", "same") is None


@pytest.mark.parametrize("now", ["value + 2", "value - 1", "True + 1", "value + True", "value +  1", "value, 1"])
def test_a_source_that_changed_after_the_import_is_not_taken(tmp_path, now):
    users = module(tmp_path, "function = lambda value: value + 1\n")
    with open(users.__file__, "w", encoding="utf-8") as file:
        file.write(f"function = lambda value: {now}\n")
    linecache.checkcache(users.__file__)
    assert text_of(users.function, "v") is None


def test_a_source_that_is_gone_is_not_missed(tmp_path):
    users = module(tmp_path, "\n\nfunction = lambda value: value + 1\n")
    (tmp_path / f"{users.__name__}.py").write_text("")
    linecache.checkcache(users.__file__)
    assert text_of(users.function, "v") is None


def test_a_module_with_future_features_is_no_different(tmp_path):
    users = module(tmp_path, "from __future__ import annotations\nfunction = lambda value: value + 1\n")
    assert text_of(users.function, "v") == "(v + 1)"


def test_a_lambda_that_ran_before_is_the_same():
    function = lambda value: value[0] + len(value)  # noqa: E731
    for _ in range(100):  # the interpreter has adapted its bytecode by now
        function([1, 2])
    assert text_of(function, "v") == "(v[0] + global__len(v))"


def test_an_escape_that_python_warns_of_stays_a_call(tmp_path):
    users = module(tmp_path, 'import re\nfunction = lambda value: re.split(r"\\d", value)\n')
    assert text_of(users.function, "v") is None


def test_functions_of_an_imported_module_are_called_in_line(tmp_path):
    users = module(tmp_path, "import json, os.path\nfunction = lambda value: os.path.basename(json.loads(value))\n")
    found = inlined(users.function, ("v",))
    assert found.text == "(global__os.path.basename(global__json.loads(v)))"
    assert found.globals is vars(users)


def test_python_warns_of_an_expression_once(tmp_path):
    with pytest.warns(SyntaxWarning):
        users = module(tmp_path, 'function = lambda value: value is not "x"\n')
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert text_of(users.function, "v") is None
    assert told == []


def test_python_without_columns_in_its_code_has_calls(tmp_path):
    users = module(tmp_path, "function = lambda value: value + 1\n")
    users.function.__code__ = users.function.__code__.replace(co_linetable=b"")
    assert text_of(users.function, "v") is None


@pytest.mark.parametrize(
    ("function", "decides"),
    [
        (lambda value: value and value, True),
        (lambda value: not (value or value), True),
        (lambda value: 1 < value < 3, True),
        (lambda value: value > 1, False),
        (lambda value: not value, False),
    ],
)
def test_an_expression_that_asks_for_truth_on_its_way_says_so(function, decides):
    assert inlined(function, ("v",)).decides is decides


def test_nothing_is_in_line_where_the_environment_says_so(monkeypatch):
    monkeypatch.setenv("KSTREAM_INLINE", "0")
    assert not wanted()


@pytest.mark.parametrize("watch", ["trace", "profile"])
def test_nothing_is_in_line_under_a_debugger_or_profiler(watch):
    get, put = getattr(sys, f"get{watch}"), getattr(sys, f"set{watch}")
    before = get()
    put(lambda frame, event, argument: None)
    try:
        found = wanted()
    finally:
        put(before)
    assert not found


def test_nothing_is_in_line_where_a_tool_monitors_the_code(monkeypatch):
    tools: list[str | None] = [None] * 6
    # Python 3.12 brought it.
    monkeypatch.setattr(sys, "monitoring", SimpleNamespace(get_tool=tools.__getitem__), raising=False)
    assert wanted()
    tools[4] = "coverage"
    assert not wanted()


def outcome(run):
    """What it gives, or how it fails."""
    try:
        result = run()
        return type(result), repr(result)
    except Exception as error:
        return type(error), str(error)


atoms = st.sampled_from(["a", "b", "limit", "len", "1", "2.5", "'x'", "None", "True", "unknown"])
operators = st.sampled_from(["+", "-", "*", "/", "%", "<", "==", "and", "or", "in"])


def larger(parts):
    """Expressions of some, over several lines now and then."""
    return st.one_of(
        st.builds("({}) {} ({})".format, parts, operators, parts),
        st.builds("({}, {})".format, parts, parts),
        st.builds("({})[{}]".format, st.sampled_from("ab"), parts),
        st.builds("{{{}: {}}}".format, parts, parts),
        st.builds("({}) if ({}) else {}".format, parts, parts, parts),
        st.builds("({}) <\n  ({}) <= ({})".format, parts, parts, parts),
        st.builds("len({})".format, parts),
        st.builds("not ({})".format, parts),
        st.builds("(\n{}\n)".format, parts),
        st.builds("f'a{{({})}}b{{a}}'".format, st.sampled_from(["a", "b + 1", "limit", "len(b)"])),
    )


@given(st.recursive(atoms, larger, max_leaves=8), st.integers(-2, 4), st.one_of(st.text("xy", max_size=2), st.none()))
def test_an_expression_in_line_does_what_its_call_does(expression, a, b):
    file = f"<generated {next(modules)}>"
    source = f"function = lambda a, b: ({expression})\n"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names: dict[str, Any] = {"limit": 3, "a": "a global", "b": "another"}
    exec(compile(source, file, "exec", dont_inherit=True), names)
    found = inlined(names["function"], ("b", "value_1"))
    assume(found is not None)
    code = unmarked(compile(f"lambda b, value_1: {found.text}", file, "eval", dont_inherit=True))
    assert outcome(lambda: eval(code, names)(a, b)) == outcome(lambda: names["function"](a, b))
