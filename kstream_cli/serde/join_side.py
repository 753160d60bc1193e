"""Keys and values of the store in which a left or outer stream-stream join holds records not matched yet."""

from __future__ import annotations

from struct import Struct
from typing import Any, NamedTuple

from kstream_cli.serde.inner import are_complete, completed, required
from kstream_cli.serde.serde import Deserializer, Serde, Serializer, reader_of

_HEAD = Struct(">q?")
_LEFT, _RIGHT = b"\x01", b"\x00"


class JoinSideKey(NamedTuple):
    """A held record's time (ms), side and key; the bytes sort by time, then right before left."""

    timestamp: int
    is_left: bool
    key: Any


class SideValue(NamedTuple):
    """A held record's value, and the side whose type it has."""

    is_left: bool
    value: Any


class JoinSideKeySerde(Serde[JoinSideKey]):
    """The time (8 bytes), the side (1 left, 0 right), and the key's bytes."""

    def __init__(self, key: Serde[Any] | None) -> None:
        self.key = key
        self.immutable = key is not None and key.immutable

    @property
    def is_complete(self) -> bool:
        return are_complete(self.key)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> JoinSideKeySerde:
        return JoinSideKeySerde(completed(self.key, key, key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[JoinSideKey]:
        write, pack = required(self.key, self).serializer(topic, is_key=True), _HEAD.pack

        def serialize(side_key: JoinSideKey) -> bytes:
            timestamp, is_left, key = side_key
            return pack(timestamp, is_left) + write(key)

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[JoinSideKey]:
        read, unpack = reader_of(required(self.key, self), topic, is_key=True), _HEAD.unpack_from

        def deserialize(data: bytes) -> JoinSideKey:
            timestamp, is_left = unpack(data)
            return JoinSideKey(timestamp, is_left, read(data[9:]))

        return deserialize

    def __repr__(self) -> str:
        return f"JoinSideKeySerde({self.key!r})"


class SideValueSerde(Serde[SideValue]):
    """The side (1 left, 0 right), and the value's bytes by that side's serde."""

    def __init__(self, left: Serde[Any] | None, right: Serde[Any] | None) -> None:
        self.left = left
        self.right = right
        self.immutable = left is not None and left.immutable and right is not None and right.immutable

    @property
    def is_complete(self) -> bool:
        return are_complete(self.left, self.right)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> SideValueSerde:
        return SideValueSerde(completed(self.left, value, key, value), completed(self.right, value, key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[SideValue]:
        write_left = required(self.left, self).serializer(topic)
        write_right = required(self.right, self).serializer(topic)

        def serialize(side_value: SideValue) -> bytes:
            is_left, value = side_value
            return _LEFT + write_left(value) if is_left else _RIGHT + write_right(value)

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[SideValue]:
        read_left = reader_of(required(self.left, self), topic)
        read_right = reader_of(required(self.right, self), topic)

        def deserialize(data: bytes) -> SideValue:
            if data[0]:
                return SideValue(True, read_left(data[1:]))
            return SideValue(False, read_right(data[1:]))

        return deserialize

    def __repr__(self) -> str:
        return f"SideValueSerde({self.left!r}, {self.right!r})"
