"""What the two sides of a foreign-key join send each other: subscriptions to the right table, and its responses.

The left row's table registers each primary key under its foreign key; the right table's side answers with the value
it holds. A hash of the left value travels both ways, so that an answer to an outdated row can be told.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import Any, NamedTuple

from kstream_cli.errors import SerializationError
from kstream_cli.serde.inner import are_complete, completed, required
from kstream_cli.serde.serde import Deserializer, Serde, Serializer, reader_of

_HASH_IS_NULL = 0x80
_HASH_SIZE = 16
_SUBSCRIPTION_VERSION = 1
_RESPONSE_VERSION = 0
_INT = Struct(">i")


class Instruction(IntEnum):
    """What the receiver of a subscription does with it, and whether it answers (the byte on the wire)."""

    DELETE_KEY_NO_PROPAGATE = 0
    DELETE_KEY_AND_PROPAGATE = 1
    PROPAGATE_NULL_IF_NO_FK_VAL_AVAILABLE = 2
    PROPAGATE_ONLY_IF_FK_VAL_AVAILABLE = 3


class Subscription(NamedTuple):
    """A left row's interest in one foreign key. `value_hash` is None when the left row is deleted."""

    value_hash: bytes | None
    instruction: Instruction
    primary_key: Any
    primary_partition: int | None
    """The left row's partition, to which the response goes; None from applications before Kafka Streams 3.5."""


class SubscriptionResponse(NamedTuple):
    """The right table's value for a subscription; `primary_partition` steers the record and is not written."""

    value_hash: bytes | None
    foreign_value: Any
    primary_partition: int | None = None


class SubscriptionSerde(Serde[Subscription]):
    """Version and null-hash bit, instruction, hash, the primary key's bytes, and the left row's partition.

    Version 0, which older applications wrote, has no partition at the end; it is read as well.
    """

    def __init__(self, primary_key: Serde[Any] | None) -> None:
        self.primary_key = primary_key
        self.immutable = primary_key is not None and primary_key.immutable

    @property
    def is_complete(self) -> bool:
        return are_complete(self.primary_key)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> SubscriptionSerde:
        return SubscriptionSerde(completed(self.primary_key, key, key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[Subscription]:
        write = required(self.primary_key, self).serializer(f"{topic}-pk", is_key=True)

        def serialize(subscription: Subscription) -> bytes:
            value_hash, instruction, primary_key, partition = subscription
            version = _SUBSCRIPTION_VERSION if partition is not None else 0
            head = _head(version, value_hash, bytes((instruction,)))
            return head + write(primary_key) + (_INT.pack(partition) if partition is not None else b"")

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[Subscription]:
        read = reader_of(required(self.primary_key, self), f"{topic}-pk", is_key=True)

        def deserialize(data: bytes) -> Subscription:
            version = _version(data, 2, _SUBSCRIPTION_VERSION, "subscription")
            value_hash, start = _read_hash(data, 2)
            end = len(data) - (_INT.size if version else 0)
            partition = _INT.unpack_from(data, end)[0] if version else None
            return Subscription(value_hash, Instruction(data[1]), read(data[start:end]), partition)

        return deserialize

    def __repr__(self) -> str:
        return f"SubscriptionSerde({self.primary_key!r})"


class SubscriptionResponseSerde(Serde[SubscriptionResponse]):
    """Version and null-hash bit, hash, and the right value's bytes (none for null)."""

    def __init__(self, foreign_value: Serde[Any] | None) -> None:
        self.foreign_value = foreign_value

    @property
    def is_complete(self) -> bool:
        return are_complete(self.foreign_value)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> SubscriptionResponseSerde:
        return SubscriptionResponseSerde(completed(self.foreign_value, value, key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[SubscriptionResponse]:
        write = required(self.foreign_value, self).serializer(topic)

        def serialize(response: SubscriptionResponse) -> bytes:
            value_hash, foreign_value, _ = response
            body = b"" if foreign_value is None else write(foreign_value)
            return _head(_RESPONSE_VERSION, value_hash, b"") + body

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[SubscriptionResponse]:
        read = reader_of(required(self.foreign_value, self), topic)

        def deserialize(data: bytes) -> SubscriptionResponse:
            _version(data, 1, _RESPONSE_VERSION, "response")
            value_hash, start = _read_hash(data, 1)
            return SubscriptionResponse(value_hash, read(data[start:]) if len(data) > start else None)

        return deserialize

    def __repr__(self) -> str:
        return f"SubscriptionResponseSerde({self.foreign_value!r})"


def _head(version: int, value_hash: bytes | None, instruction: bytes) -> bytes:
    if value_hash is None:
        return bytes((version | _HASH_IS_NULL,)) + instruction
    return bytes((version,)) + instruction + value_hash


def _version(data: bytes, head: int, newest: int, what: str) -> int:
    if len(data) < head:
        raise SerializationError(f"not a foreign-key {what}: it has {len(data)} bytes, of at least {head}")
    version = data[0] & ~_HASH_IS_NULL
    if version > newest:
        raise SerializationError(
            f"a foreign-key {what} of version {version} cannot be read, only up to {newest}: "
            f"it was written by a newer release; update this instance"
        )
    return version


def _read_hash(data: bytes, start: int) -> tuple[bytes | None, int]:
    if data[0] & _HASH_IS_NULL:
        return None, start
    return data[start : start + _HASH_SIZE], start + _HASH_SIZE
