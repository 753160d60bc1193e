"""Which types a store may keep decoded in its write buffer, because nobody can change their values in place."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import types
import typing
from typing import Any
from uuid import UUID

import msgspec

_SCALARS = frozenset(
    {
        str,
        int,
        float,
        bool,
        bytes,
        UUID,
        type(None),
        None,
        decimal.Decimal,
        datetime.datetime,
        datetime.date,
        datetime.time,
        datetime.timedelta,
    }
)


def is_immutable(type: Any) -> bool:
    """True for scalars, enums, and frozen dataclasses, Structs, tuples and unions of nothing but such types."""
    return _is_immutable(type, frozenset())


def _is_immutable(tp: Any, seen: frozenset[Any]) -> bool:
    origin, args = typing.get_origin(tp), typing.get_args(tp)
    if origin is typing.Annotated:
        return _is_immutable(args[0], seen)
    if origin is typing.Literal:
        return True
    if origin in (tuple, frozenset, typing.Union, types.UnionType):
        return bool(args) and all(part is Ellipsis or _is_immutable(part, seen) for part in args)
    if not isinstance(tp, type):
        return tp is None
    if tp in _SCALARS or issubclass(tp, enum.Enum):
        return True
    if tp in seen:  # A type that holds itself is as immutable as its other fields.
        return True
    return _is_frozen(tp) and _has_immutable_fields(tp, seen | {tp})


def _is_frozen(tp: type) -> bool:
    if issubclass(tp, msgspec.Struct):
        return tp.__struct_config__.frozen
    if dataclasses.is_dataclass(tp):
        return bool(tp.__dataclass_params__.frozen)  # type: ignore[attr-defined]
    return issubclass(tp, tuple) and hasattr(tp, "_fields")


def _has_immutable_fields(tp: type, seen: frozenset[Any]) -> bool:
    try:
        hints = typing.get_type_hints(tp, include_extras=True)
    except (NameError, TypeError):  # A forward reference that cannot be resolved here: be careful.
        return False
    return all(
        typing.get_origin(hint) is typing.ClassVar or hint is typing.ClassVar or _is_immutable(hint, seen)
        for hint in hints.values()
    )
