"""The shape of a JSON type: how values look that are sure to be read back as they are (native/json_writer.h)."""

from __future__ import annotations

import datetime
import enum
from dataclasses import is_dataclass
from types import MemberDescriptorType
from typing import Any, NamedTuple, get_origin
from uuid import UUID

from msgspec import Struct, inspect


class Kind(enum.IntEnum):
    """What is looked at; as in native/json_writer.h."""

    UNKNOWN = 0
    NONE = 1
    BOOL = 2
    INT = 3
    FLOAT = 4
    STR = 5
    EXACT = 6
    DATETIME = 7
    LITERAL = 8
    LIST = 9
    SET = 10
    TUPLE = 11
    FIXED = 12
    DICT = 13
    TYPED_DICT = 14
    FIELDS = 15
    SLOTS = 16
    UNION = 17
    ANY = 18
    WHOLE = 19


class Shape(NamedTuple):
    """One node; children are places in the list of all of a type's nodes.

    `required` are the children, the first ones, that have to be there in a TYPED_DICT, and in their order in FIELDS.
    """

    kind: Kind
    type: Any = None
    names: Any = None
    children: tuple[int, ...] = ()
    required: int = 0


_SIMPLE = {
    inspect.NoneType: Shape(Kind.NONE),
    inspect.BoolType: Shape(Kind.BOOL),
    inspect.IntType: Shape(Kind.INT),
    inspect.StrType: Shape(Kind.STR),
    inspect.BytesType: Shape(Kind.EXACT, bytes),
    inspect.UUIDType: Shape(Kind.EXACT, UUID),
    inspect.DateType: Shape(Kind.EXACT, datetime.date),
    inspect.TimeDeltaType: Shape(Kind.EXACT, datetime.timedelta),
    inspect.DateTimeType: Shape(Kind.DATETIME),
}
_UNKNOWN = Shape(Kind.UNKNOWN)
_STR = inspect.StrType()
_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "tz")
_UNCLEAR_KEYS = inspect.UnionType, inspect.LiteralType
"""Keys of a dict are text, which may be read as a number, or not."""
_HOOKS = ("__post_init__", "__attrs_post_init__", "__attrs_pre_init__")
"""Methods of a class that may change what is read."""


def shapes_of(type_info: inspect.Type, *, is_key: bool) -> tuple[Shape, ...]:
    """The nodes of a type, the first for the whole value. What is not understood is UNKNOWN: no value fits.

    For a key, numbers with a fraction are UNKNOWN, too: equal ones may have other bytes (0.0 and -0.0).
    """
    shapes: list[Shape] = []
    places: dict[int, int] = {}

    def place(info: Any) -> int:
        if id(info) not in places:
            places[id(info)] = at = len(shapes)
            shapes.append(_UNKNOWN)
            shapes[at] = shape(info)
        return places[id(info)]

    def many(infos: Any) -> tuple[int, ...]:
        return tuple(place(info) for info in infos)

    def shape(info: Any) -> Shape:
        if _is_constrained(info):
            return _UNKNOWN
        match info:
            case inspect.AnyType():
                return Shape(Kind.WHOLE if is_key else Kind.ANY)
            case inspect.FloatType() if not is_key:
                return Shape(Kind.FLOAT)
            case inspect.EnumType() if not issubclass(info.cls, enum.Flag):
                return Shape(Kind.EXACT, info.cls)
            case inspect.LiteralType() if None not in info.values:
                return Shape(Kind.LITERAL, dict.fromkeys(info.values))
            case inspect.ListType():
                return Shape(Kind.LIST, children=(place(info.item_type),))
            case inspect.SetType():
                return Shape(Kind.SET, set, children=(place(info.item_type),))
            case inspect.FrozenSetType():
                return Shape(Kind.SET, frozenset, children=(place(info.item_type),))
            case inspect.VarTupleType():
                return Shape(Kind.TUPLE, tuple, children=(place(info.item_type),))
            case inspect.TupleType():
                return Shape(Kind.FIXED, tuple, children=many(info.item_types))
            case inspect.NamedTupleType():
                return Shape(Kind.FIXED, class_of(info), children=many(field.type for field in info.fields))
            case inspect.DictType(key_type=inspect.AnyType()):  # JSON's own keys are text.
                return Shape(Kind.DICT, children=(place(_STR), place(info.value_type)))
            case inspect.DictType(key_type=inspect.StrType()):
                return Shape(Kind.DICT, children=(place(info.key_type), place(info.value_type)))
            case inspect.DictType() if not is_key and not isinstance(info.key_type, _UNCLEAR_KEYS):
                return Shape(Kind.DICT, children=(place(info.key_type), place(info.value_type)))
            case inspect.UnionType():
                return Shape(Kind.UNION, children=many(info.types))
            case inspect.TypedDictType():
                fields = sorted(info.fields, key=lambda field: not field.required)
                names = {field.name: number for number, field in enumerate(fields)}
                children = many(field.type for field in fields)
                return Shape(Kind.TYPED_DICT, None, names, children, sum(field.required for field in fields))
            case inspect.DataclassType() | inspect.StructType():
                return of_fields(class_of(info), info.fields)
        return _SIMPLE.get(type(info), _UNKNOWN)

    def of_fields(cls: type, fields: tuple[inspect.Field, ...]) -> Shape:
        names = tuple(field.name for field in fields)
        if any(hasattr(cls, hook) for hook in _HOOKS) or (is_key and omits_defaults(cls)):
            return _UNKNOWN
        slots = [isinstance(getattr(cls, name, None), MemberDescriptorType) for name in names]
        if all(slots):
            return Shape(Kind.SLOTS, cls, names, many(field.type for field in fields))
        if any(slots) or not cls.__dictoffset__:
            return _UNKNOWN
        # Those of attrs are written in the order in which an object got them, and with what else it has.
        in_order = 0 if is_dataclass(cls) else len(names)
        return Shape(Kind.FIELDS, cls, names, many(field.type for field in fields), in_order)

    place(type_info)
    return tuple(shapes)


def class_of(info: Any) -> type:
    """The class of a dataclass's, Struct's or NamedTuple's instances, also where type arguments were given."""
    cls: type = get_origin(info.cls) or info.cls
    return cls


def omits_defaults(cls: type) -> bool:
    """Whether a Struct leaves out what is its default, which it tells by identity: equal ones may have other bytes."""
    return issubclass(cls, Struct) and bool(cls.__struct_config__.omit_defaults)


def _is_constrained(info: Any) -> bool:
    """Whether some values of the type are refused when they are read."""
    return any(getattr(info, constraint, None) is not None for constraint in _CONSTRAINTS)
