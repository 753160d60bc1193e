"""JSON of pydantic models, written and read by pydantic itself. Imported only for types that hold a model."""

from __future__ import annotations

import copy
import dataclasses
from collections import OrderedDict, deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr, TypeAdapter

from kstream_cli.errors import ConfigError
from kstream_cli.serde.canonical import no_zone, one_decimal, one_instant, one_of_any
from kstream_cli.serde.difference import times_of
from kstream_cli.serde.json_check import check_compared, check_numbers, read_back
from kstream_cli.serde.model_fields import check_fields
from kstream_cli.serde.serde import Deserializer, Serializer

Schema = dict[str, Any]


class Models:
    """A type that is, or holds, a pydantic model. Fields are written under their aliases, where they have some.

    Raises ConfigError for a model that could be written, but not read.
    """

    def __init__(self, type: Any, name: str) -> None:
        self._name = name
        self._adapter: TypeAdapter[Any] = TypeAdapter(type)
        for schema in _schemas(self._adapter.core_schema):
            if (advice := _UNREADABLE.get(schema["type"])) or schema.get("cls") in _SECRETS:
                raise ConfigError(f"no serde for {name}: {advice or _NO_SECRETS}")
            if schema["type"] == "model":
                check_fields(schema["cls"])

    def serializer(self, *, is_key: bool) -> Serializer[Any]:
        """The function that writes a value. Raises ConfigError for a key whose equal values have other bytes."""
        encode, decode = self._encode, self.deserializer()
        if not is_key:
            return read_back(encode, decode, None, self._name)
        for schema in _schemas(self._adapter.core_schema):
            self._check_key(schema)

        def canonical(value: Any) -> Any:
            for time in times_of(value):
                one_instant(time)
            return _canonical(decode(encode(value)))

        return read_back(encode, decode, canonical, self._name)

    def deserializer(self) -> Deserializer[Any]:
        """The function that reads a value."""
        return self._adapter.validate_json

    def _encode(self, value: Any) -> bytes:
        return self._adapter.dump_json(value, by_alias=True, warnings="error")

    def _check_key(self, schema: Schema) -> None:
        match schema["type"]:
            case "set" | "frozenset":
                raise ConfigError(
                    f"{self._name} cannot be a key: a set in a pydantic model has no order, so that equal keys would "
                    "have other bytes. Use a tuple or a list, or a dataclass or Struct for the key"
                )
            case "dataclass":
                check_compared(schema["cls"], self._name, schema["fields"])
            case "union":
                choices = (choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"])
                check_numbers((_NUMBERS.get(choice["type"]) for choice in choices), self._name)


_NUMBERS = {"bool": bool, "int": int, "float": float, "decimal": Decimal}
_UNREADABLE = {
    "json": "pydantic writes a Json field as JSON, and reads it as text only. Use the type that is inside of it",
    "generator": "an Iterable is read once, and never equal. Use list",
}
_SECRETS = (SecretStr, SecretBytes)
_NO_SECRETS = "pydantic writes asterisks for a secret. Use str or bytes, and mask what you show"


def _schemas(schema: Any) -> Iterator[Schema]:
    """All parts of pydantic's own description of a type that say what they are."""
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for part in schema.values():
            yield from _schemas(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _schemas(part)


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
    if isinstance(value, list | deque):
        return type(value)(map(_canonical, value))
    if isinstance(value, tuple):
        parts = map(_canonical, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        made = [(_canonical(key), _canonical(part)) for key, part in value.items()]
        if not isinstance(value, OrderedDict):  # Those are equal in one order only.
            made.sort(key=lambda item: str(item[0]))
        same = copy.copy(value)  # A Counter or a defaultdict is to stay one.
        same.clear()
        for key, part in made:
            same[key] = part
        return same
    # Where a field takes any number, 1.0 is to be 1; one that takes floats reads 1 as 1.0.
    return no_zone(one_instant(one_decimal(one_of_any(value))))
