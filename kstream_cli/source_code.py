"""Python source that kstream writes for the record path, as code of which tracebacks show the lines."""

from __future__ import annotations

import linecache
from types import CodeType


def function_code(source: str, file: str) -> CodeType:
    """The code of the one function that the source defines; tracebacks call the source `file`."""
    # Only line feeds end a line for Python, which `splitlines` does not keep to.
    linecache.cache[file] = (len(source), None, [f"{line}\n" for line in source.split("\n")], file)
    [code] = (each for each in compile(source, file, "exec").co_consts if isinstance(each, CodeType))
    return code


__all__ = ["function_code"]
