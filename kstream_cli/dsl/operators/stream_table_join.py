"""Joins each record of a stream with the row that a table holds for its key; the table's updates emit nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.value_getter import ValueGetter
from kstream_cli.processor.code import Code, Names, Step, Written, WrittenOperator
from kstream_cli.processor.operator import OperatorContext
from kstream_cli.state.stored_headers import headers_of

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
    headers: ResultHeaders | None = None
    """A function's rule; by any other the record, which gives the result its time, gives it its headers."""

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The stores that are to keep headers for its rule."""
        return self.table.stores

    def writer(self, context: OperatorContext, after: Written) -> Step:
        join, dropped, left = self.joiner.function, context.dropped, self.left
        read = self._reader(context)

        def write(code: Code, names: Names) -> None:
            key, value = names.key, names.value
            row, right, joined = code.fresh("row"), code.fresh("right"), code.fresh("joined")
            arguments = (key, value, right) if self.joiner.with_key else (value, right)
            result = code.call("join", join, *arguments)
            with code.block(f"if {value} is None:" if left else f"if {key} is None or {value} is None:"):
                code.line(f"{code.bind('dropped', dropped)}({_NULL!r})")
            with code.block("else:"):
                if left:
                    code.line(f"{row} = None")
                    with code.block(f"if {key} is not None:"):
                        read(code, names, row)
                    code.line(f"{right} = None if {row} is None else {row}[0]")
                    code.line(f"{joined} = {result}", result)
                    after.step(code, self._write_headers(code, names, row)._replace(value=joined))
                else:
                    read(code, names, row)
                    with code.block(f"if {row} is not None:"):
                        code.line(f"{right} = {row}[0]")
                        code.line(f"{joined} = {result}", result)
                        after.step(code, self._write_headers(code, names, row)._replace(value=joined))

        return write

    def _write_headers(self, code: Code, names: Names, row: str) -> Names:
        """The names with the result's headers."""
        if self.headers is None or self.headers.function is None:
            return names
        headers, pick = code.fresh("headers"), code.bind("pick", self.headers.merged(is_left=True))
        found = f"{code.bind('headers_of', headers_of)}({row})"
        code.line(f"{headers} = {pick}({names.headers}, {names.timestamp}, {found}, {NOTHING_FOUND})")
        return names._replace(headers=headers)

    def _reader(self, context: OperatorContext) -> Callable[[Code, Names, str], None]:
        """What writes the lines that set a name to the table's row."""
        table = self.table
        if table.is_versioned(context):
            as_of = table.open_as_of(context)
            return lambda code, names, row: code.line(
                f"{row} = {code.bind('get', as_of)}({names.key}, {names.timestamp})"
            )
        cache = table.open_cached(context)
        if cache is None:
            get = table.open(context) if self.headers is None else table.open_with_headers(context)
            return lambda code, names, row: code.line(f"{row} = {code.bind('get', get)}({names.key})")
        find, tick = cache.groups[0].find, cache.tick

        def read_cached(code: Code, names: Names, row: str) -> None:
            cached = code.fresh("cached")
            code.lines(f"""
                {cached} = {code.bind("find", find)}({names.key})
                {cached}.used = {code.bind("tick", tick)}()
                {row} = {cached}.cell
                """)

        return read_cached
