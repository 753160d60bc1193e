"""Serdes that wrap another one which may be left open (None) until the configured defaults are known."""

from __future__ import annotations

from typing import Any, TypeVar

from kstream_cli.errors import SerializationError
from kstream_cli.serde.serde import Serde

T = TypeVar("T")


def completed(
    inner: Serde[T] | None, default: Serde[T] | None, key: Serde[T] | None, value: Serde[T] | None
) -> Serde[T] | None:
    """The inner serde, or the default one where it was left open."""
    return default if inner is None else inner.with_defaults(key, value)


def are_complete(*inner: Serde[Any] | None) -> bool:
    """Whether all inner serdes are known, with what is inside them."""
    return all(serde is not None and serde.is_complete for serde in inner)


def required(inner: Serde[T] | None, outer: Serde[Any]) -> Serde[T]:
    """The inner serde. Raises SerializationError when there is none, not even by default."""
    if inner is None:
        raise SerializationError(
            f"{outer!r} does not know the serde inside it: give one with key= or value=, "
            "or set default.key.serde and default.value.serde"
        )
    return inner
