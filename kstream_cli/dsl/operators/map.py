"""One record in, one out: map, map_values, select_key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.callables import check_function
from kstream_cli.dsl.arguments import check_value_function
from kstream_cli.processor.code import Code, Names, StatelessOperator, Step


@dataclass(frozen=True, slots=True)
class Map(StatelessOperator):
    """Changes key and value."""

    forwards_at_most_once: ClassVar[bool] = True

    mapper: Callable[[Any, Any], tuple[Any, Any]]

    def __post_init__(self) -> None:
        check_function(self.mapper, "mapper", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        pair = code.call("mapper", self.mapper, names.key, names.value)
        key, value = code.fresh("key"), code.fresh("value")
        code.line(f"{key}, {value} = {pair}", pair)
        forward(code, names._replace(key=key, value=value))


@dataclass(frozen=True, slots=True)
class MapValues(StatelessOperator):
    """Changes the value; the mapper takes (value), or (key, value) with `with_key`."""

    forwards_at_most_once: ClassVar[bool] = True

    mapper: Callable[..., Any]
    with_key: bool = False

    def __post_init__(self) -> None:
        check_value_function(self.mapper, "mapper", with_key=self.with_key)

    def write(self, code: Code, names: Names, forward: Step) -> None:
        arguments = names[:2] if self.with_key else names[1:2]
        mapped, value = code.call("mapper", self.mapper, *arguments), code.fresh("value")
        code.line(f"{value} = {mapped}", mapped)
        forward(code, names._replace(value=value))


@dataclass(frozen=True, slots=True)
class SelectKey(StatelessOperator):
    """Gives the record another key."""

    forwards_at_most_once: ClassVar[bool] = True

    selector: Callable[[Any, Any], Any]

    def __post_init__(self) -> None:
        check_function(self.selector, "selector", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        selected, key = code.call("selector", self.selector, names.key, names.value), code.fresh("key")
        code.line(f"{key} = {selected}", selected)
        forward(code, names._replace(key=key))
