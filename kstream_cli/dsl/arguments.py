"""What the user gives to an operation: checked when it is added, where the traceback shows their line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import CodeType

from kstream_cli.callables import check_plain, is_bare
from kstream_cli.errors import TopologyError


def check_kind(given: object, what: str, *kinds: type, remedy: str = "") -> None:
    """Raise TopologyError unless `given`, which the user knows as `what`, is of one of the kinds."""
    if not isinstance(given, kinds):
        known = " or ".join(kind.__name__ for kind in kinds)
        raise TopologyError(f"{what} takes a {known}, not {given!r}{remedy}")


def check_function(function: object, role: str, *parameters: str, remedy: str = "", yields: bool = False) -> None:
    """Raise TopologyError unless `function` can be called with as many arguments as there are `parameters`.

    `role` is what the operation calls it, such as predicate; `remedy` is added to the message. Coroutine functions are
    refused, and generator functions unless it `yields` results.
    """
    if not callable(function):
        raise TopologyError(f"{_call(role, parameters)} must be a function, not {function!r}{remedy}")
    check_plain(function, role, yields=yields)
    if is_bare(function) and _takes(function.__code__, len(parameters)):
        return
    signature = _signature(function)
    if signature is None:
        return
    try:
        signature.bind(*parameters)
    except TypeError:
        name = getattr(function, "__qualname__", repr(function))
        raise TopologyError(
            f"{role} is called as {_call(role, parameters)}, but {name} takes {signature}{remedy}"
        ) from None


def check_value_function(function: object, role: str, *, with_key: bool, yields: bool = False) -> None:
    """The same for one that takes (value), or (key, value) with `with_key`."""
    if with_key:
        check_function(function, role, "key", "value", yields=yields)
    else:
        check_function(function, role, "value", remedy="; with_key=True makes it (key, value)", yields=yields)


def _takes(code: CodeType, count: int) -> bool:
    """Whether a function with this code is sure to take so many arguments: a signature would take long to make."""
    return code.co_argcount == count and not code.co_kwonlyargcount


def _call(role: str, parameters: tuple[str, ...]) -> str:
    return f"{role}({', '.join(parameters)})"


def _signature(function: Callable[..., object]) -> inspect.Signature | None:
    """None for those, written in C, that do not tell."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None
