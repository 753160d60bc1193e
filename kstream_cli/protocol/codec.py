"""The types of Kafka's wire protocol: each writes a value as bytes, and reads it back.

A message is a Struct of named fields; in Python it is a dict. All lengths are in the compact form of flexible versions
(KIP-482), but for the two legacy types. What is read is never trusted: a length that goes past the end, text that is
not UTF-8 and bytes that are left over raise MalformedError.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Protocol

LONGEST_VARINT = 5
"""Bytes of an unsigned integer of 32 bits."""


class MalformedError(ValueError):
    """Bytes that are not what their message should be."""


class Reader:
    """Bytes, and how far they have been read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._place

    def take(self, count: int) -> bytes:
        if not 0 <= count <= self.left:
            raise MalformedError(f"{count} bytes were expected, and {self.left} are left")
        self._place += count
        return self._data[self._place - count : self._place]

    def varint(self) -> int:
        """An unsigned integer of seven bits a byte."""
        value = 0
        for number in range(LONGEST_VARINT):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * number
            if byte < 0x80:
                return value
        raise MalformedError("a number does not end")

    def skip_tags(self) -> None:
        """Pass over fields that are newer than this table."""
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())

    def end(self) -> None:
        if self.left:
            raise MalformedError(f"{self.left} bytes are left over")


def write_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


class Type(Protocol):
    """How one kind of value stands on the wire."""

    def write(self, out: bytearray, value: Any) -> None: ...
    def read(self, reader: Reader) -> Any: ...


class Number:
    """A number, or a boolean, of a fixed size."""

    def __init__(self, letter: str) -> None:
        self._form = struct.Struct(f">{letter}")

    def write(self, out: bytearray, value: Any) -> None:
        out += self._form.pack(value)

    def read(self, reader: Reader) -> Any:
        (value,) = self._form.unpack(reader.take(self._form.size))
        return value


class Bytes:
    """Bytes behind their length; None only where they are nullable."""

    def __init__(self, *, nullable: bool = False) -> None:
        self.nullable = nullable

    def write(self, out: bytearray, value: bytes | None) -> None:
        if value is None:
            _require_nullable(self.nullable)
            out.append(0)
        else:
            write_varint(out, len(value) + 1)
            out += value

    def read(self, reader: Reader) -> Any:
        length = reader.varint()
        if length:
            return reader.take(length - 1)
        _require_nullable(self.nullable)
        return None


class String(Bytes):
    """Text."""

    def write(self, out: bytearray, value: Any) -> None:
        super().write(out, None if value is None else value.encode())

    def read(self, reader: Reader) -> Any:
        value = super().read(reader)
        return None if value is None else _text(value)


class Array:
    """A list of values of one type."""

    def __init__(self, of: Type, *, nullable: bool = False) -> None:
        self.of = of
        self.nullable = nullable

    def write(self, out: bytearray, value: Any) -> None:
        if value is None:
            _require_nullable(self.nullable)
            out.append(0)
            return
        write_varint(out, len(value) + 1)
        for each in value:
            self.of.write(out, each)

    def read(self, reader: Reader) -> Any:
        length = reader.varint()
        if not length:
            _require_nullable(self.nullable)
            return None
        return _read_many(reader, self.of, length - 1)


class Struct:
    """Named values, one behind the other. A nullable one has a byte in front that says whether it is there."""

    def __init__(self, fields: Mapping[str, Type], *, nullable: bool = False) -> None:
        self.fields = fields
        self.nullable = nullable

    def write(self, out: bytearray, value: Any) -> None:
        if self.nullable:
            out += b"\xff" if value is None else b"\x01"
            if value is None:
                return
        if value.keys() != self.fields.keys():
            raise ValueError(f"the fields are {', '.join(self.fields)}, not {', '.join(value)}")
        for name, kind in self.fields.items():
            kind.write(out, value[name])
        out.append(0)

    def read(self, reader: Reader) -> Any:
        if self.nullable and INT8.read(reader) < 0:
            return None
        value = {name: kind.read(reader) for name, kind in self.fields.items()}
        reader.skip_tags()
        return value


class LegacyString:
    """Text behind a length of two bytes."""

    def write(self, out: bytearray, value: str) -> None:
        data = value.encode()
        INT16.write(out, len(data))
        out += data

    def read(self, reader: Reader) -> str:
        return _text(reader.take(INT16.read(reader)))


class LegacyArray:
    """A list behind a length of four bytes."""

    def __init__(self, of: Type) -> None:
        self.of = of

    def write(self, out: bytearray, value: Any) -> None:
        INT32.write(out, len(value))
        for each in value:
            self.of.write(out, each)

    def read(self, reader: Reader) -> Any:
        return _read_many(reader, self.of, INT32.read(reader))


class LegacyStruct:
    """Named values of a version before flexible ones: no tags at the end."""

    def __init__(self, fields: Mapping[str, Type]) -> None:
        self.fields = fields

    def write(self, out: bytearray, value: Any) -> None:
        for name, kind in self.fields.items():
            kind.write(out, value[name])

    def read(self, reader: Reader) -> Any:
        return {name: kind.read(reader) for name, kind in self.fields.items()}


INT8 = Number("b")
INT16 = Number("h")
UINT16 = Number("H")
INT32 = Number("i")
INT64 = Number("q")
BOOL = Number("?")
STRING = String()
NULLABLE_STRING = String(nullable=True)
BYTES = Bytes()
LEGACY_STRING = LegacyString()


def _read_many(reader: Reader, of: Type, count: int) -> list[Any]:
    # Every value takes a byte at least, so that a count past the end is known before a list is made of it.
    if not 0 <= count <= reader.left:
        raise MalformedError(f"{count} entries were expected, and {reader.left} bytes are left")
    return [of.read(reader) for _ in range(count)]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"text is not UTF-8: {error.reason}") from None


def _require_nullable(nullable: bool) -> None:
    if not nullable:
        raise MalformedError("a value is missing")
