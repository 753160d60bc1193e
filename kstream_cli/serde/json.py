"""JSON for any Python type: dataclasses, msgspec Structs, TypedDicts, pydantic models, and plain dicts and lists."""

from __future__ import annotations

import typing
from typing import Any, TypeVar

import msgspec

from kstream_cli.errors import ConfigError
from kstream_cli.serde.immutability import is_immutable
from kstream_cli.serde.serde import Deserializer, Serde, Serializer

T = TypeVar("T")


class JsonSerde(Serde[T]):
    """Values of `type` as UTF-8 JSON, checked against the type when read.

    As keys, dicts and sets are written in a fixed order, so that equal keys are equal bytes.
    """

    def __init__(self, type: Any = Any) -> None:
        self.type = type
        self._pydantic = _holds_pydantic(type)
        self.immutable = is_immutable(type)
        try:
            self.deserializer("")
        except TypeError as error:
            raise ConfigError(
                f"no serde for {type_name(type)}: {error}; give a Serde, or Serde.of(serialize, deserialize)"
            ) from error

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        if self._pydantic:
            return _pydantic_adapter(self.type).dump_json  # type: ignore[no-any-return]
        return msgspec.json.Encoder(order="deterministic" if is_key else None).encode

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        if self._pydantic:
            return _pydantic_adapter(self.type).validate_json  # type: ignore[no-any-return]
        return msgspec.json.Decoder(self.type).decode

    def __repr__(self) -> str:
        return f"JsonSerde({type_name(self.type)})"


def type_name(type: Any) -> str:
    """A type as an error message names it."""
    return type.__qualname__ if not typing.get_args(type) and hasattr(type, "__qualname__") else str(type)


def _holds_pydantic(type: Any) -> bool:
    if hasattr(type, "__pydantic_validator__"):
        return True
    return any(_holds_pydantic(part) for part in typing.get_args(type))


def _pydantic_adapter(type: Any) -> Any:
    # Imported here: only users of pydantic models have, and pay for, pydantic.
    from pydantic import TypeAdapter

    return TypeAdapter(type)
