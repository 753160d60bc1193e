"""One record in, any number out: flat_map, flat_map_values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_function, check_value_function
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class FlatMap:
    """Forwards every (key, value) pair that the mapper gives."""

    mapper: Callable[[Any, Any], Iterable[tuple[Any, Any]]]

    def __post_init__(self) -> None:
        check_function(self.mapper, "mapper", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        mapper = self.mapper

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            for new_key, new_value in mapper(key, value):
                forward(new_key, new_value, timestamp, headers)

        return process


@dataclass(frozen=True, slots=True)
class FlatMapValues:
    """Forwards every value that the mapper gives; it takes (value), or (key, value) with `with_key`."""

    mapper: Callable[..., Iterable[Any]]
    with_key: bool = False

    def __post_init__(self) -> None:
        check_value_function(self.mapper, "mapper", with_key=self.with_key)

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        mapper = self.mapper

        def of_value(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            for new_value in mapper(value):
                forward(key, new_value, timestamp, headers)

        def of_key_and_value(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            for new_value in mapper(key, value):
                forward(key, new_value, timestamp, headers)

        return of_key_and_value if self.with_key else of_value
