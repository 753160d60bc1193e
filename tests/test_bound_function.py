"""Lines that are a function of their own, or stand in other code."""

import traceback

import pytest

from kstream_cli.source_code import bound_function


def test_lines_become_a_function_with_the_things_they_name():
    seen = []
    note = bound_function(
        "note", "value", lambda bind: f"{bind('append', seen.append)}(value)\nreturn len({bind('seen', seen)})"
    )
    assert (note("a"), note("b"), seen) == (1, 2, ["a", "b"])


def test_two_functions_of_the_same_lines_do_not_share_what_they_name():
    first: list[str] = []
    second: list[str] = []
    notes = [
        bound_function("note", "value", lambda bind, to=to: f"{bind('to', to)}.append(value)")  # type: ignore[misc]
        for to in (first, second)
    ]
    notes[0]("a")
    notes[1]("b")
    assert (first, second) == (["a"], ["b"])
    assert notes[0].__code__ is notes[1].__code__


def test_tracebacks_show_the_lines():
    fail = bound_function("fail", "", lambda bind: "\n    number = 1\n    number / 0\n")
    with pytest.raises(ZeroDivisionError) as failure:
        fail()
    assert "number / 0" in "".join(traceback.format_exception(failure.value))
