"""Dropping records: filter, filter_not, and the filter before a repartition topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_function
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class Filter:
    """Forwards the records for which the predicate holds; with `negate` those for which it does not."""

    predicate: Callable[[Any, Any], Any]
    negate: bool = False

    def __post_init__(self) -> None:
        check_function(self.predicate, "predicate", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        predicate = self.predicate

        def keep(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if predicate(key, value):
                forward(key, value, timestamp, headers)

        def drop(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if not predicate(key, value):
                forward(key, value, timestamp, headers)

        return drop if self.negate else keep


@dataclass(frozen=True, slots=True)
class NullKeyFilter:
    """Drops records without a key, silently: no key, no partition to send them to."""

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is not None:
                forward(key, value, timestamp, headers)

        return process
