"""What all aggregations write alike: a row's next aggregate and its time, and the row put into its record cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kstream_cli.dsl.operators.aggregators import Reducing, nothing, one_more, zero
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.processor.code import Code, Names
from kstream_cli.record import NO_HEADERS
from kstream_cli.state.stored_headers import headers_of, row_with_headers

if TYPE_CHECKING:
    from kstream_cli.state.cache.record_cache import RecordCache


class Updated(NamedTuple):
    """What an update is called in the code."""

    aggregate: str
    timestamp: str
    old: str
    may_delete: bool
    """Whether the aggregate may be None."""
    headers: str
    row_with_headers: str | None = None
    """What makes a row of aggregate, time and headers, where rows keep these."""

    @property
    def row(self) -> str:
        """What is to be put: None deletes the row."""
        row = f"({self.aggregate}, {self.timestamp})"
        if self.row_with_headers is not None:
            row = f"{self.row_with_headers}({self.aggregate}, {self.timestamp}, {self.headers})"
        return f"None if {self.aggregate} is None else {row}" if self.may_delete else row

    @property
    def change(self) -> str:
        """What is to be forwarded."""
        return f"({self.aggregate}, {self.old}, True)"


@dataclass(frozen=True, slots=True)
class Update:
    """From a row (aggregate, time), or none, to the next one."""

    initializer: Callable[[], Any]
    aggregator: Callable[[Any, Any, Any], Any]
    headers: ResultHeaders | None = None
    keeps_old: bool = False
    """Whether the aggregate before is wanted as it was, although the aggregator may change it in place."""

    def write(self, code: Code, names: Names, row: str) -> Updated:
        """Write it. An aggregate's time is the newest of its records'."""
        new, newest, old = code.fresh("new"), code.fresh("newest"), "None"
        headers = "" if self.headers is None else self._write_headers(code, names, row, self.headers)
        # As in Java, what a new row replaces is the initial value.
        with code.block(f"if {row} is None:"):
            code.line(f"{new}, {newest} = {self._initial(code)}, {names.timestamp}")
        with code.block("else:"):
            code.line(f"{new}, {newest} = {row}")
            with code.block(f"if {names.timestamp} > {newest}:"):
                code.line(f"{newest} = {names.timestamp}")
        if self.keeps_old:
            old = code.fresh("old")
            code.line(f"{old} = {code.bind('snapshot', snapshot)}({new})")
        code.line(f"{new} = {self._next(code, names, new)}")
        updated = Updated(new, newest, old, self.aggregator is not one_more, names.headers)
        if self.headers is None:
            return updated
        return updated._replace(headers=headers, row_with_headers=code.bind("row_with_headers", row_with_headers))

    def _write_headers(self, code: Code, names: Names, row: str, rule: ResultHeaders) -> str:
        """What the headers of the next row are called."""
        found, headers = code.fresh("found"), code.fresh("headers")
        none = f"({code.bind('no_headers', NO_HEADERS)}, {NOTHING_FOUND})"
        kept = f"({code.bind('headers_of', headers_of)}({row}), {row}[1])"
        code.line(f"{found} = {none} if {row} is None else {kept}")
        pick = code.bind("pick", rule.merged())
        code.line(f"{headers} = {pick}({names.headers}, {names.timestamp}, *{found})")
        return headers

    # What is kstream's own costs less written out than called.

    def _initial(self, code: Code) -> str:
        if self.initializer is zero:
            return "0"
        return "None" if self.initializer is nothing else f"{code.bind('initializer', self.initializer)}()"

    def _next(self, code: Code, names: Names, aggregate: str) -> str:
        if self.aggregator is one_more:
            return f"{aggregate} + 1"
        if isinstance(self.aggregator, Reducing):
            reducer = code.bind("reducer", self.aggregator.reducer)
            return f"{names.value} if {aggregate} is None else {reducer}({aggregate}, {names.value})"
        return f"{code.bind('aggregator', self.aggregator)}({names.key}, {names.value}, {aggregate})"


def write_cached_update(code: Code, names: Names, find: str, update: Update, cache: RecordCache) -> None:
    """A row is found once, and changed where it is. The cache forwards it later."""
    row, cell = code.fresh("row"), code.fresh("cell")
    code.line(f"{row} = {find}({names.key})")
    code.line(f"{cell} = {row}.cell")
    updated = update.write(code, names, cell)
    put = cache.written_put(
        code.bind,
        row,
        updated.row,
        names.timestamp,
        updated.headers,
        plain=updated.aggregate,
        gone=f"{updated.aggregate} is None",
        is_long=update.aggregator is one_more,
    )
    code.lines(put)
