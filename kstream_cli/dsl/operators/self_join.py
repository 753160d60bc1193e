"""Join of a stream with itself in one pass over one window store (optimisation single.store.self.join)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kstream_cli.dsl.operators.carried_rows import of_rows, row_joiner, to_values
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.operators.stream_stream_join import NULL_KEY_OR_VALUE
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfJoin:
    """Gives the results of the two-sided join in the same order: as left, then as right record, then with itself.

    The pair of a record with itself stands before the first pair with a later record, and is left out when the
    record is older than the store's retention, as the two-sided join would not find it either.
    """

    writes_stores: ClassVar[bool] = False

    store: str
    before_ms: int
    after_ms: int
    retention_ms: int
    joiner: Joiner
    headers: ResultHeaders | None = None

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The store that is to keep headers for its rule."""
        return (self.store,)

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if self.headers is not None:
            joiner = row_joiner(self.joiner, self.headers, is_left=True)
            return of_rows(replace(self, joiner=joiner, headers=None).fuse(context, to_values(forward)))
        fetch = context.store(self.store).fetch_range
        before, after, expiry = self.before_ms, self.after_ms, self.retention_ms - 1
        join, dropped = self.joiner.keyed(), context.dropped
        stream_time = -1

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            nonlocal stream_time
            if key is None or value is None:
                dropped(NULL_KEY_OR_VALUE)
                return
            if timestamp > stream_time:
                stream_time = timestamp
            itself = join(key, value, value)
            itself_is_due = timestamp > stream_time - expiry
            with fetch(key, max(0, timestamp - before), max(0, timestamp + after)) as matches:
                for other_time, other in matches:
                    forward(key, join(key, value, other), max(timestamp, other_time), headers)
            with fetch(key, max(0, timestamp - after), max(0, timestamp + before)) as matches:
                for other_time, other in matches:
                    if itself_is_due and timestamp < other_time:
                        itself_is_due = False
                        forward(key, itself, timestamp, headers)
                    forward(key, join(key, other, value), max(timestamp, other_time), headers)
            if itself_is_due:
                forward(key, itself, timestamp, headers)

        return process
