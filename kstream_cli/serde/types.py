"""From a Python type to the serde it stands for: what `key=` and `value=` take everywhere."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar, overload
from uuid import UUID

from kstream_cli.errors import ConfigError
from kstream_cli.serde.built_in import (
    BooleanSerde,
    BytesSerde,
    DoubleSerde,
    LongSerde,
    StringSerde,
    UUIDSerde,
    VoidSerde,
)
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.serde import Serde

T = TypeVar("T")

SerdeLike: TypeAlias = Serde[T] | type[T]
"""A serde, or the Python type it is for."""

_BUILT_IN: dict[Any, type[Serde[Any]]] = {
    str: StringSerde,
    int: LongSerde,
    float: DoubleSerde,
    bytes: BytesSerde,
    bool: BooleanSerde,
    UUID: UUIDSerde,
    type(None): VoidSerde,
}


@overload
def serde_for(given: None) -> None: ...
@overload
def serde_for(given: SerdeLike[T]) -> Serde[T]: ...
@overload
def serde_for(given: Any) -> Serde[Any] | None: ...
def serde_for(given: Any) -> Serde[Any] | None:
    """The serde that `given` is or stands for; None stays None (the upstream's serde, or the configured default).

    str, int, float, bytes, bool and uuid.UUID have Kafka's own formats; every other type is JSON. Raises ConfigError
    for what is neither a serde nor a type.
    """
    if given is None or isinstance(given, Serde):
        return given
    built_in = _BUILT_IN.get(given) if _is_hashable(given) else None
    if built_in is not None:
        return built_in()
    if isinstance(given, type) and issubclass(given, Serde):
        return _without_arguments(given)
    if isinstance(given, (str, bytes, int, float, dict, list)):
        raise ConfigError(
            f"{given!r} is neither a serde nor a type: give a Serde, or a type such as str or a dataclass"
        )
    return JsonSerde(given)


def _is_hashable(given: Any) -> bool:
    return getattr(given, "__hash__", None) is not None


def _without_arguments(serde: type[Serde[Any]]) -> Serde[Any]:
    try:
        return serde()
    except TypeError as error:
        raise ConfigError(f"{serde.__name__} needs arguments: give an instance, {serde.__name__}(…)") from error
