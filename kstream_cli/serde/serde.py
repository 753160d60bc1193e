"""The Serde contract: a pair of functions, chosen once per topic when the topology is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, TypeAlias, TypeVar

from kstream_cli.callables import check_function
from kstream_cli.errors import ConfigError

T = TypeVar("T")

Serializer: TypeAlias = Callable[[T], bytes]
Deserializer: TypeAlias = Callable[[bytes], T]


class Serde(ABC, Generic[T]):
    """Turns values of one type into bytes, and back (Java: Serde).

    `serializer` and `deserializer` are called once for each topic while a task is built. The functions that they return
    are called once for each record and **never with None**: a null key or value is null bytes, and the caller handles
    it. A deserializer that you call with None yourself returns None, as in Java. Both functions may raise any exception
    for values or bytes that they cannot handle; the caller names the record.

    Example:
        >>> upper = Serde.of(lambda text: text.upper().encode(), bytes.decode)
        >>> shouted = builder.stream("shouted", key=str, value=upper)
    """

    immutable: bool = False
    """True when values can be shared safely: a store may then keep them decoded in its write buffer."""
    exact: bool = False
    """True when keys that are equal have the same bytes: a store may then look a row up by the key itself."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        method = vars(cls).get("deserializer")
        if method is not None and not getattr(method, "__isabstractmethod__", False):
            cls.deserializer = _taking_none(method)  # type: ignore[method-assign]

    @property
    def fixed_size(self) -> int | None:
        """How many bytes every value has; None if the number differs."""
        return None

    @property
    def is_complete(self) -> bool:
        """False if an inner serde is None, so that there is neither a serializer nor a deserializer yet."""
        return True

    @abstractmethod
    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        """The function that turns a value (never None) for `topic` into bytes."""

    @abstractmethod
    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        """The function that turns bytes (never None) from `topic` into a value."""

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> Serde[T]:
        """This serde, with the configured defaults in place of inner serdes that are None.

        Call it on a serde that is given, wherever the configured default takes the place of one that is not.
        """
        return self

    @staticmethod
    def of(serialize: Serializer[T], deserialize: Deserializer[T], *, immutable: bool = False) -> Serde[T]:
        """A serde made of two functions, for topics and stores alike. Raises ConfigError for what can never be one."""
        check_function(serialize, "serialize", "value", error=ConfigError)
        check_function(deserialize, "deserialize", "data", error=ConfigError)
        return _FunctionSerde(serialize, deserialize, immutable)


def reader_of(serde: Serde[T], topic: str, *, is_key: bool = False) -> Deserializer[T]:
    """A serde's deserializer for callers that never have None: the record path does without the look at it."""
    deserialize = serde.deserializer(topic, is_key=is_key)
    reader: Deserializer[T] = getattr(deserialize, _READER, deserialize)
    return reader


_READER = "reader"


def _taking_none(method: Callable[..., Deserializer[Any]]) -> Callable[..., Deserializer[Any]]:
    @wraps(method)
    def deserializer(self: Any, topic: str, *, is_key: bool = False) -> Deserializer[Any]:
        read = method(self, topic, is_key=is_key)
        if hasattr(read, _READER):
            return read

        def deserialize(data: bytes) -> Any:
            return None if data is None else read(data)

        setattr(deserialize, _READER, read)
        return deserialize

    return deserializer


class _FunctionSerde(Serde[T]):
    """A serde that is the same two functions for every topic."""

    def __init__(self, serialize: Serializer[T], deserialize: Deserializer[T], immutable: bool) -> None:
        self._serialize = serialize
        self._deserialize = deserialize
        self.immutable = immutable

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        return self._serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        return self._deserialize

    def __repr__(self) -> str:
        return f"Serde.of({_name(self._serialize)}, {_name(self._deserialize)})"


def _name(function: Callable[..., object]) -> str:
    return getattr(function, "__qualname__", repr(function))
