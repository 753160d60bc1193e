"""What all aggregations write alike: a row's next aggregate and its time, and the row put into its record cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kstream_cli.dsl.operators.aggregators import Reducing, nothing, one_more, zero
from kstream_cli.dsl.operators.snapshot import snapshot
from kstream_cli.processor.code import Code, Names

if TYPE_CHECKING:
    from kstream_cli.state.cache.record_cache import RecordCache


class Updated(NamedTuple):
    """What an update is called in the code."""

    aggregate: str
    timestamp: str
    old: str
    may_delete: bool
    """Whether the aggregate may be None."""

    @property
    def row(self) -> str:
        """What is to be put: None deletes the row."""
        row = f"({self.aggregate}, {self.timestamp})"
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
    keeps_old: bool = False
    """Whether the aggregate before is wanted as it was, although the aggregator may change it in place."""

    def write(self, code: Code, names: Names, row: str) -> Updated:
        """Write it. An aggregate's time is the newest of its records'."""
        new, newest, old = code.fresh("new"), code.fresh("newest"), "None"
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
        return Updated(new, newest, old, may_delete=self.aggregator is not one_more)

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
        names.headers,
        plain=updated.aggregate,
        gone=f"{updated.aggregate} is None",
        is_long=update.aggregator is one_more,
    )
    code.lines(put)
