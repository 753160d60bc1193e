"""Keys and values as a reader of a terminal, or of JSON, sees them."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from kstream_cli.printable import printable
from kstream_cli.record import Headers


def text_of(value: Any) -> str:
    """One line: text as it is but for control characters, null for None, bytes in hex when they are no text,
    everything structured as JSON."""
    return printable(_text(value))


def _text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"0x{value.hex()}"
    has_own_text = any("__str__" in vars(kind) for kind in type(value).__mro__[:-1])
    return str(value) if has_own_text else json_text(value)


def json_text(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=_jsonable).decode()


def headers_text(headers: Headers) -> tuple[tuple[str, str | None], ...]:
    """Headers as pairs of texts, in the shape that `kstream try --input` reads."""
    return tuple((name, None if held is None else text_of(held)) for name, held in headers)


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump is not None else str(value)
