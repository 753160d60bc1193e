"""The way of a record written out as Python source, so that operators in a row need no call from one to the next.

An operator that can say what it does in a few lines writes itself (`WrittenOperator`); any other is called from the
code. Nothing of the user's becomes source: functions, serdes and topics are bound to names.
"""

from __future__ import annotations

import linecache
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from textwrap import dedent
from types import CodeType
from typing import Any, ClassVar, NamedTuple, TypeAlias

from kstream_cli.processor.operator import OperatorContext, Process

_FILE = "<kstream code "


class Names(NamedTuple):
    """What the parts of a record are called at one point of the code."""

    key: str = "key"
    value: str = "value"
    timestamp: str = "timestamp"
    headers: str = "headers"

    def __str__(self) -> str:
        return ", ".join(self)


class Code:
    """The body of one function, line by line. Each line belongs to the node that wrote it."""

    def __init__(self, *parameters: str) -> None:
        self._parameters = parameters
        self._lines: list[str] = []
        self._owners: list[str] = []
        self._owner = ""
        self._depth = 2
        self._bound: dict[str, Any] = {}
        self._names = 0

    def bind(self, hint: str, thing: object) -> str:
        """A name that means the thing in this code."""
        name = self.fresh(hint)
        self._bound[name] = thing
        return name

    def fresh(self, hint: str) -> str:
        """A name that nothing else has."""
        self._names += 1
        return f"{hint}_{self._names}"

    def line(self, text: str) -> None:
        indent = "    " * self._depth
        if self._owner and self._owner != (self._owners or [""])[-1]:
            self._lines.append(f"{indent}# {self._owner!r}")
            self._owners.append(self._owner)
        self._lines.append(indent + text)
        self._owners.append(self._owner)

    def lines(self, text: str) -> None:
        """Lines that are indented alike."""
        for line in dedent(text).strip("\n").splitlines():
            self.line(line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What is written inside is indented under `head`."""
        self.line(head)
        self._depth += 1
        before = len(self._lines)
        try:
            yield
            if len(self._lines) == before:
                self.line("pass")
        finally:
            self._depth -= 1

    @contextmanager
    def owned_by(self, node: str) -> Iterator[None]:
        """What is written inside is the node's: an error that comes from there is its own."""
        outer, self._owner = self._owner, node
        try:
            yield
        finally:
            self._owner = outer

    def function(self) -> Callable[..., Any]:
        """The function of the lines so far."""
        # Bound by a function around it and not as globals, for which the interpreter would remember one task's.
        head = [f"def bind({', '.join(self._bound)}):", f"    def function({', '.join(self._parameters)}):"]
        lines = [*head, *(self._lines or ["        pass"]), "    return function"]
        namespace: dict[str, Any] = {}
        exec(_compiled("\n".join(lines), ("", "", *self._owners)), namespace)
        made: Callable[..., Any] = namespace["bind"](*self._bound.values())
        return made


Step: TypeAlias = Callable[[Code, Names], None]
"""Writes what happens to a record from some point on; `names` are what its parts are called there."""


@dataclass(frozen=True, slots=True)
class Written:
    """Some nodes as code to be: `nodes` of them one below another, or a `process` that is only to be called."""

    step: Step
    nodes: int
    process: Process | None = None

    @classmethod
    def by(cls, node: str, step: Step, *, nodes: int = 1) -> Written:
        """What a node writes, under its name."""

        def write(code: Code, names: Names) -> None:
            with code.owned_by(node):
                step(code, names)

        return cls(write, nodes)

    @classmethod
    def call(cls, node: str, process: Process) -> Written:
        """A call of the node."""
        return cls(cls.by(node, calling(process)).step, 1, process)

    def function(self) -> Process:
        return self.process or function_of(self.step)


class WrittenOperator(ABC):
    """An operator that writes itself into the code of the nodes around it.

    The code may be written more than once, as a loop and as a function: what it keeps from record to record is made by
    `writer`, and bound. Its context knows no children, unless it says that it calls them.
    """

    __slots__ = ()

    asks_for_record: ClassVar[bool] = False
    calls_children: ClassVar[bool] = False
    """Whether it wants to know its children, to call one of them."""

    @abstractmethod
    def writer(self, context: OperatorContext, after: Written) -> Step:
        """What writes this operator for one task, with `after.step` where a record goes on from here.

        `after.function()` is for results that come at another time than their records.
        """

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        """The operator as a function of its own, for who wants to call it."""
        return function_of(self.writer(context, Written(calling(forward), 1, forward)))


class StatelessOperator(WrittenOperator):
    """A written operator that needs nothing but the record."""

    __slots__ = ()

    @abstractmethod
    def write(self, code: Code, names: Names, forward: Step) -> None:
        """Write what happens to a record; `forward(code, names)` writes what comes after, where that is to stand."""

    def writer(self, context: OperatorContext, after: Written) -> Step:
        return lambda code, names: self.write(code, names, after.step)


def function_of(step: Step) -> Process:
    """What the step writes, as a function of one record."""
    names = Names()
    code = Code(*names)
    step(code, names)
    return code.function()


def calling(process: Process) -> Step:
    """A step that calls a function."""

    def write(code: Code, names: Names) -> None:
        code.line(f"{code.bind('process', process)}({names})")

    return write


def owner_of(file: str, line: int) -> str | None:
    """The node that wrote a line of generated code; None where it is none's, or the file is somebody's own."""
    owners = _owners.get(file)
    if owners is None or not 1 <= line <= len(owners):
        return None
    return owners[line - 1] or None


_owners: dict[str, tuple[str, ...]] = {}


@lru_cache(maxsize=1024)
def _compiled(source: str, owners: tuple[str, ...]) -> CodeType:
    """The tasks of one subtopology share their code. Tracebacks show its lines."""
    file = f"{_FILE}{len(_owners) + 1}>"
    _owners[file] = owners
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return compile(source, file, "exec")


__all__ = [
    "Code",
    "Names",
    "StatelessOperator",
    "Step",
    "Written",
    "WrittenOperator",
    "calling",
    "function_of",
    "owner_of",
]
