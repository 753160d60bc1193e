"""Operators that only route: merge and the branches of a split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.processor.code import Code, Names, StatelessOperator, Step
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class PassThrough(StatelessOperator):
    """Forwards every record as it is; costs nothing per record."""

    forwards_at_most_once: ClassVar[bool] = True

    def write(self, code: Code, names: Names, forward: Step) -> None:
        forward(code, names)


@dataclass(frozen=True, slots=True)
class Branch:
    """Gives a record to the first branch whose predicate holds, else to the default branch, else to nobody."""

    asks_for_record: ClassVar[bool] = False

    branches: tuple[tuple[Callable[[Any, Any], Any], str], ...] = ()
    default: str | None = None

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        children = context.children
        routes = tuple((predicate, children[name]) for predicate, name in self.branches)
        default = None if self.default is None else children[self.default]

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            for predicate, branch in routes:
                if predicate(key, value):
                    branch(key, value, timestamp, headers)
                    return
            if default is not None:
                default(key, value, timestamp, headers)

        return process
