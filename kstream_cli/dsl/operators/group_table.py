"""KTable.group_by: from a table's change to what the new groups lose and gain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.callables import check_function
from kstream_cli.errors import StreamsError
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Sends each group its change: first what the old one loses, then what the new one gains; one record if it stays.

    A pair counts as absent when it, its key or its value is None.
    """

    asks_for_record: ClassVar[bool] = False

    selector: Callable[[Any, Any], tuple[Any, Any] | None]
    latest_only: bool = False
    """The table is versioned: updates out of order do not change the groups."""

    def __post_init__(self) -> None:
        check_function(self.selector, "selector", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        selector, latest_only, node = self.selector, self.latest_only, context.node

        def select(key: Any, value: Any) -> tuple[Any, Any] | None:
            pair = None if value is None else selector(key, value)
            return None if pair is None or pair[0] is None or pair[1] is None else pair

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                raise StreamsError(f"group_by {node!r} was given a row without a key")
            new, old, latest = change
            if latest_only and not latest:
                return
            gain, loss = select(key, new), select(key, old)
            if loss is not None and gain is not None and loss[0] == gain[0]:
                forward(loss[0], (gain[1], loss[1], latest), timestamp, headers)
                return
            if loss is not None:
                forward(loss[0], (None, loss[1], latest), timestamp, headers)
            if gain is not None:
                forward(gain[0], (gain[1], None, latest), timestamp, headers)

        return process
