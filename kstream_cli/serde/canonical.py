"""One form for equal values: what a JSON serde writes, so that equal keys are equal bytes and no field is missing."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import NODEFAULT, inspect
from msgspec.json import Encoder, decode, encode
from msgspec.structs import force_setattr

from kstream_cli.errors import SerializationError
from kstream_cli.serde.difference import is_unclear
from kstream_cli.serde.json_shape import class_of, omits_defaults

Canonical = Callable[[Any], Any]


def canonical_of(type_info: inspect.Type, *, is_key: bool) -> Canonical | None:
    """A function that gives a value of the type its one form; None where every value has it already.

    What is not of the type stays as it is. A dataclass gets all of its fields, as JSON read with fewer ones
    leaves defaults out of the object. In a key, equal numbers, and equal times of other zones, become the same.
    """
    return _Forms(is_key).form(type_info)


class _Forms:
    """The forms of the types inside of one type; each is made once, as a type may hold itself."""

    def __init__(self, is_key: bool) -> None:
        self._is_key = is_key
        self._made: dict[int, Canonical | None] = {}

    def form(self, info: Any) -> Canonical | None:
        if id(info) in self._made:
            return self._made[id(info)]
        # Inside itself a type is what is found last.
        self._made[id(info)] = lambda value: value if (form := self._made[id(info)]) is None else form(value)
        form = self._made[id(info)] = self._find(info)
        return form

    def _find(self, info: Any) -> Canonical | None:
        match info:
            case inspect.DataclassType():
                return self._dataclass(class_of(info), info.fields)
            case inspect.StructType():
                return self._struct(class_of(info), info.fields)
            case inspect.TypedDictType():
                return _with_parts({field.name: self.form(field.type) for field in info.fields})
            case inspect.NamedTupleType():
                return _tuple([self.form(field.type) for field in info.fields])
            case inspect.TupleType():
                return _tuple([self.form(item) for item in info.item_types])
            case inspect.SetType() | inspect.FrozenSetType():
                return _set(self.form(info.item_type))
            case inspect.CollectionType():
                return _list(self.form(info.item_type))
            case inspect.DictType():
                is_text = isinstance(info.key_type, inspect.StrType | inspect.AnyType)
                keys = self.form(info.key_type)
                return _dict(keys if is_text or not self._is_key else _as_text(keys), self.form(info.value_type))
            case inspect.UnionType():
                return self._union(info.types)
        return self._number(info) if self._is_key else None

    def _number(self, info: Any) -> Canonical | None:
        match info:
            case inspect.FloatType():
                return one_float
            case inspect.DecimalType():
                return one_decimal
            case inspect.DateTimeType():
                return one_instant
            case inspect.TimeType():
                return no_zone
            case inspect.AnyType():
                return one_of_any
        return None

    def _dataclass(self, cls: type, fields: tuple[inspect.Field, ...]) -> Canonical:
        parts = {field.name: self.form(field.type) for field in fields}

        def form(value: Any) -> Any:
            if type(value) is not cls:
                return value
            made = object.__new__(cls)
            for name, of in parts.items():
                part = getattr(value, name)
                object.__setattr__(made, name, part if of is None else of(part))
            return made

        return form

    def _struct(self, cls: type, fields: tuple[inspect.Field, ...]) -> Canonical | None:
        parts = {field.name: of for field in fields if (of := self.form(field.type)) is not None}
        defaults = {field.name: field.default for field in fields if field.default is not NODEFAULT}
        if not self._is_key or not omits_defaults(cls):
            defaults = {}
        if not parts and not defaults:
            return None

        def form(value: Any) -> Any:
            if type(value) is not cls:
                return value
            made: Any = copy.copy(value)
            for name, of in parts.items():
                force_setattr(made, name, of(getattr(value, name)))
            for name, default in defaults.items():
                if type(getattr(made, name)) is type(default) and getattr(made, name) == default:
                    force_setattr(made, name, default)
            return made

        return form

    def _union(self, infos: tuple[Any, ...]) -> Canonical | None:
        forms = [each for info in infos if (each := self.form(info)) is not None]
        has_int = any(isinstance(info, inspect.IntType) for info in infos)

        def form(value: Any) -> Any:
            for each in forms:  # Each leaves alone what is not of its type.
                value = each(value)
            return int(value) if has_int and type(value) is float and value.is_integer() else value

        return form if forms else None


def _with_parts(parts: dict[str, Canonical | None]) -> Canonical | None:
    changed = {name: part for name, part in parts.items() if part is not None}

    def form(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: of(part) if (of := changed.get(name)) else part for name, part in value.items()}

    return form if changed else None


def _tuple(parts: list[Canonical | None]) -> Canonical | None:
    def form(value: Any) -> Any:
        if not isinstance(value, tuple) or len(value) != len(parts):
            return value
        return tuple(part if of is None else of(part) for of, part in zip(parts, value, strict=True))

    return form if any(parts) else None


def _list(of: Canonical | None) -> Canonical | None:
    return None if of is None else lambda value: list(map(of, value)) if isinstance(value, list | tuple) else value


def _set(of: Canonical | None) -> Canonical | None:
    # A list, as what stands for a part need not be hashable; it has an order, as the encoder gives one to sets.
    in_order = Encoder(order="deterministic").encode
    return (
        None
        if of is None
        else lambda value: sorted(map(of, value), key=in_order) if isinstance(value, set | frozenset) else value
    )


def _dict(keys: Canonical | None, values: Canonical | None) -> Canonical | None:
    def form(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key if keys is None else keys(key): part if values is None else values(part) for key, part in value.items()
        }

    return form if keys or values else None


def _as_text(of: Canonical | None) -> Canonical:
    """Keys as JSON has them: the encoder gives an order only to those."""

    def text(key: Any) -> Any:
        [written] = decode(encode({key if of is None else of(key): None}))
        return written

    return text


def one_float(value: Any) -> Any:
    """0.0 for -0.0, and floats for whole numbers."""
    # Adding 0.0 makes -0.0 the other zero.
    return value + 0.0 if type(value) in (float, int) else value


def one_decimal(value: Any) -> Any:
    """A decimal without zeros at its end."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    while len(digits) > 1 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    return Decimal(0) if digits == (0,) else Decimal((sign, digits, exponent))


def one_instant(value: Any) -> Any:
    """A time with a zone in UTC. Raises SerializationError for one that Python does not tell from another instant."""
    if not isinstance(value, datetime.datetime) or value.tzinfo is None:
        return value
    if is_unclear(value):
        raise SerializationError(
            f"{value!r} cannot be part of a key: its zone has this time twice or not at all, and Python takes both "
            "instants for equal. Give it in UTC: value.astimezone(timezone.utc)"
        )
    return value.astimezone(datetime.UTC)


def no_zone(value: Any) -> Any:
    """The value. Raises SerializationError for a time of day with a zone."""
    if isinstance(value, datetime.time) and value.tzinfo is not None:
        raise SerializationError(f"{value!r} cannot be part of a key: equal times of other zones have other bytes")
    return value


def one_of_any(value: Any) -> Any:
    """Text and whole numbers where JSON has no types: 1.0 is 1."""
    if type(value) is float and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return list(map(one_of_any, value))
    if isinstance(value, dict):
        return {key: one_of_any(part) for key, part in value.items()}
    return value
