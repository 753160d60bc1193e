"""Dropping records: filter, filter_not, and the filter before a repartition topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.callables import check_function
from kstream_cli.processor.code import Code, Names, StatelessOperator, Step


@dataclass(frozen=True, slots=True)
class Filter(StatelessOperator):
    """Forwards the records for which the predicate holds; with `negate` those for which it does not."""

    forwards_at_most_once: ClassVar[bool] = True

    predicate: Callable[[Any, Any], Any]
    negate: bool = False

    def __post_init__(self) -> None:
        check_function(self.predicate, "predicate", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        holds = code.condition("predicate", self.predicate, names.key, names.value)
        with code.block(f"if {'not ' if self.negate else ''}{holds}:", holds):
            forward(code, names)


@dataclass(frozen=True, slots=True)
class NullKeyFilter(StatelessOperator):
    """Drops records without a key, silently: no key, no partition to send them to."""

    forwards_at_most_once: ClassVar[bool] = True

    def write(self, code: Code, names: Names, forward: Step) -> None:
        with code.block(f"if {names.key} is not None:"):
            forward(code, names)
