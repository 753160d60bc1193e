"""One record in, one out: map, map_values, select_key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_function, check_value_function
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class Map:
    """Changes key and value."""

    mapper: Callable[[Any, Any], tuple[Any, Any]]

    def __post_init__(self) -> None:
        check_function(self.mapper, "mapper", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        mapper = self.mapper

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            new_key, new_value = mapper(key, value)
            forward(new_key, new_value, timestamp, headers)

        return process


@dataclass(frozen=True, slots=True)
class MapValues:
    """Changes the value; the mapper takes (value), or (key, value) with `with_key`."""

    mapper: Callable[..., Any]
    with_key: bool = False

    def __post_init__(self) -> None:
        check_value_function(self.mapper, "mapper", with_key=self.with_key)

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        mapper = self.mapper

        def of_value(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            forward(key, mapper(value), timestamp, headers)

        def of_key_and_value(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            forward(key, mapper(key, value), timestamp, headers)

        return of_key_and_value if self.with_key else of_value


@dataclass(frozen=True, slots=True)
class SelectKey:
    """Gives the record another key."""

    selector: Callable[[Any, Any], Any]

    def __post_init__(self) -> None:
        check_function(self.selector, "selector", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        selector = self.selector

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            forward(selector(key, value), value, timestamp, headers)

        return process
