"""Joins each record of a stream with a row of a global table, under a key read off the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.callables import check_function
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.value_getter import ValueGetter
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.state.stored_headers import headers_of

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
    headers: ResultHeaders | None = None
    """A function's rule; by any other the record, which gives the result its time, gives it its headers."""

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The stores that are to keep headers for its rule."""
        return self.table.stores

    def __post_init__(self) -> None:
        check_function(self.selector, "selector", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        get, select, join = self.table.open(context), self.selector, self.joiner.mapped()
        left, dropped = self.left, context.dropped
        if self.headers is not None and self.headers.function is not None:
            return self._fuse_carrying(context, forward)

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

    def _fuse_carrying(self, context: OperatorContext, forward: Process) -> Process:
        """The same, with headers by a rule."""
        assert self.headers is not None
        pick, get = self.headers.merged(is_left=True), self.table.open_with_headers(context)
        select, join, left, dropped = self.selector, self.joiner.mapped(), self.left, context.dropped

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            selected = None if value is None else select(key, value)
            if selected is None and (value is None or not left):
                dropped(_NULL)
                return
            row = None if selected is None else get(selected)
            if row is not None or left:
                joined = join(key, selected, value, None if row is None else row[0])
                forward(key, joined, timestamp, pick(headers, timestamp, headers_of(row), NOTHING_FOUND))

        return process
