"""The functions and classes that a user gave an operator: their names, where they are, and a hash of what they do."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from kstream_cli.described.model import Function, Position
from kstream_cli.processor.user_position import is_users

Place = Callable[[str, int], Position]
"""Makes a position of a file's full name and a line."""

_LOOKUPS = "Getter"
"""How the classes end that read another node's table: its functions are that node's."""


def functions_of(operator: object, place: Place) -> tuple[Function, ...]:
    """What the user gave the operator, in the order of its fields."""
    return tuple(_function(role, found, place) for role, found in given_functions(operator) if not _is_own(found))


def given_as(place: Place, **functions: Callable[..., Any] | None) -> tuple[Function, ...]:
    """The functions that are given by role; None is no function."""
    return tuple(
        _function(named, found, place)
        for role, function in functions.items()
        if function is not None
        for named, found in _called(role, function)
        if not _is_own(found)
    )


def given_functions(operator: object, role: str = "") -> Iterator[tuple[str, Any]]:
    """(role, function or class) of all that is called in an operator, kstream's own ones too."""
    if not is_dataclass(operator) or isinstance(operator, type) or type(operator).__name__.endswith(_LOOKUPS):
        return
    for each in fields(operator):
        value = getattr(operator, each.name)
        named = role if role and each.name in ("function", "supplier") else each.name
        yield from _called(named, value)


def _called(role: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        for part in value:
            yield from _called("predicate" if role == "branches" else role, part)
    elif is_dataclass(value) and not isinstance(value, type) and not is_users(_file_of(type(value)) or "<>"):
        yield from given_functions(value, role)
    elif callable(value) or (role == "windows" and is_users(_file_of(type(value)) or "<>")):
        wrapped = list(_unwrapped(value))
        yield from ((role, function) for function in wrapped)


def _unwrapped(value: Any) -> Iterator[Any]:
    """The function itself, or those that a wrapper of kstream's holds on to."""
    if isinstance(value, functools.partial):
        yield from _unwrapped(value.func)
        return
    code = getattr(value, "__code__", None)
    if code is None or is_users(code.co_filename) or value.__closure__ is None:
        yield value
        return
    held = [_cell(cell) for cell in value.__closure__]
    functions = [each for each in held if callable(each)]
    if not functions:
        yield value
    for function in functions:
        yield from _unwrapped(function)


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _is_own(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith("kstream_cli.")


def _function(role: str, value: Any, place: Place) -> Function:
    name = getattr(value, "__qualname__", None) or type(value).__qualname__
    name = name.rpartition("<locals>.")[2]
    codes = _codes(value)
    position = None
    if codes and is_users(codes[0].co_filename):
        position = place(codes[0].co_filename, _first_line(value, codes))
    return Function(role=role, name=name, position=position, hash=_hash(value, codes))


def _codes(value: Any) -> list[CodeType]:
    """The code of a function, or of all methods of a class, or of an object's class."""
    value = getattr(value, "__func__", value)
    if (code := getattr(value, "__code__", None)) is not None:
        return [code]
    kind = value if isinstance(value, type) else type(value)
    own = [base for base in kind.__mro__ if base is kind or is_users(_file_of(base) or "<>")]
    attributes = (each for base in own for each in vars(base).values())
    methods = (getattr(each, "__func__", getattr(each, "fget", each)) for each in attributes)
    return [code for each in methods if isinstance(code := getattr(each, "__code__", None), CodeType)]


def _first_line(value: Any, codes: list[CodeType]) -> int:
    if getattr(getattr(value, "__func__", value), "__code__", None) is not None:
        return codes[0].co_firstlineno
    kind = value if isinstance(value, type) else type(value)
    return _class_line(kind, codes[0].co_filename) or min(code.co_firstlineno for code in codes)


@functools.lru_cache(maxsize=1024)
def _class_line(kind: type, file: str) -> int | None:
    if (line := getattr(kind, "__firstlineno__", None)) is not None:  # from Python 3.13 on
        return int(line)
    return _class_lines(file).get(kind.__qualname__.replace("<locals>.", ""))


@functools.lru_cache(maxsize=64)
def _class_lines(file: str) -> dict[str, int]:
    """Qualified name -> line of each class in a file."""
    found: dict[str, int] = {}

    def visit(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                name = f"{inside}{child.name}"
                if isinstance(child, ast.ClassDef):
                    found.setdefault(name, child.lineno)
                visit(child, f"{name}.")
            else:
                visit(child, inside)

    try:
        visit(ast.parse("".join(linecache.getlines(file))), "")
    except SyntaxError:
        return {}
    return found


def _file_of(kind: type) -> str | None:
    """The file of a class; None for one without."""
    try:
        return inspect.getfile(kind)
    except (TypeError, OSError):
        return None


def _hash(value: Any, codes: list[CodeType]) -> str | None:
    """Of the bytecode, and of what the function uses besides; None for what has no code."""
    if not codes:
        return None
    digest = hashlib.sha256()
    for text in (*map(_code_text, codes), *_used(getattr(value, "__func__", value), set())):
        digest.update(text.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:16]


def _used(value: Any, seen: set[int]) -> Iterator[str]:
    """Plain values that a function or object was made with, and the constants and functions that it names."""
    seen.add(id(value))
    defaults, closure = getattr(value, "__defaults__", None) or (), getattr(value, "__closure__", None) or ()
    yield from map(_held_text, (*defaults, *map(_cell, closure)))
    code = getattr(value, "__code__", None)
    if code is None:
        held = {} if isinstance(value, type) else getattr(value, "__dict__", {})
        yield from (f"{name}={_held_text(each)}" for name, each in held.items())
        return
    names = _names(code)
    yield from _known(names, value.__globals__, seen)
    modules = (each for name in sorted(names) if isinstance(each := value.__globals__.get(name), ModuleType))
    for module in modules:
        if is_users(getattr(module, "__file__", None) or "<>"):
            yield from _known(names, vars(module), seen)


def _known(names: set[str], known: Mapping[str, Any], seen: set[int]) -> Iterator[str]:
    """The constants, and the user's functions and classes, that have one of the names."""
    for name in sorted(names & known.keys()):
        each = known[name]
        if isinstance(each, (str, bytes, int, float, tuple)):
            yield f"{name}={_held_text(each)}"
        elif isinstance(each, (FunctionType, type)) and id(each) not in seen:
            seen.add(id(each))
            own = [code for code in _codes(each) if is_users(code.co_filename)]
            yield from (f"{name}={_code_text(code)}" for code in own)
            if own and isinstance(each, FunctionType):
                yield from _used(each, seen)


def _names(code: CodeType) -> set[str]:
    """The global names in a function and in those within it."""
    return set(code.co_names).union(*(_names(each) for each in code.co_consts if isinstance(each, CodeType)))


def code_hash(*values: Any) -> str:
    """Of what several functions, classes and plain values are, in their order."""
    digest = hashlib.sha256()
    for value in values:
        digest.update((_hash(value, _codes(value)) or _held_text(value)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:16]


def _held_text(held: object) -> str:
    """A value that a function holds on to, as far as it is the same in each run: plain ones, and functions' code."""
    if isinstance(held, tuple):
        return f"({','.join(map(_held_text, held))})"
    if isinstance(held, (str, bytes, int, float, bool, type(None))):
        return repr(held)
    code = getattr(held, "__code__", None)
    return _code_text(code) if isinstance(code, CodeType) else type(held).__qualname__


def _code_text(code: CodeType) -> str:
    return repr((code.co_code, list(map(_constant_text, code.co_consts)), code.co_names, code.co_freevars))


def _constant_text(constant: object) -> str:
    if isinstance(constant, CodeType):
        return _code_text(constant)
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)
