"""Joins each record of a stream with a row of a global table, under a key read off the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.arguments import check_function
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.value_getter import ValueGetter
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers

_NULL = "null value or null selected key in a stream-global-table join"


@dataclass(frozen=True, slots=True)
class StreamGlobalJoin:
    """Inner or left join on `selector(key, value)`; the record keeps its own key, which may be null.

    Null values are dropped. A null selected key is dropped by the inner join, and joined with None by the left one.
    """

    table: ValueGetter
    selector: Callable[[Any, Any], Any]
    joiner: Joiner
    left: bool = False

    def __post_init__(self) -> None:
        check_function(self.selector, "selector", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        get, select, join = self.table.open(context), self.selector, self.joiner.mapped()
        left, dropped = self.left, context.dropped

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            selected = None if value is None else select(key, value)
            if selected is None and (value is None or not left):
                dropped(_NULL)
                return
            row = None if selected is None else get(selected)
            if row is not None:
                forward(key, join(key, selected, value, row[0]), timestamp, headers)
            elif left:
                forward(key, join(key, selected, value, None), timestamp, headers)

        return process
