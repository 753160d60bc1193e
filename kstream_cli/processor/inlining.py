"""A user's plain lambda as an expression, for the code that operators write: it saves the record path a call.

Only what is sure to do what the call does is taken: compiled as a lambda, the expression must give the bytecode, names
and constants of the user's own. Anything else, or whatever is not understood, stays a call. KSTREAM_INLINE=0 leaves all
of them calls, and so does a debugger, profiler or coverage tool, which wants to see them.
"""

from __future__ import annotations

import ast
import linecache
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, NamedTuple

GLOBAL = "global__"
"""Stands before the lambda's global names in the text, where they would be taken for names of the code around it."""

_SCOPES = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.NamedExpr,
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
)

_LOOKS_AT_ITS_CALLER = frozenset(
    {"breakpoint", "compile", "dir", "eval", "exec", "locals", "super", "vars"}
    | {"_getframe", "currentframe", "extract_stack", "format_stack", "print_stack", "set_trace", "stack"}
    | {"critical", "debug", "error", "exception", "fatal", "info", "log", "warn", "warning"}  # lines tell file and line
)

_ODD_ESCAPE = re.compile(r"\\[^abfnrtvxuUN0-7'\"\\\n]")
"""Python warns of those whenever it compiles them."""


class Position(NamedTuple):
    """A line of the user's code."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


class Inlined(NamedTuple):
    """An expression in parentheses, over as many lines as the user's."""

    text: str
    begins: Position
    decides: bool
    """Whether it asks a value on its way for its truth, and may then have that value for its result."""
    globals: dict[str, Any] | None = None
    """Where it looks names up, if it does."""

    def position(self, line: int) -> Position:
        """Where the user wrote a line of the text, the first being 0."""
        return self.begins._replace(line=self.begins.line + line)


def wanted() -> bool:
    """Whether lambdas are to be written in line now."""
    if os.environ.get("KSTREAM_INLINE") == "0" or sys.gettrace() is not None or sys.getprofile() is not None:
        return False
    monitoring = getattr(sys, "monitoring", None)  # Python 3.12 has it
    return monitoring is None or all(monitoring.get_tool(tool) is None for tool in range(6))


def inlined(function: Callable[..., Any], arguments: tuple[str, ...]) -> Inlined | None:
    """The function's result for arguments that are names; None where it has to be called."""
    if not isinstance(function, FunctionType):
        return None
    if any(map(_looks_at_its_caller, map(function.__globals__.get, function.__code__.co_names))):
        return None  # Under another name than its own.
    found = _inlined(function.__code__, function.__code__.co_filename, arguments)
    if found is None or GLOBAL not in found.text:
        return found
    return found._replace(globals=function.__globals__)


def unmarked(code: CodeType) -> CodeType:
    """Compiled code, with what is inside of it, in which the global names are the user's own."""
    return code.replace(
        co_names=tuple(name.removeprefix(GLOBAL) for name in code.co_names),
        co_consts=tuple(unmarked(each) if isinstance(each, CodeType) else each for each in code.co_consts),
    )


def _looks_at_its_caller(value: object) -> bool:
    name = getattr(value, "__name__", None)
    return isinstance(name, str) and name in _LOOKS_AT_ITS_CALLER


@lru_cache(maxsize=4096)
def _inlined(code: CodeType, file: str, arguments: tuple[str, ...]) -> Inlined | None:
    """The file is a part of what is asked, because equal code of two files is not told apart."""
    if code.co_name != "<lambda>" or code.co_freevars or code.co_argcount != len(arguments):
        return None
    if any(name in _LOOKS_AT_ITS_CALLER or name.startswith(GLOBAL) for name in code.co_names):
        return None
    try:
        line, body = _body(code)
        if _ODD_ESCAPE.search(body):
            return None
        found = _nodes(body)
        new_names = {name: GLOBAL + name for name in code.co_names}
        new_names |= zip(code.co_varnames, arguments, strict=True)
        text = _renamed(body, found, new_names)
        made = _made(f"lambda {', '.join(arguments)}: {text}", file, ())
        if not _same(code, unmarked(made)):
            made = _made(f"lambda {', '.join(arguments)}: {text}", file, [GLOBAL + name for name in code.co_names])
        all_renamed = all(node.id in new_names.values() for node in _nodes(text) if isinstance(node, ast.Name))
    except (SyntaxError, ValueError, LookupError, RecursionError):
        return None
    if not all_renamed or made.co_varnames != arguments or not _same(code, unmarked(made)):
        return None
    return Inlined(text, Position(file, line, code.co_qualname), any(map(_decides, found)))


def _made(text: str, file: str, imported: Iterable[str]) -> CodeType:
    """The code of a lambda in a module that imports these names, whose attributes Python then calls in another way."""
    source = "".join(f"import {name}\n" for name in imported) + text
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)  # The user was warned; each compilation would do so again.
        module = compile(source, file, "exec", dont_inherit=True)
    [made] = (each for each in module.co_consts if isinstance(each, CodeType))
    return made


def _body(code: CodeType) -> tuple[int, str]:
    """Where a lambda's body begins, and its text in parentheses: all that its instructions stand for."""
    spots = [
        (line, column, last, end)
        for line, last, column, end in code.co_positions()
        if line is not None and last is not None and column is not None and end  # the start of a function has no width
    ]
    line, column = min(spot[:2] for spot in spots)
    last, end = max(spot[2:] for spot in spots)
    lines = [text.encode() for text in linecache.getlines(code.co_filename)[line - 1 : last]]
    if len(lines) != last - line + 1:
        raise ValueError(f"{code.co_filename} has no line {last}")
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][column:]
    return line, f"({b''.join(lines).decode()})"


def _nodes(body: str) -> list[ast.AST]:
    """What the text in parentheses consists of. These must be a pair, as they are not in `(a) + (b)`."""
    found = ast.parse(body, mode="eval").body
    lines = body.encode().split(b"\n")
    end = found.end_lineno, found.end_col_offset
    if (found.lineno, found.col_offset) != (1, 1) or end != (len(lines), len(lines[-1]) - 1):
        raise ValueError(f"{body} is not an expression in parentheses")
    nodes = list(ast.walk(found))
    if any(isinstance(node, _SCOPES) for node in nodes):
        raise ValueError(f"{body} has names of its own, or yields")
    return nodes


def _renamed(text: str, nodes: Iterable[ast.AST], new_names: dict[str, str]) -> str:
    names = [node for node in nodes if isinstance(node, ast.Name)]
    lines = text.encode().split(b"\n")
    # From the last to the first, as each moves what is behind it. In an f-string, Python 3.11 may say a wrong place.
    for name in sorted(names, key=lambda name: (name.lineno, name.col_offset), reverse=True):
        line = lines[name.lineno - 1]
        lines[name.lineno - 1] = line[: name.col_offset] + new_names[name.id].encode() + line[name.end_col_offset :]
    return b"\n".join(lines).decode()


def _same(code: CodeType, made: CodeType) -> bool:
    """Whether they do the same, wherever they were written. Constants are told apart by type, as 1 and True."""

    def bare(each: CodeType) -> CodeType:
        return each.replace(
            co_filename="",
            co_name="",
            co_qualname="",
            co_firstlineno=1,
            co_linetable=b"",
            co_flags=made.co_flags,  # they only tell of a function around it, and of the module's `__future__`
            co_varnames=code.co_varnames,
        )

    return bare(code) == bare(made)


def _decides(node: ast.AST) -> bool:
    return isinstance(node, ast.BoolOp) or (isinstance(node, ast.Compare) and len(node.ops) > 1)


__all__ = ["GLOBAL", "Inlined", "Position", "inlined", "unmarked", "wanted"]
