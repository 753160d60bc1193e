"""Serdes by name, for the command line: `string`, `long`, `json`, or `module:name` for one of your own."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import ConfigError
from kstream_cli.serde.built_in import (
    BooleanSerde,
    BytesSerde,
    DoubleSerde,
    FloatSerde,
    IntegerSerde,
    LongSerde,
    ShortSerde,
    StringSerde,
    UUIDSerde,
    VoidSerde,
)
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.types import serde_for
from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde

_NAMED: dict[str, Any] = {
    "string": StringSerde,
    "long": LongSerde,
    "integer": IntegerSerde,
    "short": ShortSerde,
    "double": DoubleSerde,
    "float": FloatSerde,
    "boolean": BooleanSerde,
    "bytes": BytesSerde,
    "uuid": UUIDSerde,
    "void": VoidSerde,
    "json": lambda: JsonSerde(Any),
}
NAMES = (*_NAMED, "windowed:SERDE", "session:SERDE", "module:name")
"""What a serde may be called."""


def named_serde(name: str) -> Serde[Any]:
    """The serde that a name stands for.

    `windowed:string` is a key in a time window, `session:string` one in a session; `app:OrderSerde` is the serde, or
    the type, called OrderSerde in the module `app`. Raises ConfigError with the names there are.

    Example:
        >>> named_serde("long").deserializer("counts")(bytes(7) + b"\\x05")
        5
    """
    kind, colon, rest = name.partition(":")
    if not colon:
        if kind.lower() in _NAMED:
            return cast(Serde[Any], _NAMED[kind.lower()]())
        near = nearest(kind.lower(), _NAMED)
        hint = f"did you mean {near}?" if near else f"the names are {', '.join(NAMES)}"
        raise ConfigError(f"no serde is called {name!r}: {hint}")
    if kind == "windowed":
        return TimeWindowedSerde(named_serde(rest))
    if kind == "session":
        return SessionWindowedSerde(named_serde(rest))
    try:
        found = getattr(import_module(kind), rest)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"the serde {name!r} cannot be imported: {error}") from error
    return cast(Serde[Any], serde_for(found))
