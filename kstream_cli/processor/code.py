"""The way of a record written out as Python source, so that operators in a row need no call from one to the next.

An operator that can say what it does in a few lines writes itself (`WrittenOperator`); any other is called from the
code. Functions, serdes and topics are bound to names; nothing of the user's becomes source but simple lambdas
(`inlining.py`).
"""

from __future__ import annotations

import builtins
import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from textwrap import dedent
from types import CodeType, FunctionType
from typing import Any, ClassVar, NamedTuple, TypeAlias

from kstream_cli.processor.inlining import Inlined, Position, inlined, unmarked, wanted
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.source_code import function_code

_FILE = "<kstream code "


_OWN_GLOBALS = {"__builtins__": builtins, "__name__": "kstream_cli.generated"}
"""Of code without a lambda in line. Python looks there when it warns of something."""


class Names(NamedTuple):
    """What the parts of a record are called at one point of the code."""

    key: str = "key"
    value: str = "value"
    timestamp: str = "timestamp"
    headers: str = "headers"

    def __str__(self) -> str:
        return ", ".join(self)


class Call(NamedTuple):
    """An expression: a call of the user's function, or what that does, in line."""

    text: str
    inlined: Inlined | None = None
    written: Position | None = None
    """Where the user wrote the function that is called, for who reads the line: Python's warnings show it."""

    def __str__(self) -> str:
        return self.text


class Origin(NamedTuple):
    """What a line of the code comes from."""

    node: str = ""
    position: Position | None = None
    """Where it is the user's."""


class Code:
    """The body of one function, line by line. Each line belongs to the node that wrote it."""

    def __init__(self, *parameters: str) -> None:
        self._parameters = parameters
        self._lines: list[str] = []
        self._origins: list[Origin] = []
        self._origin = Origin()
        self._depth = 2
        self._bound: dict[str, Any] = {}
        self._names = 0
        self._inlines = wanted()
        self._globals: dict[str, Any] | None = None

    def bind(self, hint: str, thing: object) -> str:
        """A name that means the thing in this code."""
        name = self.fresh(hint)
        self._bound[name] = thing
        return name

    def fresh(self, hint: str) -> str:
        """A name that nothing else has."""
        self._names += 1
        return f"{hint}_{self._names}"

    def call(self, hint: str, function: Callable[..., Any], *arguments: str) -> Call:
        """A call of the user's function, to be given to the line that it is written into."""
        found = inlined(function, arguments) if self._inlines else None
        if found is not None and found.globals is not None:
            if self._globals is None:
                self._globals = found.globals
            elif self._globals is not found.globals:
                found = None
        if found is None:
            return Call(f"{self.bind(hint, function)}({', '.join(arguments)})", None, written_at(function))
        return Call(found.text, found)

    def condition(self, hint: str, function: Callable[..., Any], *arguments: str) -> Call:
        """The same for an `if`. It asks the result for its truth, as it would that of a call."""
        call = self.call(hint, function, *arguments)
        if call.inlined is None or not call.inlined.decides:
            return call
        result = self.fresh(hint)
        self.line(f"{result} = {call}", call)
        return Call(result)

    def line(self, text: str, call: Call | None = None) -> None:
        """Write a line; it has more than one where the call in it has."""
        indent, origin = "    " * self._depth, self._origin
        if origin.node and (not self._origins or origin.node != self._origins[-1].node):
            self._lines.append(f"{indent}# {origin.node!r}")
            self._origins.append(origin)
        if call is None or call.inlined is None:
            written = None if call is None else call.written
            self._lines.append(indent + text + (f"  # {str(written)!r}" if written else ""))
            self._origins.append(origin)
            return
        parts = f"{indent}{text}  # {str(call.inlined.begins)!r}".split("\n")
        self._lines += parts
        self._origins += [Origin(origin.node, call.inlined.position(number)) for number in range(len(parts))]

    def lines(self, text: str) -> None:
        """Lines that are indented alike."""
        for line in dedent(text).strip("\n").splitlines():
            self.line(line)

    @contextmanager
    def block(self, head: str, call: Call | None = None) -> Iterator[None]:
        """What is written inside is indented under `head`."""
        self.line(head, call)
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
        outer, self._origin = self._origin, Origin(node)
        try:
            yield
        finally:
            self._origin = outer

    def function(self) -> Callable[..., Any]:
        """The function of the lines so far."""
        # Bound by a function around it and not as globals: these are the module's whose lambdas are in line, and the
        # interpreter would remember one task's. Built-in names are bound as well, as a module may have its own.
        head = f"    def function({', '.join(self._parameters)}):"
        source = "\n".join([head, *(self._lines or ["        pass"]), "    return function"])
        bind, built_in = _compiled(", ".join(self._bound), source, (Origin(), Origin(), *self._origins))
        made: Callable[..., Any] = FunctionType(bind, self._globals or dict(_OWN_GLOBALS))(
            *built_in, *self._bound.values()
        )
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

    forwards_at_most_once: ClassVar[bool] = False
    """Whether a record is forwarded once or not at all: then what it drops need not be counted to be known."""

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


def written_at(function: Any) -> Position | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return None if code is None else Position(code.co_filename, code.co_firstlineno, code.co_qualname)


def owner_of(file: str, line: int) -> str | None:
    """The node that wrote a line of generated code; None where it is none's, or the file is somebody's own."""
    return _origin(file, line).node or None


def position_of(file: str, line: int) -> Position | None:
    """Where the user wrote what stands in a line of generated code; None where it is kstream's own."""
    return _origin(file, line).position


def _origin(file: str, line: int) -> Origin:
    origins = _origins.get(file, ())
    return origins[line - 1] if 1 <= line <= len(origins) else Origin()


_origins: dict[str, tuple[Origin, ...]] = {}


@lru_cache(maxsize=1024)
def _compiled(bound: str, body: str, origins: tuple[Origin, ...]) -> tuple[CodeType, tuple[Any, ...]]:
    """The code of `bind`, and the built-in things that it takes first. The tasks of one subtopology share theirs."""
    words = {word for word in re.findall(r"\w+", body) if not word.startswith("_") and not iskeyword(word)}
    built_in = sorted(words & vars(builtins).keys())
    source = f"def bind({', '.join([*built_in, bound])}):\n{body}"
    file = f"{_FILE}{len(_origins) + 1}>"
    _origins[file] = origins
    return unmarked(function_code(source, file)), tuple(vars(builtins)[name] for name in built_in)


__all__ = [
    "Call",
    "Code",
    "Names",
    "StatelessOperator",
    "Step",
    "Written",
    "WrittenOperator",
    "calling",
    "function_of",
    "owner_of",
    "position_of",
    "written_at",
]
