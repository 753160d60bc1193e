"""Joins of two tables on the same key: each side, when one of its rows changes, looks the other side's row up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.value_getter import Lookup, LookupAsOf, Row, ValueGetter
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.state.stored_headers import headers_of, row_with_headers


class TableJoinKind(Enum):
    """Which rows there must be for a result."""

    INNER = "inner"
    LEFT = "left"
    OUTER = "outer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTableJoin:
    """One side of the join; `other` is where the other side's rows are.

    Results carry the later timestamp of the two rows. A tombstone goes out wherever there may have been a result.
    Out-of-order updates of a versioned table are dropped: they changed no current row.
    """

    writes_stores: ClassVar[bool] = False

    kind: TableJoinKind
    is_left: bool
    other: ValueGetter
    joiner: Joiner
    headers: ResultHeaders | None = None
    send_old_values: bool = False
    latest_only: bool = False

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The stores that are to keep headers for its rule."""
        return self.other.stores

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        dropped, pick = context.dropped, None if self.headers is None else self.headers.merged(is_left=self.is_left)
        get = self.other.open(context) if pick is None else self.other.open_with_headers(context)
        join = self.joiner.keyed() if self.is_left else self.joiner.reversed()
        needs_other = self.kind is TableJoinKind.INNER or (self.kind is TableJoinKind.LEFT and not self.is_left)
        # Where this side's row may be missing from a result, its absence is joined as None rather than emitted as such.
        joins_absent = self.kind is TableJoinKind.OUTER or (self.kind is TableJoinKind.LEFT and not self.is_left)
        send_old, latest_only = self.send_old_values, self.latest_only

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                dropped("null key in a table-table join")
                return
            new, old, is_latest = change
            if latest_only and not is_latest:
                dropped("out-of-order update of a versioned table in a table-table join")
                return
            row = get(key)
            if row is not None:
                other, other_time = row
                if pick is not None:
                    headers = pick(headers, timestamp, headers_of(row), other_time)
                timestamp = max(timestamp, other_time)
            elif needs_other or (new is None and old is None):
                return
            else:
                other = None
                if pick is not None:
                    headers = pick(headers, timestamp, (), NOTHING_FOUND)
            absent_joins = joins_absent and row is not None
            joined = join(key, new, other) if new is not None or absent_joins else None
            joined_old = join(key, old, other) if send_old and (old is not None or absent_joins) else None
            forward(key, (joined, joined_old, is_latest), timestamp, headers)

        return process


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedGetter(ValueGetter):
    """Rows of a table-table join that is not stored: computed from both tables' rows on each look-up."""

    kind: TableJoinKind
    left: ValueGetter
    right: ValueGetter
    joiner: Joiner
    headers: ResultHeaders | None = None

    @property
    def stores(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.left.stores, *self.right.stores)))

    def open(self, context: OperatorContext) -> Lookup:
        return self._lookup(self.left.open(context), self.right.open(context))

    def open_with_headers(self, context: OperatorContext) -> Lookup:
        left_row, right_row = self.left.open_with_headers(context), self.right.open_with_headers(context)
        lookup, pick = self._lookup(left_row, right_row), (self.headers or ResultHeaders()).merged(is_left=True)

        def lookup_headers(key: Any) -> Row | None:
            joined = lookup(key)
            if joined is None:
                return None
            left, right = left_row(key), right_row(key)
            times = [NOTHING_FOUND if row is None else row[1] for row in (left, right)]
            return row_with_headers(*joined, pick(headers_of(left), times[0], headers_of(right), times[1]))

        return lookup_headers

    def _lookup(self, left_row: Lookup, right_row: Lookup) -> Lookup:
        join = self.joiner.keyed()
        needs_left, needs_right = self.kind is not TableJoinKind.OUTER, self.kind is TableJoinKind.INNER

        def lookup(key: Any) -> Row | None:
            left = left_row(key)
            if left is None and needs_left:
                return None
            right = right_row(key)
            if right is None and (needs_right or left is None):
                return None
            times = [row[1] for row in (left, right) if row is not None]
            value = join(key, None if left is None else left[0], None if right is None else right[0])
            return None if value is None else (value, max(times))

        return lookup

    def open_as_of(self, context: OperatorContext) -> LookupAsOf:
        raise TopologyError("a join of tables has no history, even where both tables are versioned: store the result")

    def is_versioned(self, context: OperatorContext) -> bool:
        return False
