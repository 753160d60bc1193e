"""Source that kstream writes, as code."""

import traceback
from types import FunctionType

import pytest

from kstream_cli.source_code import function_code


def test_the_function_that_the_source_defines_is_given():
    assert FunctionType(function_code("def double(value):\n    return 2 * value\n", "<double>"), {})(4) == 8


def test_tracebacks_show_the_lines_by_pythons_count_of_them():
    fail = function_code("def fail():\n    text = '\x0c \u2028'\n    raise ValueError(text)\n", "<fail>")
    with pytest.raises(ValueError, match="\x0c") as caught:
        FunctionType(fail, {})()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == ("<fail>", 3, "raise ValueError(text)")
