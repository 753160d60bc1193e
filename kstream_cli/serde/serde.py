"""The Serde contract: a pair of functions, chosen once per topic when the topology is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

Serializer: TypeAlias = Callable[[T], bytes]
Deserializer: TypeAlias = Callable[[bytes], T]


class Serde(ABC, Generic[T]):
    """How values of one type become bytes and come back.

    `serializer` and `deserializer` are called once per topic while a task is built; what they return is called
    once per record and **never with None**: a null key or value is null bytes, and the caller sees to it.
    They raise any exception on values or bytes they cannot handle; the caller names the record.
    """

    immutable: bool = False
    """True when values can be shared safely: a store may then keep them decoded in its write buffer."""

    @abstractmethod
    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        """The function that turns a value (never None) for `topic` into bytes."""

    @abstractmethod
    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        """The function that turns bytes (never None) from `topic` into a value."""
