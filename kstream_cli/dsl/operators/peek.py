"""Looking at records: peek, foreach, print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TextIO

from kstream_cli.callables import check_function
from kstream_cli.printable import printable
from kstream_cli.processor.code import Code, Names, StatelessOperator, Step
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class Peek(StatelessOperator):
    """Calls the action, then forwards the record as it is."""

    forwards_at_most_once: ClassVar[bool] = True

    action: Callable[[Any, Any], object]

    def __post_init__(self) -> None:
        check_function(self.action, "action", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        action = code.call("action", self.action, names.key, names.value)
        code.line(str(action), action)
        forward(code, names)


@dataclass(frozen=True, slots=True)
class ForEach(StatelessOperator):
    """Calls the action; nothing comes after it."""

    action: Callable[[Any, Any], object]

    def __post_init__(self) -> None:
        check_function(self.action, "action", "key", "value")

    def write(self, code: Code, names: Names, forward: Step) -> None:
        action = code.call("action", self.action, names.key, names.value)
        code.line(str(action), action)


@dataclass(frozen=True, slots=True)
class Print:
    """Writes `[label]: key, value`, or the mapper's text after the label, to a file or to standard output."""

    asks_for_record: ClassVar[bool] = False

    label: str
    mapper: Callable[[Any, Any], object] | None = None
    file: str | Path | TextIO | None = None

    def __post_init__(self) -> None:
        if self.mapper is not None:
            check_function(self.mapper, "mapper", "key", "value")

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        label, mapper, write = self.label, self.mapper, self._writer(context)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            text = f"{key}, {value}" if mapper is None else mapper(key, value)
            write(f"[{label}]: {text}\n")

        return process

    def _writer(self, context: OperatorContext) -> Callable[[str], object]:
        if self.file is None:
            # Looked up at each line, so that a redirected standard output is followed.
            return lambda line: sys.stdout.write(f"{printable(line[:-1])}\n")
        if not isinstance(self.file, (str, Path)):
            return self.file.write
        stream = open(self.file, "a", encoding="utf-8")  # noqa: SIM115 - it stays open as long as the task
        context.on_close(stream.close)
        return stream.write
