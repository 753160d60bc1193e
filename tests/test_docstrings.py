"""The docstrings of the public names: each name has one, and the examples in them run."""

import doctest
import inspect

import pytest

import kstream_cli
from kstream_cli import StreamsBuilder

NO_CLUSTER = {"HttpEndpoint", "KafkaStreams"}
"""Names whose examples need a running application."""

WITH_METHODS = [name for name in kstream_cli.__all__ if inspect.isclass(getattr(kstream_cli, name))]


def methods(name):
    """The public methods and properties that a class adds, by name."""
    for method, value in vars(getattr(kstream_cli, name)).items():
        if isinstance(value, classmethod | staticmethod):
            value = value.__func__
        if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield method


@pytest.mark.parametrize("name", WITH_METHODS)
def test_a_public_class_and_its_methods_say_what_they_do(name):
    documented = getattr(kstream_cli, name)
    assert inspect.getdoc(documented)
    assert [method for method in methods(name) if not inspect.getdoc(getattr(documented, method))] == []


@pytest.mark.parametrize("name", [name for name in WITH_METHODS if name not in NO_CLUSTER])
def test_the_examples_in_a_docstring_run(name):
    builder = StreamsBuilder()
    given = {each: getattr(kstream_cli, each) for each in kstream_cli.__all__} | {
        "builder": builder,
        "orders": builder.stream("orders", key=str, value=int),
        "people": builder.table("people", key=str, value=int, store="people"),
    }
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for example in doctest.DocTestFinder().find(getattr(kstream_cli, name), name, module=False, globs=given):
        assert runner.run(example).failed == 0, example.name
