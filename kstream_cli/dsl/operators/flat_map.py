"""One record in, any number out: flat_map, flat_map_values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kstream_cli.callables import check_function
from kstream_cli.dsl.arguments import check_value_function
from kstream_cli.processor.code import Code, Names, StatelessOperator, Step


@dataclass(frozen=True, slots=True)
class FlatMap(StatelessOperator):
    """Forwards every (key, value) pair that the mapper gives."""

    mapper: Callable[[Any, Any], Iterable[tuple[Any, Any]]]

    def __post_init__(self) -> None:
        check_function(self.mapper, "mapper", "key", "value", yields=True)

    def write(self, code: Code, names: Names, forward: Step) -> None:
        pairs = code.call("mapper", self.mapper, names.key, names.value)
        key, value = code.fresh("key"), code.fresh("value")
        with code.block(f"for {key}, {value} in {pairs}:", pairs):
            forward(code, names._replace(key=key, value=value))


@dataclass(frozen=True, slots=True)
class FlatMapValues(StatelessOperator):
    """Forwards every value that the mapper gives; it takes (value), or (key, value) with `with_key`."""

    mapper: Callable[..., Iterable[Any]]
    with_key: bool = False

    def __post_init__(self) -> None:
        check_value_function(self.mapper, "mapper", with_key=self.with_key, yields=True)

    def write(self, code: Code, names: Names, forward: Step) -> None:
        arguments = names[:2] if self.with_key else names[1:2]
        values, value = code.call("mapper", self.mapper, *arguments), code.fresh("value")
        with code.block(f"for {value} in {values}:", values):
            forward(code, names._replace(value=value))
