"""One record in, one out: map, map_values, select_key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_function, check_value_function
from kstream_cli.processor.code import Code, Names, StatelessOperator, Step


@dataclass(frozen=True, slots=True)
class Map(StatelessOperator):
    """Changes key and value."""

    mapper: Callable[[Any, Any], tuple[Any, Any]]

    def __post_init__(self) -> None:
        check_function(self.mapper, "mapper", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        mapper, key, value = code.bind("mapper", self.mapper), code.fresh("key"), code.fresh("value")
        code.line(f"{key}, {value} = {mapper}({names.key}, {names.value})")
        forward(code, names._replace(key=key, value=value))


@dataclass(frozen=True, slots=True)
class MapValues(StatelessOperator):
    """Changes the value; the mapper takes (value), or (key, value) with `with_key`."""

    mapper: Callable[..., Any]
    with_key: bool = False

    def __post_init__(self) -> None:
        check_value_function(self.mapper, "mapper", with_key=self.with_key)

    def write(self, code: Code, names: Names, forward: Step) -> None:
        mapper, value = code.bind("mapper", self.mapper), code.fresh("value")
        code.line(f"{value} = {mapper}({names.key + ', ' if self.with_key else ''}{names.value})")
        forward(code, names._replace(value=value))


@dataclass(frozen=True, slots=True)
class SelectKey(StatelessOperator):
    """Gives the record another key."""

    selector: Callable[[Any, Any], Any]

    def __post_init__(self) -> None:
        check_function(self.selector, "selector", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        selector, key = code.bind("selector", self.selector), code.fresh("key")
        code.line(f"{key} = {selector}({names.key}, {names.value})")
        forward(code, names._replace(key=key))
