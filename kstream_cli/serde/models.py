"""JSON of pydantic models, written and read by pydantic itself. Imported only for types that hold a model."""

from __future__ import annotations

import copy
import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import AliasChoices, BaseModel, TypeAdapter

from kstream_cli.errors import ConfigError
from kstream_cli.serde.canonical import no_zone, one_decimal, one_instant, one_of_any
from kstream_cli.serde.json_check import read_back
from kstream_cli.serde.serde import Deserializer, Serializer

_CLASS = type  # Parameters here are called `type`, too.


class Models:
    """A type that is, or holds, a pydantic model. Fields are written under their aliases, where they have some.

    Raises ConfigError for a model that could be written, but not read.
    """

    def __init__(self, type: Any, name: str) -> None:
        self._name = name
        self._adapter: TypeAdapter[Any] = TypeAdapter(type)
        for model in _models(type, set()):
            _check_fields(model)

    def serializer(self, *, is_key: bool) -> Serializer[Any]:
        """The function that writes a value. Raises ConfigError for a key with a set in it, which has no order."""
        encode, decode = self._encode, self.deserializer()
        if not is_key:
            return read_back(encode, decode, None, self._name)
        if _holds_set(self._adapter.core_schema):
            raise ConfigError(
                f"{self._name} cannot be a key: a set in a pydantic model has no order, so that equal keys would have "
                "other bytes. Use a tuple or a list, or a dataclass or Struct for the key"
            )
        return read_back(encode, decode, lambda value: _canonical(decode(encode(value))), self._name)

    def deserializer(self) -> Deserializer[Any]:
        """The function that reads a value."""
        return self._adapter.validate_json

    def _encode(self, value: Any) -> bytes:
        return self._adapter.dump_json(value, by_alias=True, warnings="error")


def _models(type: Any, seen: set[Any]) -> Iterator[type[BaseModel]]:
    """The models inside of a type, each once."""
    for part in (*typing.get_args(type), type):
        if not isinstance(part, _CLASS) or not issubclass(part, BaseModel) or part in seen:
            if part is not type:
                yield from _models(part, seen)
            continue
        seen.add(part)
        yield part
        for field in part.model_fields.values():
            yield from _models(field.annotation, seen)


def _check_fields(model: type[BaseModel]) -> None:
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    for name, field in model.model_fields.items():
        accepted = _names(field.validation_alias, name) | ({name} if by_name else set())
        if field.exclude and field.is_required():
            raise ConfigError(
                f"field {name!r} of {model.__qualname__} is needed to read it, and left out when it is written "
                "(exclude=True): give the field a default"
            )
        written = field.serialization_alias or name
        if not field.exclude and written not in accepted:
            raise ConfigError(
                f"field {name!r} of {model.__qualname__} is written as {written!r}, and read as "
                f"{' or '.join(map(repr, sorted(accepted)))}: give it one alias for both, "
                "Field(alias=…), or both names, Field(validation_alias=AliasChoices(…))"
            )


def _names(alias: Any, name: str) -> set[str]:
    if isinstance(alias, AliasChoices):
        return {choice for choice in alias.choices if isinstance(choice, str)}
    return {alias} if isinstance(alias, str) else {name} if alias is None else set()


def _holds_set(schema: Any) -> bool:
    if isinstance(schema, dict):
        return schema.get("type") in ("set", "frozenset") or any(map(_holds_set, schema.values()))
    return isinstance(schema, list | tuple) and any(map(_holds_set, schema))


def _canonical(value: Any) -> Any:
    """The one form of equal values, by what they are: a model may hold anything."""
    if isinstance(value, BaseModel):
        model = value.model_copy(update={name: _canonical(part) for name, part in value.__dict__.items()})
        if value.__pydantic_extra__:
            object.__setattr__(model, "__pydantic_extra__", _canonical(value.__pydantic_extra__))
        return model
    if dataclasses.is_dataclass(value):
        data = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(data, field.name, _canonical(getattr(value, field.name)))
        return data
    if isinstance(value, list):
        return list(map(_canonical, value))
    if isinstance(value, tuple):
        parts = map(_canonical, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        made = {_canonical(key): _canonical(part) for key, part in value.items()}
        return dict(sorted(made.items(), key=lambda item: str(item[0])))
    # Where a field takes any number, 1.0 is to be 1; one that takes floats reads 1 as 1.0.
    return no_zone(one_instant(one_decimal(one_of_any(value))))
