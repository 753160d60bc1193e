"""Windows whose results come when they close, and those of them that a store has dropped before, for `try --trace`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kstream_cli.commands.output.record_text import text_of
from kstream_cli.commands.trying.lateness import time_text
from kstream_cli.dsl.operators.window_aggregate import WindowAggregate
from kstream_cli.serde.windowed import Windowed
from kstream_cli.testing.trace.steps import Did, Ending
from kstream_cli.testing.trace.tracer import Visit


class OpenWindows:
    """The windows of one node of a task that have given no result yet."""

    def __init__(self) -> None:
        self._open: dict[Windowed[Any], None] = {}

    def lost(self, operator: Any, visit: Visit) -> Iterator[Ending]:
        """The windows that have closed in this visit without a result: their rows were gone when they were looked for.

        Stream time has moved on by more than the store keeps.
        """
        for write in visit.writes:
            if write.store == operator.store and write.value is not None:
                self._open[write.key] = None
            elif write.store == operator.store:
                self._open.pop(write.key, None)
        for key in visit.forwarded:
            self._open.pop(key, None)
        if not any(read.is_scan and read.key is None and read.store == operator.store for read in visit.reads):
            return
        for key in [key for key in self._open if _closes_at(operator, key) <= visit.stream_time]:
            del self._open[key]
            window = f"{text_of(key.key)}, from {time_text(key.start)} to {time_text(key.end)}"
            moved = f"{operator.store} dropped it as stream time moved on to {time_text(visit.stream_time)}"
            yield Ending(Did.DROPPED, "a window closed after its store had dropped it", f"{window}: {moved}")


def _closes_at(operator: Any, key: Windowed[Any]) -> int:
    """The stream time from which on it has closed: both ends of sliding windows and sessions belong to them."""
    wait: int = operator.windows.grace_ms + getattr(operator.windows, "gap_ms", 0)
    return key.end + wait + (not isinstance(operator, WindowAggregate))
