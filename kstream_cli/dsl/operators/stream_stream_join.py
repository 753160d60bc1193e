"""Inner join of two streams within a window: each side looks its records' matches up in the other side's store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kstream_cli.dsl.operators.carried_rows import of_rows, row_joiner, to_values
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers

NULL_KEY_OR_VALUE = "null key or value in a stream-stream join"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinSide:
    """One side of a join: where the other side's records are, and which of them match a record at time t.

    Those from t - before_ms to t + after_ms, both included.
    """

    is_left: bool
    other_store: str
    before_ms: int
    after_ms: int

    def joiner(self, joiner: Joiner) -> Any:
        """The user's joiner as a function of (key, this side's value, the other's)."""
        return joiner.keyed() if self.is_left else joiner.reversed()


@dataclass(frozen=True, slots=True)
class StreamStreamJoin:
    """Joins each record with all matches of the other side, in their order there; drops null keys and values.

    There is no check for lateness: an old record joins for as long as the other store keeps its matches.
    """

    writes_stores: ClassVar[bool] = False

    side: JoinSide
    joiner: Joiner
    headers: ResultHeaders | None = None

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The stores that are to keep headers for its rule."""
        return (self.side.other_store,)

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if self.headers is not None:
            joiner = row_joiner(self.joiner, self.headers, is_left=self.side.is_left)
            return of_rows(replace(self, joiner=joiner, headers=None).fuse(context, to_values(forward)))
        fetch = context.store(self.side.other_store).fetch_range
        before, after = self.side.before_ms, self.side.after_ms
        join = self.side.joiner(self.joiner)
        dropped = context.dropped

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None:
                dropped(NULL_KEY_OR_VALUE)
                return
            with fetch(key, max(0, timestamp - before), max(0, timestamp + after)) as matches:
                for other_time, other in matches:
                    forward(key, join(key, value, other), max(timestamp, other_time), headers)

        return process
