"""Python source that kstream writes for the record path, as code of which tracebacks show the lines.

What is done for each record is written once. It stands in a function, or in the middle of other code, such as that of
operators, and costs no call where it is done most.
"""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Callable
from functools import lru_cache
from textwrap import dedent, indent
from types import CodeType, FunctionType
from typing import Any, TypeAlias

Bind: TypeAlias = Callable[[str, object], str]
"""(hint, thing) -> a name that means the thing in the code for which lines are written."""


def function_code(source: str, file: str) -> CodeType:
    """The code of the one function that the source defines; tracebacks call the source `file`."""
    # Only line feeds end a line for Python, which `splitlines` does not keep to.
    linecache.cache[file] = (len(source), None, [f"{line}\n" for line in source.split("\n")], file)
    [code] = (each for each in compile(source, file, "exec").co_consts if isinstance(each, CodeType))
    return code


def bound_function(name: str, parameters: str, write: Callable[[Bind], str]) -> Callable[..., Any]:
    """The function whose lines `write` gives."""
    bound: dict[str, object] = {}

    def bind(hint: str, thing: object) -> str:
        given = f"{hint}_{len(bound) + 1}"
        bound[given] = thing
        return given

    body = indent(dedent(write(bind)), "        ")
    source = f"def bind({', '.join(bound)}):\n    def {name}({parameters}):\n{body}\n    return {name}\n"
    made: Callable[..., Any] = FunctionType(_compiled(source, name), {"__builtins__": builtins})(*bound.values())
    return made


@lru_cache(maxsize=256)
def _compiled(source: str, name: str) -> CodeType:
    """Stores of a kind share their code."""
    return function_code(source, f"<kstream store {name} {hash(source) & 0xFFFFFF:06x}>")


__all__ = ["Bind", "bound_function", "function_code"]
