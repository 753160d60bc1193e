"""Joins each record of a stream with the row that a table holds for its key; the table's updates emit nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.value_getter import ValueGetter
from kstream_cli.processor.code import Code, Names, Step, Written, WrittenOperator
from kstream_cli.processor.operator import OperatorContext

_NULL = "null key or value in a stream-table join"


@dataclass(frozen=True, slots=True)
class StreamTableJoin(WrittenOperator):
    """Inner or left join with the latest row, or with the row as of the record's time where the table is versioned.

    Records with a null value are dropped, and so are null keys, except that a left join has them joined with None.
    """

    writes_stores: ClassVar[bool] = False

    table: ValueGetter
    joiner: Joiner
    left: bool = False

    def writer(self, context: OperatorContext, after: Written) -> Step:
        table, join, dropped, left = self.table, self.joiner.function, context.dropped, self.left
        if table.is_versioned(context):
            find: Callable[..., Any] = table.open_as_of(context)
            row_as_of = "{find}({key}, {timestamp})"
        elif (rows := table.open_cached(context)) is not None:
            find, row_as_of = rows, "{find}({key}).cell"
        else:
            find, row_as_of = table.open(context), "{find}({key})"

        def write(code: Code, names: Names) -> None:
            key, value = names.key, names.value
            row, right, joined = code.fresh("row"), code.fresh("right"), code.fresh("joined")
            found = row_as_of.format(find=code.bind("find", find), key=key, timestamp=names.timestamp)
            arguments = (key, value, right) if self.joiner.with_key else (value, right)
            result = code.call("join", join, *arguments)
            with code.block(f"if {value} is None:" if left else f"if {key} is None or {value} is None:"):
                code.line(f"{code.bind('dropped', dropped)}({_NULL!r})")
            with code.block("else:"):
                if left:
                    code.line(f"{row} = None if {key} is None else {found}")
                    code.line(f"{right} = None if {row} is None else {row}[0]")
                    code.line(f"{joined} = {result}", result)
                    after.step(code, names._replace(value=joined))
                else:
                    code.line(f"{row} = {found}")
                    with code.block(f"if {row} is not None:"):
                        code.line(f"{right} = {row}[0]")
                        code.line(f"{joined} = {result}", result)
                        after.step(code, names._replace(value=joined))

        return write
