"""From a table's changes to records."""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.processor.code import Code, Names, StatelessOperator, Step


@dataclass(frozen=True, slots=True)
class ToStream(StatelessOperator):
    """Forwards the new value of each change; a deleted row is a null value."""

    def write(self, code: Code, names: Names, forward: Step) -> None:
        value = code.fresh("value")
        code.line(f"{value} = {names.value}[0]")
        forward(code, names._replace(value=value))
