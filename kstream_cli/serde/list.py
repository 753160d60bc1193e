"""Lists of values of one type, as Java's `Serdes.ListSerde` writes them."""

from __future__ import annotations

import struct
from typing import Any, TypeVar

from kstream_cli.errors import SerializationError
from kstream_cli.serde.built_in import DoubleSerde, FloatSerde, IntegerSerde, LongSerde, ShortSerde, UUIDSerde
from kstream_cli.serde.serde import Deserializer, Serde, Serializer, reader_of
from kstream_cli.serde.types import SerdeLike, serde_for

T = TypeVar("T")

_CONSTANT_SIZE, _VARIABLE_SIZE = b"\x00", b"\x01"
_INT = struct.Struct(">i")
_NULL_LENGTH = -1
_SIZES: dict[type[Serde[Any]], int] = {
    ShortSerde: 2,
    IntegerSerde: 4,
    FloatSerde: 4,
    LongSerde: 8,
    DoubleSerde: 8,
    UUIDSerde: 36,
}


class ListSerde(Serde[list[T | None]]):
    """A list of values, which may include None (Java: Serdes.ListSerde, KIP-466).

    Values of a fixed size are written without their lengths. The first byte says which form it is. Then come the
    positions of the Nones (only with a fixed size), the number of values, and the values. Bytes that are no such list
    raise SerializationError.

    Example:
        >>> serde = ListSerde(int)
        >>> serde.deserializer("lists")(serde.serializer("lists")([1, None, 3]))
        [1, None, 3]
    """

    def __init__(self, inner: SerdeLike[T]) -> None:
        self.inner: Serde[T] = serde_for(inner)
        self._size = _SIZES.get(type(self.inner))

    @property
    def is_complete(self) -> bool:
        """False if the inner serde is not complete."""
        return self.inner.is_complete

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> ListSerde[T]:
        return ListSerde(self.inner.with_defaults(key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[list[T | None]]:
        write, pack = self.inner.serializer(topic, is_key=is_key), _INT.pack

        def serialize_fixed(values: list[T | None]) -> bytes:
            nulls = [index for index, value in enumerate(values) if value is None]
            head = [_CONSTANT_SIZE, pack(len(nulls)), *map(pack, nulls), pack(len(values))]
            return b"".join((*head, *(write(value) for value in values if value is not None)))

        def serialize(values: list[T | None]) -> bytes:
            parts = [_VARIABLE_SIZE, pack(len(values))]
            for value in values:
                if value is None:
                    parts.append(pack(_NULL_LENGTH))
                else:
                    data = write(value)
                    parts += (pack(len(data)), data)
            return b"".join(parts)

        return serialize if self._size is None else serialize_fixed

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[list[T | None]]:
        read, size = reader_of(self.inner, topic, is_key=is_key), self._size

        def deserialize(data: bytes) -> list[T | None]:
            try:
                if data[:1] == _VARIABLE_SIZE:
                    return [None if part is None else read(part) for part in _parts(data)]
                if data[:1] == _CONSTANT_SIZE and size is not None:
                    return [None if part is None else read(part) for part in _fixed_parts(data, size)]
            except struct.error:
                raise SerializationError("a list ends before its last value") from None
            raise SerializationError(f"not a list of {self.inner!r}: it starts with {data[:1]!r}")

        return deserialize

    def __repr__(self) -> str:
        return f"ListSerde({self.inner!r})"


def _parts(data: bytes) -> list[bytes | None]:
    """The bytes of each value, where each has its length before it."""
    parts: list[bytes | None] = []
    position = 5
    for _ in range(_INT.unpack_from(data, 1)[0]):
        length = _INT.unpack_from(data, position)[0]
        position += 4
        if length == _NULL_LENGTH:
            parts.append(None)
            continue
        parts.append(_slice(data, position, length))
        position += length
    return parts


def _fixed_parts(data: bytes, size: int) -> list[bytes | None]:
    """The bytes of each value, where all have the same size."""
    number_of_nulls = _INT.unpack_from(data, 1)[0]
    nulls = {_INT.unpack_from(data, 5 + 4 * index)[0] for index in range(number_of_nulls)}
    position = 5 + 4 * number_of_nulls
    number_of_values = _INT.unpack_from(data, position)[0]
    position += 4
    parts: list[bytes | None] = []
    for index in range(number_of_values):
        if index in nulls:
            parts.append(None)
            continue
        parts.append(_slice(data, position, size))
        position += size
    return parts


def _slice(data: bytes, position: int, length: int) -> bytes:
    if length < 0 or position + length > len(data):
        raise SerializationError(f"a list ends before its last value: {len(data)} bytes, of {position + length}")
    return data[position : position + length]
