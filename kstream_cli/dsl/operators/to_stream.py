"""From a table's changes to records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class ToStream:
    """Forwards the new value of each change; a deleted row is a null value."""

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            forward(key, change[0], timestamp, headers)

        return process
