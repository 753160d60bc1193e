"""What JSON can hold: types are checked when a serde is made, and values, where need be, by reading them back."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from msgspec import UnsetType, inspect

from kstream_cli.errors import ConfigError, SerializationError
from kstream_cli.serde.canonical import Canonical
from kstream_cli.serde.difference import difference, innermost, not_finite
from kstream_cli.serde.json_shape import class_of
from kstream_cli.user_objects import repr_of, text_of

_INSTEAD: tuple[tuple[type, str], ...] = (
    (object, "typing.Any"),
    (complex, "a dataclass or Struct of two floats"),
    (range, "list[int], or a dataclass of start, stop and step"),
    (collections.Counter, "dict[str, int]"),
    (dict, "dict, with the types of its keys and values: dict[str, int]"),
    (collections.deque, "list"),
    (list, "list"),
    (set, "set"),
    (bytearray, "bytes"),
)


_NUMBERS: dict[type[inspect.Type], type] = {
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.DecimalType: Decimal,
}
_NOT_FINITE = "JSON has no NaN and no infinity: leave such a record out, or write None and declare `float | None`"


def check_type(type: Any, name: str) -> inspect.Type:
    """What a type consists of. Raises TypeError, or ConfigError where a part of it could not be read back."""
    info = inspect.type_info(type)
    for path, part in _parts(info):
        match part:
            case inspect.CustomType() if part.cls is not UnsetType and part.cls is not object:
                raise ConfigError(
                    f"no serde for {name}: JSON has no form for {_name(part.cls)}{_at(path)}. {_remedy(part.cls)}"
                )
            case inspect.DictType(key_type=inspect.BoolType() | inspect.NoneType()):
                raise ConfigError(f"no serde for {name}: keys in JSON are text{_at(path)}. Use dict[str, …]")
            case inspect.ExtType():
                raise ConfigError(f"no serde for {name}: JSON has no form for msgpack's Ext{_at(path)}. Use bytes")
    return info


def check_key_type(info: inspect.Type, name: str) -> None:
    """Raise ConfigError for a type whose equal values cannot be told to be equal from their bytes."""
    for path, part in _parts(info):
        if isinstance(part, inspect.UnionType):
            check_numbers(map(_number_of, part.types), name, _at(path))
        elif isinstance(part, inspect.DataclassType):
            check_compared(class_of(part), name, {field.name for field in part.fields})


def check_numbers(types: Iterable[Any], name: str, at: str = "") -> None:
    """Raise ConfigError for types of a union in a key that have equal numbers with other bytes."""
    found = set(types)
    for one, others in ((bool, {int, float}), (Decimal, {int, float})):
        if one in found and (beside := found & others):
            other = min(cls.__name__ for cls in beside)
            raise ConfigError(
                f"{name} cannot be a key: it takes {other} and {one.__name__} for one number{at}, and equal ones have "
                "other bytes. Keep one of the two"
            )


def check_compared(cls: type, name: str, written: Iterable[str]) -> None:
    """Raise ConfigError for a class with a written field that does not count as it is when objects are compared."""
    for field, why in _fields_not_compared(cls):
        if field in written:
            raise ConfigError(
                f"{name} cannot be a key: field {field!r} of {_name(cls)} {why}, but would count in their bytes. "
                "Compare by it, or give the key a type without it"
            )


def read_back(
    encode: Callable[[Any], bytes], decode: Callable[[bytes], Any], canonical: Canonical | None, name: str
) -> Callable[[Any], bytes]:
    """A serializer that reads what it has written, and raises SerializationError where that is another value."""

    def serialize(value: Any) -> bytes:
        data = None
        try:
            data = encode(value if canonical is None else canonical(value))
            found = difference(value, decode(data))
        except SerializationError:
            raise
        except Exception as error:
            if (odd := not_finite(value)) is not None:
                raise SerializationError(f"{odd[0]} of {name} is {odd[1]}. {_NOT_FINITE}") from error
            if data is None:
                raise _unwritable(value, encode, name, error) from error
            raise SerializationError(f"{name} could not be read back from {_short(data)}: {text_of(error)}") from error
        if found is not None:
            path, given, read = found
            raise SerializationError(
                f"{path} of {name} is {_short(given)}, and would be read back as {_short(read)}. {_advice(given)}"
            )
        return data

    return serialize


def _number_of(info: inspect.Type) -> type | None:
    if isinstance(info, inspect.LiteralType):
        return int if any(isinstance(value, int) for value in info.values) else None
    return _NUMBERS.get(type(info))


def _unwritable(value: Any, encode: Callable[[Any], bytes], name: str, error: Exception) -> SerializationError:
    """Names the innermost part that cannot be written."""

    def fails(part: Any) -> bool:
        try:
            encode(part)
        except Exception:
            return True
        return False

    path, given = innermost(value, fails)
    return SerializationError(f"{path} of {name} is {_short(given)}, which JSON cannot hold: {text_of(error)}")


def _advice(given: Any) -> str:
    if isinstance(given, float):
        return _NOT_FINITE
    if isinstance(given, dict):
        return "Keys in JSON are text: name the type of the dict, as in dict[int, int]"
    return f"Give the serde a type that says {type(given).__name__} there, such as a dataclass"


def _parts(info: inspect.Type) -> Iterator[tuple[str, Any]]:
    """All types inside of one, each once, with a path to it."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", info)]
    while waiting:
        path, part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield path, part
        for field in getattr(part, "fields", ()):
            waiting.append((f"{path}.{field.name}", field.type))
        for name in ("item_type", "key_type", "value_type"):
            if isinstance(inner := getattr(part, name, None), inspect.Type):
                waiting.append((path, inner))
        for name in ("item_types", "types"):
            waiting += [(path, inner) for inner in getattr(part, name, ())]


def _fields_not_compared(cls: type) -> Iterator[tuple[str, str]]:
    """Names of fields, and why they do not count as they are."""
    if dataclasses.is_dataclass(cls):
        for field in dataclasses.fields(cls):
            if not field.compare:
                yield field.name, "does not count when objects are compared (compare=False)"
    for field in getattr(cls, "__attrs_attrs__", ()):
        if field.eq is False:
            yield field.name, "does not count when objects are compared (eq=False)"
        elif field.eq_key is not None:
            yield field.name, "counts by its eq= function when objects are compared"


def _remedy(cls: Any) -> str:
    if hasattr(cls, "__pydantic_validator__"):
        return "Make the whole type a pydantic model, or this part a dataclass"
    for known, instead in _INSTEAD:
        if cls is known or (known is not object and isinstance(cls, type) and issubclass(cls, known)):
            return f"Use {instead}"
    return "Use a dataclass, a msgspec Struct or a TypedDict, or give Serde.of(serialize, deserialize)"


def _name(cls: Any) -> str:
    return str(getattr(cls, "__qualname__", cls))


def _at(path: str) -> str:
    return f" (in {path[1:]})" if path else ""


def _short(thing: object) -> str:
    return repr_of(thing, 80)
