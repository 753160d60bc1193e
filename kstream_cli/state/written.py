"""Lines of code that stand in a function of their own, or in the middle of other code, such as that of operators.

So what is done for each record is written once, and costs no call where it is done most.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import lru_cache
from textwrap import dedent, indent
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from kstream_cli.source_code import function_code

Bind: TypeAlias = Callable[[str, object], str]
"""(hint, thing) -> a name that means the thing in the code for which lines are written."""


def function_of(name: str, parameters: str, write: Callable[[Bind], str]) -> Callable[..., Any]:
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
