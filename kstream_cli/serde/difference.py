"""Where a value and what is read back in its place are not the same."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

_DEPTH = 50
"""How far to look into a value, which may hold itself."""


def difference(given: Any, read: Any, path: str = "$") -> tuple[str, Any, Any] | None:
    """The path of the first part that differs, and both parts; None where the values are equal.

    Objects of classes that do not say when they are equal are so when all their fields are. Times are equal when they
    are one instant: Python says no to each time of an hour that a zone's clocks pass twice, or leave out.
    """
    if given is read or _are_equal(given, read):
        return None
    if type(given) is type(read):
        parts = list(_parts(given, read, path))
        for inner, one, other in parts:
            if (found := difference(one, other, inner)) is not None:
                return found
        if parts and (_tells_no_equals(type(given)) or any(is_unclear(time) for time in times_of(given))):
            return None
        if isinstance(given, list | tuple) and parts and len(given) == len(read):
            return None
        if isinstance(given, dict) and parts and given.keys() == read.keys():
            return None
    return path, given, read


def not_finite(value: Any) -> tuple[str, float] | None:
    """The path of the first NaN or infinity in a value, and that number."""
    for path, part in _all(value):
        if isinstance(part, float) and not math.isfinite(part):
            return path, part
    return None


def innermost(value: Any, fails: Callable[[Any], bool], path: str = "$", depth: int = _DEPTH) -> tuple[str, Any]:
    """The path of the part with which a value `fails`, and the part."""
    if depth:
        for inner, part, _ in _parts(value, value, path):
            if fails(part):
                return innermost(part, fails, inner, depth - 1)
    return path, value


def is_unclear(time: datetime) -> bool:
    """Whether clocks pass this time twice, or leave it out: what instant it is depends on its fold."""
    return time.tzinfo is not None and time.utcoffset() != time.replace(fold=1 - time.fold).utcoffset()


def times_of(value: Any) -> Iterator[datetime]:
    """Dates with a time inside of a value."""
    return (part for _, part in _all(value) if isinstance(part, datetime))


def _all(value: Any, path: str = "$", depth: int = _DEPTH) -> Iterator[tuple[str, Any]]:
    yield path, value
    if depth and not isinstance(value, str | bytes):
        for inner, part, _ in _parts(value, value, path):
            yield from _all(part, inner, depth - 1)


def _tells_no_equals(cls: type) -> bool:
    own: object = cls.__eq__
    return own is object.__eq__


def _are_equal(given: Any, read: Any) -> bool:
    if isinstance(given, datetime) and isinstance(read, datetime) and is_unclear(given) and read.tzinfo is not None:
        return given.astimezone(UTC) == read.astimezone(UTC)
    return bool(given == read)


def _parts(given: Any, read: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(given, dict):
        for key in given.keys() & read.keys():
            yield f"{path}.{key}" if isinstance(key, str) else f"{path}[{key!r}]", given[key], read[key]
    elif isinstance(given, list | tuple):
        names = getattr(given, "_fields", None)
        for number, (one, other) in enumerate(zip(given, read, strict=False)):
            yield f"{path}.{names[number]}" if names else f"{path}[{number}]", one, other
    else:
        for name in _fields(type(given)):
            yield f"{path}.{name}", getattr(given, name, None), getattr(read, name, None)


def _fields(cls: type) -> tuple[str, ...]:
    if issubclass(cls, Struct):
        return cls.__struct_fields__
    if dataclasses.is_dataclass(cls):
        return tuple(field.name for field in dataclasses.fields(cls))
    attributes = getattr(cls, "__attrs_attrs__", None) or getattr(cls, "model_fields", None) or ()
    return tuple(attribute if isinstance(attribute, str) else attribute.name for attribute in attributes)


__all__ = ["difference", "innermost", "is_unclear", "not_finite", "times_of"]
