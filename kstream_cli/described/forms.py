"""What a serde's name does not say of the bytes that it writes: a JSON type's fields, the code of a user's serde."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from kstream_cli.described.facts import serde_name
from kstream_cli.described.functions import Place, code_hash, given_as
from kstream_cli.described.json_types import json_type
from kstream_cli.described.model import Form, JsonType
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.serde import Serde


def form_of(serde: Any, place: Place) -> Form | None:
    """The form of what a serde writes; None where its name says all."""
    if not isinstance(serde, Serde):
        return None
    found = list(_within(serde, set()))
    typed = [each for each in found if isinstance(each, JsonSerde)]
    code = "".join(filter(None, map(_code, found))) or None
    if not typed:
        return None if code is None else Form(code=code)
    types = [json_type(each.type) for each in typed]
    known = [each for each in types if each is not None]
    if len(known) < len(types):
        return Form(code=code)
    around = serde_name(serde) or ""
    for each in typed:
        around = around.replace(serde_name(each) or "", "…")
    upgrades = [each.upgrade for each in typed if each.upgrade is not None]
    functions = given_as(place, upgrade=upgrades[0]) if upgrades else ()
    return Form(
        json=known[0] if len(known) == 1 else JsonType(kind="tuple", parts=tuple(known)),
        around=around,
        code=code,
        upgrade=next(iter(functions), None),
    )


def _within(serde: Serde[Any], seen: set[int]) -> Iterator[Serde[Any]]:
    """The serde and those that it wraps."""
    if id(serde) in seen:
        return
    seen.add(id(serde))
    yield serde
    for held in getattr(serde, "__dict__", {}).values():
        if isinstance(held, Serde):
            yield from _within(held, seen)


def _code(serde: Serde[Any]) -> str | None:
    """A hash of a user's serde, or of the schema that a serde of kstream's was given."""
    held = vars(serde)
    if not type(serde).__module__.startswith("kstream_cli."):
        return code_hash(type(serde), *held.values())
    if type(serde).__name__ == "_FunctionSerde":
        return code_hash(*held.values())
    text = held.get("schema")
    if (message := held.get("message_type")) is not None:  # one of protoc's
        file = getattr(getattr(message, "DESCRIPTOR", None), "file", None)
        text = getattr(file, "serialized_pb", None) or message.__qualname__
    if text is None or isinstance(serde, JsonSerde):
        return None
    return hashlib.sha256(text if isinstance(text, bytes) else str(text).encode()).hexdigest()[:16]


__all__ = ["form_of"]
