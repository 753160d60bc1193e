"""The serdes of Kafka's own simple types, byte for byte as Java's `Serdes` write them."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from kstream_cli.errors import SerializationError
from kstream_cli.serde.serde import Deserializer, Serde, Serializer
from kstream_cli.user_objects import repr_of


def lossy_text(data: bytes) -> str:
    """UTF-8 with U+FFFD for what is none."""
    return data.decode("utf-8", "replace")


class StringSerde(Serde[str]):
    """Text as UTF-8 (Java: Serdes.String); what `str` means. Bytes that are not UTF-8 are read as U+FFFD, as in Java.

    With `errors="strict"` they raise UnicodeDecodeError, as they do in `bytes.decode`.

    Example:
        >>> StringSerde().serializer("words")("tea")
        b'tea'
    """

    immutable = True
    exact = True

    def __init__(self, *, errors: str = "replace") -> None:
        self.errors = errors

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[str]:
        return str.encode

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[str]:
        return bytes.decode if self.errors == "strict" else lossy_text if self.errors == "replace" else self._decode

    def _decode(self, data: bytes) -> str:
        return data.decode("utf-8", self.errors)

    def __repr__(self) -> str:
        return "StringSerde()"


class BytesSerde(Serde[bytes]):
    """Bytes, unchanged (Java: Serdes.ByteArray); what `bytes` means. A bytearray is copied, as it may change later."""

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[bytes]:
        return _as_bytes

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[bytes]:
        return bytes

    def __repr__(self) -> str:
        return "BytesSerde()"


def _as_bytes(value: bytes | bytearray | memoryview) -> bytes:
    if type(value) is bytes:
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    # bytes(5) would be five zero bytes: a wrong type must not become data.
    raise SerializationError(f"BytesSerde cannot write a {type(value).__name__}")


class _NumberSerde(Serde[Any]):
    """A number of fixed length, big-endian."""

    immutable = True
    layout: ClassVar[struct.Struct]

    @property
    def fixed_size(self) -> int:
        return self.layout.size

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[Any]:
        return self.layout.pack

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[Any]:
        return number_reader(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@cache
def number_reader(serde: type[_NumberSerde]) -> Deserializer[Any]:
    """The one deserializer of a serde of numbers, whatever the topic."""
    unpack, size, name = serde.layout.unpack, serde.layout.size, serde.__name__

    def deserialize(data: bytes) -> Any:
        try:
            return unpack(data)[0]
        except struct.error:
            raise SerializationError(f"{name} reads {size} bytes, not {len(data)}") from None

    return deserialize


class LongSerde(_NumberSerde):
    """A whole number in 8 bytes, big-endian (Java: Serdes.Long); what `int` means.

    Example:
        >>> LongSerde().serializer("counts")(3).hex()
        '0000000000000003'
    """

    exact = True
    layout = struct.Struct(">q")


class IntegerSerde(_NumberSerde):
    """A whole number in 4 bytes, big-endian (Java: Serdes.Integer)."""

    exact = True
    layout = struct.Struct(">i")


class ShortSerde(_NumberSerde):
    """A whole number in 2 bytes, big-endian (Java: Serdes.Short)."""

    exact = True
    layout = struct.Struct(">h")


class DoubleSerde(_NumberSerde):
    """A floating-point number in 8 bytes (Java: Serdes.Double); what `float` means.

    A larger int, and a Decimal, are rounded to one.
    """

    layout = struct.Struct(">d")


class FloatSerde(_NumberSerde):
    """A floating-point number in 4 bytes, rounded to one, as in Java: 0.1 is read as 0.10000000149011612."""

    immutable = False  # What a store gives is what was written, not what was put.
    layout = struct.Struct(">f")


class BooleanSerde(Serde[bool]):
    """One byte, 0 or 1 (Java: Serdes.Boolean); what `bool` means. Another byte raises SerializationError."""

    immutable = True

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[bool]:
        return _BOOLEANS.__getitem__

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[bool]:
        def deserialize(data: bytes) -> bool:
            if data == b"\x01":
                return True
            if data == b"\x00":
                return False
            raise SerializationError(f"BooleanSerde reads the byte 0 or 1, not {data[:8]!r}")

        return deserialize

    def __repr__(self) -> str:
        return "BooleanSerde()"


class _Booleans(dict[Any, bytes]):
    def __missing__(self, value: object) -> bytes:
        raise SerializationError(f"BooleanSerde takes True or False, not {repr_of(value, 80)}")


_BOOLEANS = _Booleans({True: b"\x01", False: b"\x00"})


class UUIDSerde(Serde[UUID]):
    """A UUID as its text of 36 characters (Java: Serdes.UUID); what `uuid.UUID` means."""

    immutable = True
    exact = True

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[UUID]:
        def serialize(value: UUID) -> bytes:
            if not isinstance(value, UUID):
                raise SerializationError(f"UUIDSerde cannot write a {type(value).__name__}")
            return str(value).encode()

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[UUID]:
        return lambda data: UUID(data.decode())

    def __repr__(self) -> str:
        return "UUIDSerde()"


class VoidSerde(Serde[None]):
    """Keys or values that are always null (Java: Serdes.Void). Anything else raises SerializationError."""

    immutable = True

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[None]:
        return _refuse_any

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[None]:
        return _refuse_any

    def __repr__(self) -> str:
        return "VoidSerde()"


def _refuse_any(value: object) -> Any:
    raise SerializationError(f"VoidSerde takes nothing but null, not {repr_of(value, 80)}")
