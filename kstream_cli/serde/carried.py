"""Serdes carried past a step that may have changed the type: used where nothing names the one that follows."""

from __future__ import annotations

from typing import Any, TypeVar

from kstream_cli.serde.serde import Deserializer, Serde, Serializer

T = TypeVar("T")


class CarriedSerde(Serde[T]):
    """The serde from before the step; a configured default goes first, as in Java, where the step forgets the serde."""

    def __init__(self, inner: Serde[T], *, is_key: bool) -> None:
        self._inner = inner
        self._is_key = is_key
        self.immutable = inner.immutable
        self.exact = inner.exact

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[T]:
        return self._inner.serializer(topic, is_key=is_key)

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[T]:
        return self._inner.deserializer(topic, is_key=is_key)

    @property
    def is_complete(self) -> bool:
        return self._inner.is_complete

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> Serde[T]:
        default = key if self._is_key else value
        return self._inner.with_defaults(key, value) if default is None else default

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CarriedSerde) and (self._inner, self._is_key) == (other._inner, other._is_key)

    def __hash__(self) -> int:
        return hash((CarriedSerde, self._is_key))

    def __repr__(self) -> str:
        return repr(self._inner)


def carried(serde: Serde[T] | None, *, is_key: bool) -> Serde[T] | None:
    """`serde`, if there is one, to be used where neither the step nor the configuration names another."""
    return serde if serde is None or isinstance(serde, CarriedSerde) else CarriedSerde(serde, is_key=is_key)
