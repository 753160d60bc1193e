"""Which node raised, found in the traceback."""

import pytest

from kstream_cli.task.failing_node import failing_node


def passing_to(forward):
    def process(value):
        forward(value)

    return process


class Sink:
    def process(self, value):
        raise ValueError(value)


def caught(process):
    with pytest.raises(ValueError, match="x") as caught:
        process("x")
    return caught.value


def test_the_innermost_of_several_nodes_of_one_kind_is_named():
    last = passing_to(Sink().process)
    middle = passing_to(last)
    first = passing_to(middle)
    error = caught(first)
    assert failing_node(error, {"first": first, "middle": middle, "last": last}) == "last"


def test_a_method_is_told_from_that_of_another_object():
    one, other = Sink(), Sink()
    error = caught(passing_to(other.process))
    assert failing_node(error, {"one": one.process, "other": other.process}) == "other"


def test_an_error_from_elsewhere_has_no_node():
    assert failing_node(caught(int), {"sink": Sink().process}) is None
