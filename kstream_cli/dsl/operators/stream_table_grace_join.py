"""A stream-table join whose records wait for late table updates before they are joined (KIP-923)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.stream_table_join import StreamTableJoin
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class StreamTableGraceJoin:
    """Holds records in `buffer` until their grace is over by the time of the records buffered, then joins in order.

    A record that comes later than its grace is joined at once. So is one without a key, of a left join: no table
    update can matter to it.
    """

    join: StreamTableJoin
    buffer: str

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if not self.join.table.is_versioned(context):
            raise TopologyError(
                f"join {context.node!r} has a grace period, which needs a table with history: "
                "give the table Materialized(supplier=Stores.versioned(...))"
            )
        buffer = context.store(self.buffer)
        put, evict = buffer.put, buffer.evict
        join_now = self.join.fuse(context, forward)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if key is None or value is None or not put(key, value, timestamp):
                join_now(key, value, timestamp, headers)
            else:
                evict(join_now)

        return process
