"""Joins each record of a stream with the row that a table holds for its key; the table's updates emit nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.value_getter import Row, ValueGetter
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers

FindRow: TypeAlias = Callable[[Any, int], Row | None]
"""(key, the stream record's time) -> the table's row for it."""

_NULL = "null key or value in a stream-table join"


@dataclass(frozen=True, slots=True)
class StreamTableJoin:
    """Inner or left join with the latest row, or with the row as of the record's time where the table is versioned.

    Records with a null value are dropped, and so are null keys, except that a left join has them joined with None.
    """

    writes_stores: ClassVar[bool] = False

    table: ValueGetter
    joiner: Joiner
    left: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if self.joiner.with_key or self.table.is_versioned(context):
            return joining(self, context, forward)
        get, join, dropped = self.table.open(context), self.joiner.function, context.dropped

        def inner(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped(_NULL)
                return
            row = get(key)
            if row is not None:
                forward(key, join(value, row[0]), timestamp, headers)

        def left(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if value is None:
                dropped(_NULL)
                return
            row = None if key is None else get(key)
            forward(key, join(value, None if row is None else row[0]), timestamp, headers)

        return left if self.left else inner


def joining(operator: StreamTableJoin, context: OperatorContext, forward: Process) -> Process:
    """The join for every kind of table and joiner."""
    find, join, dropped = row_finder(operator.table, context), operator.joiner.keyed(), context.dropped
    left = operator.left

    def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
        if value is None or (key is None and not left):
            dropped(_NULL)
            return
        row = None if key is None else find(key, timestamp)
        if row is not None:
            forward(key, join(key, value, row[0]), timestamp, headers)
        elif left:
            forward(key, join(key, value, None), timestamp, headers)

    return process


def row_finder(table: ValueGetter, context: OperatorContext) -> FindRow:
    """Looks rows up as of the given time where the table can, else the latest ones."""
    if table.is_versioned(context):
        return table.open_as_of(context)
    get = table.open(context)
    return lambda key, _: get(key)
