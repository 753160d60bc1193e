"""JSON for any Python type: dataclasses, msgspec Structs, TypedDicts, pydantic models, and plain dicts and lists."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from kstream_cli.callables import check_function
from kstream_cli.errors import ConfigError
from kstream_cli.native import extension
from kstream_cli.serde.canonical import canonical_of
from kstream_cli.serde.immutability import is_immutable
from kstream_cli.serde.json_check import check_key_type, check_type, read_back
from kstream_cli.serde.json_shape import shapes_of
from kstream_cli.serde.once import once_a_type
from kstream_cli.serde.serde import Deserializer, Serde, Serializer

T = TypeVar("T")

_native = extension("values")
JSON_WRITERS: tuple[Any, ...] = () if _native is None else (_native.JsonWriter,)
"""Serializers that can also write into a bytearray, with `encode_into`."""


class JsonSerde(Serde[T]):
    """Values of `type` as UTF-8 JSON.

    What is written is read back equal: a value that JSON would change, such as NaN, a field of another type, or a
    datetime in a dict without types, raises SerializationError, which names the field. All fields are written, also
    those that an object read from JSON has by default.

    As keys, equal values are equal bytes: dicts and sets are written in a fixed order, -0.0 as 0.0, Decimal("1.50") as
    Decimal("1.5"), and a time with a zone in UTC. Without types, 1.0 is 1 (True and 1 stay two keys).

    `upgrade` is for rows and records that were written before the type changed: what the type cannot read is given to
    it as plain JSON (dicts, lists, text, numbers), and what it returns is read in its place.

    Raises ConfigError for a type that JSON has no form for, or that could be written and not read. Example::

        @dataclass
        class Order:
            item: str
            amount: int = 1

        builder.stream("orders", key=str, value=Order)       # a type stands for its JsonSerde
        JsonSerde(dict[str, int])
        JsonSerde(Order, upgrade=lambda old: {"item": old["name"]})
    """

    def __init__(self, type: Any = Any, *, upgrade: Callable[[Any], Any] | None = None) -> None:
        if upgrade is not None:
            check_function(upgrade, "upgrade", "old", error=ConfigError)
        self.type = type
        self.upgrade = upgrade
        self._models = None
        if _holds_pydantic(type):
            from kstream_cli.serde.models import Models  # Only users of pydantic have, and pay for, pydantic.

            self._models = Models(type, type_name(type))
            self.immutable = is_immutable(type)
        else:
            self._info, self.immutable = _looked_into(type)

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        """The function that writes a value for `topic`. Raises ConfigError for a type that cannot be a key."""
        if self._models is not None:
            return self._models.serializer(is_key=is_key)
        if is_key:
            check_key_type(self._info, type_name(self.type))
        encoder = msgspec.json.Encoder(order="deterministic" if is_key else None)
        careful: Callable[[Any], bytes] = read_back(
            encoder.encode, self._decoder(), canonical_of(self._info, is_key=is_key), type_name(self.type)
        )
        for writer in JSON_WRITERS:
            shapes = shapes_of(self._info, is_key=is_key)
            return writer(encoder.encode, encoder.encode_into, careful, shapes)  # type: ignore[no-any-return]
        return careful

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        """The function that reads bytes from `topic`, and checks them against the type."""
        decode, upgrade = self._decoder(), self.upgrade
        if upgrade is None:
            return decode

        def read(data: bytes) -> T:
            try:
                return decode(data)
            except ValueError:  # Of msgspec and pydantic alike.
                return decode(msgspec.json.encode(upgrade(msgspec.json.decode(data))))

        return read

    def _decoder(self) -> Deserializer[T]:
        if self._models is not None:
            return self._models.deserializer()
        return msgspec.json.Decoder(self.type).decode

    def __repr__(self) -> str:
        return f"JsonSerde({type_name(self.type)})"


@once_a_type
def _looked_into(type: Any) -> tuple[inspect.Type, bool]:
    """What a type consists of, and whether it is immutable."""
    try:
        info = check_type(type, type_name(type))
        msgspec.json.Decoder(type)
    except TypeError as error:
        raise ConfigError(
            f"no serde for {type_name(type)}: {error}; give a Serde, or Serde.of(serialize, deserialize)"
        ) from error
    return info, is_immutable(type)


def type_name(type: Any) -> str:
    """A type as an error message names it."""
    return type.__qualname__ if not typing.get_args(type) and hasattr(type, "__qualname__") else str(type)


def _holds_pydantic(type: Any) -> bool:
    if hasattr(type, "__pydantic_validator__"):
        return True
    return any(_holds_pydantic(part) for part in typing.get_args(type))
