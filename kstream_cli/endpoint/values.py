"""Keys and values on their way between a request or an answer and a store."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from kstream_cli.operations.topic_types import TopicType
from kstream_cli.serde.built_in import BytesSerde
from kstream_cli.serde.serde import Serde


def key_of(text: str, serde: Serde[Any] | None, topic: str) -> Any:
    """The key that a text stands for. Raises SerializationError where the serde does not take it."""
    if isinstance(serde, BytesSerde):
        return text.encode()
    data, _ = TopicType(topic, "changelog", serde, None).encoded(text, None, is_text=True)
    assert serde is not None
    assert data is not None
    return serde.deserializer(topic, is_key=True)(data)


def jsonable(value: Any) -> msgspec.Raw:
    """A value as JSON; what JSON has no form for is its text."""
    try:
        return msgspec.Raw(msgspec.json.encode(value, enc_hook=_other))
    except Exception:
        return msgspec.Raw(msgspec.json.encode(str(value)))


def _other(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump is not None else str(value)
