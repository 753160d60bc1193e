"""Where a value and what is read back in its place are not the same."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from msgspec import Struct


def difference(given: Any, read: Any, path: str = "$") -> tuple[str, Any, Any] | None:
    """The path of the first part that differs, and both parts; None where the values are equal.

    Objects of classes that do not say when they are equal are so when all their fields are.
    """
    if given is read or _are_equal(given, read):
        return None
    if type(given) is type(read):
        parts = list(_parts(given, read, path))
        for inner, one, other in parts:
            if (found := difference(one, other, inner)) is not None:
                return found
        if parts and _tells_no_equals(type(given)):
            return None
        if isinstance(given, list | tuple) and parts and len(given) == len(read):
            return None
        if isinstance(given, dict) and parts and given.keys() == read.keys():
            return None
    return path, given, read


def not_finite(value: Any, path: str = "$", depth: int = 50) -> tuple[str, float] | None:
    """The path of the first NaN or infinity in a value, and that number."""
    if isinstance(value, float) and not math.isfinite(value):
        return path, value
    if depth and not isinstance(value, str | bytes):
        for inner, part, _ in _parts(value, value, path):
            if (found := not_finite(part, inner, depth - 1)) is not None:
                return found
    return None


def _tells_no_equals(cls: type) -> bool:
    own: object = cls.__eq__
    return own is object.__eq__


def _are_equal(given: Any, read: Any) -> bool:
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


__all__ = ["difference", "not_finite"]
