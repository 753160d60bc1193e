"""Functions that kstream calls: those that can never do their work in that place are refused when they are given."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, TypeGuard

from kstream_cli.errors import StreamsError, TopologyError
from kstream_cli.user_objects import repr_of

_ITERABLE_COROUTINE = inspect.CO_ITERABLE_COROUTINE
_NO_RESULT = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | _ITERABLE_COROUTINE


def check_plain(
    given: object,
    role: str,
    *,
    error: type[StreamsError] = TopologyError,
    methods: tuple[str, ...] = (),
    yields: bool = False,
) -> None:
    """Raise `error` where `given`, or one of its `methods`, is a coroutine function, or a generator function.

    kstream calls a function and takes what it returns: of these nothing would have run. `role` is what the function is
    for, such as predicate. With `yields` the results are iterated over, so that a generator function will do.
    """
    for name in ("", *methods):
        function = getattr(given, name, None) if name else given
        kind = _kind(function)
        if kind is None or (yields and kind == "generator"):
            continue
        what = f"{role}: {_name(given)}{'.' if name else ''}{name}"
        if kind == "generator":
            raise error(
                f"{what} is a generator function (it has a yield), of which a call runs nothing: return the result, "
                "or use an operation that takes many results, such as flat_map_values or process"
            )
        raise error(
            f"{what} is {kind} (async def), of which a call runs nothing: kstream does not await it. Make it a plain "
            "function; to wait for something in it, call asyncio.run(…) there, or a client that is not asynchronous"
        )


def check_function(
    function: object,
    role: str,
    *parameters: str,
    error: type[StreamsError] = TopologyError,
    remedy: str = "",
    yields: bool = False,
) -> None:
    """Raise `error` unless `function` can be called with as many arguments as there are `parameters`.

    `role` is what the function is for, such as predicate; `remedy` is added to the message. Coroutine functions are
    refused, and generator functions unless it `yields` results.
    """
    if not callable(function):
        raise error(f"{_call(role, parameters)} must be a function, not {repr_of(function, 80)}{remedy}")
    check_plain(function, role, error=error, yields=yields)
    if is_bare(function) and _takes(function.__code__, len(parameters)):
        return
    signature = _signature(function)
    if signature is None:
        return
    try:
        signature.bind(*parameters)
    except TypeError:
        name = getattr(function, "__qualname__", None) or repr_of(function, 80)
        raise error(f"{role} is called as {_call(role, parameters)}, but {name} takes {signature}{remedy}") from None


def check_methods(
    given: object, role: str, methods: Mapping[str, Sequence[str]], *, error: type[StreamsError] = TopologyError
) -> None:
    """Raise `error` unless `given` has these methods, and each can be called with these parameters.

    `given` is an object, or a class that objects are made of.
    """
    for name, parameters in methods.items():
        takes_self = isinstance(given, type) and inspect.isfunction(inspect.getattr_static(given, name, None))
        all_parameters = ("self", *parameters) if takes_self else parameters
        check_function(getattr(given, name, None), f"{role}: {_name(given)}.{name}", *all_parameters, error=error)


def check_can_be_made(given: object) -> None:
    """Raise TopologyError for a class that lacks a method of its contract."""
    if isinstance(given, type) and (missing := sorted(getattr(given, "__abstractmethods__", ()))):
        raise TopologyError(f"no {given.__qualname__} can be made: it lacks the method {missing[0]}")


def methods_of(contract: type, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Parameters of a contract's methods, without self."""
    return {name: tuple(inspect.signature(getattr(contract, name)).parameters)[1:] for name in names}


def _kind(function: Any) -> str | None:
    """What a call gives instead of a result; None where it does its work."""
    if is_bare(function) and not function.__code__.co_flags & _NO_RESULT:
        return None
    function = _called(function)
    code = getattr(function, "__code__", None)
    if inspect.isasyncgenfunction(function):
        return "an asynchronous generator function"
    if inspect.iscoroutinefunction(function) or getattr(code, "co_flags", 0) & _ITERABLE_COROUTINE:
        return "a coroutine function"
    return "generator" if inspect.isgeneratorfunction(function) else None


def is_bare(function: Any) -> TypeGuard[FunctionType]:
    """Whether it is a function of Python's that nobody has marked or wrapped: its code alone says what a call does."""
    return type(function) is FunctionType and not function.__dict__


def _called(function: Any) -> Any:
    """The function that runs in the end: inside partials, methods, and objects that can be called."""
    for _ in range(10):
        if isinstance(function, functools.partial | functools.partialmethod):
            function = function.func
        elif inspect.ismethod(function) or isinstance(function, staticmethod | classmethod):
            function = function.__func__
        elif isinstance(function, functools._lru_cache_wrapper):
            function = function.__wrapped__
        elif callable(function) and not isinstance(function, type) and not _is_function(function):
            function = type(function).__call__
        else:
            break
    return function


def _is_function(function: Callable[..., object]) -> bool:
    return inspect.isroutine(function) or inspect.iscoroutinefunction(function)


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


def _name(given: object) -> str:
    return str(getattr(given, "__qualname__", None) or f"{type(given).__qualname__} object")


__all__ = ["check_can_be_made", "check_function", "check_methods", "check_plain", "is_bare", "methods_of"]
