"""Functions that kstream calls: those that can never do their work in that place are refused when they are given."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeGuard

from kstream_cli.errors import StreamsError, TopologyError

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


def _name(given: object) -> str:
    return str(getattr(given, "__qualname__", None) or f"{type(given).__qualname__} object")


__all__ = ["check_plain", "is_bare"]
