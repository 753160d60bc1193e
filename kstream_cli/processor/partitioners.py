"""Choosing the partition of a written record."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from inspect import Parameter, signature
from typing import Any, TypeAlias

from kstream_cli.callables import check_function
from kstream_cli.errors import StreamsError, TopologyError
from kstream_cli.native import extension
from kstream_cli.record import Headers

StreamPartitioner: TypeAlias = Callable[..., int | Collection[int] | None]
"""(topic, key, value, number of partitions), or (topic, key, value, headers, number of partitions) where it has five
parameters (KIP-1321) -> a partition, several (multicast; none drops the record), or None for the default: murmur2 of
the serialised key, as Java (KIP-837)."""

Placing: TypeAlias = Callable[[str, Any, Any, Headers, int], int | Collection[int] | None]
"""A partitioner in the one shape in which it is called."""

_WITH_HEADERS = 5
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_MASK = 0xFFFFFFFF
_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C


def check_partitioner(given: object, role: str, *, error: type[StreamsError] = TopologyError) -> None:
    """Raise `error` unless `given` can be called as a partitioner is."""
    headers = ("headers",) if callable(given) and _takes_headers(given) else ()
    check_function(given, role, "topic", "key", "value", *headers, "partitions", error=error)


def _takes_headers(partitioner: StreamPartitioner) -> bool:
    try:
        parameters = list(signature(partitioner).parameters.values())
    except (TypeError, ValueError):
        return False  # A built-in one, which says nothing.
    required = [each for each in parameters if each.kind in _POSITIONAL and each.default is each.empty]
    return len(required) == _WITH_HEADERS


def placing(partitioner: StreamPartitioner) -> Placing:
    """The partitioner as a function of (topic, key, value, headers, number of partitions)."""
    if _takes_headers(partitioner):
        return partitioner
    return lambda topic, key, value, headers, partitions: partitioner(topic, key, value, partitions)


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash (unsigned) with which Kafka's Java clients place keys."""
    length = len(data)
    hashed = _SEED ^ length
    tail = length & ~3
    for at in range(0, tail, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _MULTIPLIER & _MASK
        word = (word ^ word >> 24) * _MULTIPLIER & _MASK
        hashed = (hashed * _MULTIPLIER & _MASK) ^ word
    if length & 3:
        hashed = (hashed ^ int.from_bytes(data[tail:], "little")) * _MULTIPLIER & _MASK
    hashed = (hashed ^ hashed >> 13) * _MULTIPLIER & _MASK
    return hashed ^ hashed >> 15


@cache
def key_hash() -> Callable[[bytes], int]:
    """`murmur2`, compiled where it can be: 60 ns for a short key, not 1,400."""
    native = extension("clients")
    return murmur2 if native is None else native.murmur2


class KeyHashes(dict[bytes, int]):
    """Serialised key -> its hash, as Java's producers take it, of the keys used lately.

    Where there are too many it starts anew: to know which were used last would cost more than it saves.
    """

    def __missing__(self, key: bytes) -> int:
        if len(self) >= MOST_HASHES:
            self.clear()
        hashed = self[key] = key_hash()(key) & 0x7FFFFFFF
        return hashed


MOST_HASHES = 65536
KEY_HASHES = KeyHashes()


def partition_for_key(key: bytes, partitions: int) -> int:
    """The partition on which Java's producers put records of this serialised key."""
    return KEY_HASHES[key] % partitions
