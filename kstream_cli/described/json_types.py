"""What a JSON type consists of, as plain data that can be saved, and compared with a later one."""

from __future__ import annotations

import enum
import inspect as python
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from kstream_cli.described.model import JsonField, JsonType
from kstream_cli.serde.once import once_a_type

_SIMPLE = {
    inspect.AnyType: "any",
    inspect.NoneType: "null",
    inspect.BoolType: "bool",
    inspect.IntType: "int",
    inspect.FloatType: "float",
    inspect.StrType: "str",
    inspect.BytesType: "bytes",
    inspect.ByteArrayType: "bytes",
    inspect.MemoryViewType: "bytes",
    inspect.UUIDType: "uuid",
    inspect.DecimalType: "decimal",
    inspect.DateType: "date",
    inspect.TimeType: "time",
    inspect.DateTimeType: "datetime",
    inspect.TimeDeltaType: "timedelta",
    inspect.RawType: "any",
}
_COLLECTIONS = {
    inspect.ListType: "list",
    inspect.VarTupleType: "list",
    inspect.SetType: "set",
    inspect.FrozenSetType: "set",
    inspect.CollectionType: "list",
}
_LIMITS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "tz")


@once_a_type
def json_type(type: Any) -> JsonType | None:
    """The type as data; None for one that cannot be looked into.

    Example:
        >>> json_type(dict[str, int])
        JsonType(kind='map', parts=(JsonType(kind='str'), JsonType(kind='int')))
    """
    try:
        return _Reading().of(inspect.type_info(type))
    except Exception:  # what a type says of itself is the user's code
        return None


class _Reading:
    """One walk through a type. A class within itself is named, not written out again."""

    def __init__(self) -> None:
        self._around: list[Any] = []

    def of(self, info: Any) -> JsonType:
        limits = [f"{name} {value!r}" for name in _LIMITS if (value := getattr(info, name, None)) is not None]
        found = self._of(info)
        return msgspec.structs.replace(found, limits=", ".join(limits)) if limits else found

    def _of(self, info: Any) -> JsonType:
        if isinstance(info, inspect.Metadata):
            return self.of(info.type)
        if (kind := _SIMPLE.get(type(info))) is not None:
            return JsonType(kind=kind)
        if (kind := _COLLECTIONS.get(type(info))) is not None:
            return JsonType(kind=kind, parts=(self.of(info.item_type),))
        match info:
            case inspect.DictType() | inspect.FrozenDictType():
                return JsonType(kind="map", parts=(self.of(info.key_type), self.of(info.value_type)))
            case inspect.TupleType():
                return JsonType(kind="tuple", parts=tuple(map(self.of, info.item_types)))
            case inspect.UnionType():
                return JsonType(kind="union", parts=tuple(map(self.of, info.types)))
            case inspect.LiteralType():
                return JsonType(kind="enum", values={_text(each): _text(each) for each in info.values})
            case inspect.EnumType():
                return JsonType(kind="enum", name=info.cls.__qualname__, values=_members(info.cls))
            case inspect.CustomType() if hasattr(info.cls, "model_fields"):
                return self._class(info.cls, "object", lambda: self._model_fields(info.cls))
            case inspect.CustomType():
                return JsonType(kind=info.cls.__qualname__)
        cls = info.cls
        kind = "object"
        if isinstance(info, inspect.NamedTupleType):
            kind = "named tuple"
        elif isinstance(info, inspect.StructType) and info.array_like:
            kind = "array"
        found = self._class(cls, kind, lambda: self._fields(info))
        return msgspec.structs.replace(found, closed=True) if getattr(info, "forbid_unknown_fields", False) else found

    def _class(self, cls: Any, kind: str, fields: Any) -> JsonType:
        name = cls.__qualname__ if isinstance(cls, type) else str(cls)
        if cls in self._around:
            return JsonType(kind="within", name=name)
        self._around.append(cls)
        try:
            return JsonType(kind=kind, name=name, fields=tuple(fields()))
        finally:
            self._around.pop()

    def _fields(self, info: Any) -> Iterable[JsonField]:
        if (tag := getattr(info, "tag", None)) is not None:
            only = JsonType(kind="enum", values={_text(tag): _text(tag)})
            yield JsonField(name=info.tag_field or "type", type=only)
        for field in info.fields:
            default = None
            if not field.required:
                default = "" if field.default is msgspec.NODEFAULT else _text(field.default)
                if field.default_factory is not msgspec.NODEFAULT:
                    default = f"{getattr(field.default_factory, '__qualname__', 'function')}()"
            yield JsonField(name=getattr(field, "encode_name", field.name), type=self.of(field.type), default=default)

    def _model_fields(self, model: Any) -> Iterable[JsonField]:
        """Of a pydantic model."""
        for name, field in model.model_fields.items():
            if field.exclude:
                continue
            try:
                found = self.of(inspect.type_info(field.annotation))
            except TypeError:
                found = JsonType(kind=str(field.annotation))
            if field.metadata:
                found = msgspec.structs.replace(found, limits=", ".join(map(repr, field.metadata)))
            default = None
            if not field.is_required():
                factory = getattr(field.default_factory, "__qualname__", None)
                default = _text(field.default) if factory is None else f"{factory}()"
            yield JsonField(name=field.serialization_alias or name, type=found, default=default)


def _members(cls: type[enum.Enum]) -> dict[str, str]:
    return {name: _text(member.value) for name, member in cls.__members__.items()}


def _text(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except Exception:
        return type(value).__qualname__ if not python.isclass(value) else value.__qualname__


__all__ = ["json_type"]
