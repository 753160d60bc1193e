"""The parameters of a request's query: each is known, given once, and of its kind, or the request is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from kstream_cli.errors import ConfigError
from kstream_cli.operations.start_position import milliseconds

Kind: TypeAlias = Literal["text", "number", "flag", "time"]
MOST_MS = 2**63 - 1
MOST_PARTITION = 2**31 - 1


class RequestError(Exception):
    """A request that is not answered, with its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query."""

    name: str
    kind: Kind
    text: str
    least: int = 0
    most: int = MOST_MS
    default: Any = None

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        match self.kind:
            case "number":
                schema: dict[str, Any] = {"type": "integer", "minimum": self.least, "maximum": self.most}
            case "flag":
                schema = {"type": "boolean"}
            case _:
                schema = {"type": "string"}
        return schema if self.default is None else {**schema, "default": self.default}

    def read(self, text: str) -> Any:
        match self.kind:
            case "text":
                return text
            case "flag":
                if text not in ("true", "false"):
                    raise RequestError(400, f"{self.name}={text!r:.60}: give true or false")
                return text == "true"
            case "time":
                try:
                    found = milliseconds(text)
                except (ConfigError, ValueError) as error:
                    raise RequestError(
                        400, f"{self.name}={text!r:.60}: give milliseconds since 1970, or ISO 8601: 2026-11-30T09:00Z"
                    ) from error
            case "number":
                if not (text.isascii() and text.isdigit() and len(text) <= len(str(self.most))):
                    raise RequestError(400, f"{self.name}={text!r:.60}: give a number from {self.least} to {self.most}")
                found = int(text)
        if not self.least <= found <= self.most:
            raise RequestError(400, f"{self.name}={found}: give a number from {self.least} to {self.most}")
        return found


def parameters_of(query: bytes, known: Sequence[Parameter]) -> dict[str, Any]:
    """The value of each parameter, or its default. Raises RequestError that names what is wrong."""
    by_name = {parameter.name: parameter for parameter in known}
    found: dict[str, Any] = {}
    for part in query.split(b"&") if query else ():
        name, _, text = (utf8(each.replace(b"+", b" ")) for each in part.partition(b"="))
        if name not in by_name:
            names = ", ".join(by_name) or "none"
            raise RequestError(400, f"no parameter {name!r:.60} here; there are: {names}")
        if name in found:
            raise RequestError(400, f"{name} is given twice")
        found[name] = by_name[name].read(text)
    return {name: found.get(name, parameter.default) for name, parameter in by_name.items()}


def utf8(quoted: bytes) -> str:
    """Percent-encoded text, read strictly."""
    try:
        return unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError as error:
        raise RequestError(400, "the address is not UTF-8") from error
