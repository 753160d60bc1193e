"""Wrapping every processor of a topology (`processor.wrapper.class`, KIP-1112)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kstream_cli.config import Config
from kstream_cli.processor.operator import Operator

ProcessorWrapper: TypeAlias = Callable[[str, Operator], Operator]
"""(processor name, operator) -> the operator to run in its place, most often one that fuses the given one and puts a
callable of its own around it. Called for each processor, the DSL's included, when a task is built."""


def wrapper_of(config: Config) -> ProcessorWrapper | None:
    """The configured wrapper: a function, or a class or object with a method `wrap(name, operator)`.

    An object's `configure(config)`, if there is one, is called first.
    """
    given: Any = config.processor_wrapper_class
    if given is None:
        return None
    wrapper = given() if isinstance(given, type) else given
    configure = getattr(wrapper, "configure", None)
    if callable(configure):
        configure(config)
    wrap: ProcessorWrapper = getattr(wrapper, "wrap", wrapper)
    return wrap
