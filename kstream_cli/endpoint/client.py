"""Asks the endpoint of an instance, and says in bounded time where it does not answer."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from kstream_cli.errors import ConfigError, StreamsError
from kstream_cli.runtime.clients.bounded_call import call_within

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 12.0
"""A store has ten seconds to answer its endpoint."""
MOST_BYTES = 16 * 1024 * 1024

_HOST, _PORT = r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s/:@\[\]]+)", r":0*[1-9][0-9]{0,4}"
_ADDRESS, _TLS_ADDRESS = re.compile(_HOST + _PORT), re.compile(f"{_HOST}(?:{_PORT})?")

T = TypeVar("T")


class Reply(NamedTuple):
    """What an endpoint answers: a JSON object or list."""

    status: int
    body: bytes


class InstanceAwayError(StreamsError):
    """An instance does not answer, or not as an endpoint of kstream does."""


class RefusedError(StreamsError):
    """An endpoint answers with the reason why it has nothing to say."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class EndpointClient:
    """The endpoint at `server`, HOST:PORT; or https://HOST[:PORT] where a proxy with TLS stands before it.

    Example:
        >>> EndpointClient("127.0.0.1:8080").read("/status", InstanceFacts).state
        'RUNNING'
    """

    server: str
    token: str | None = field(default=None, repr=False)

    def read(self, target: str, shape: type[T]) -> T:
        """What the path answers, as its shape. Raises InstanceAwayError, and RefusedError with the reason."""
        reply = self.get(target)
        if reply.status != http.client.OK:
            raise self.refusal(reply)
        try:
            return msgspec.json.decode(reply.body, type=shape)
        except msgspec.MsgspecError as error:
            raise InstanceAwayError(f"{self.server} answers in another way than this kstream knows: {error}") from error

    def refusal(self, reply: Reply) -> RefusedError:
        """Why the endpoint has nothing to say, in its own words."""
        try:
            text = str(json.loads(reply.body)["error"])
        except (ValueError, TypeError, KeyError):
            text = f"{self.server} answers with status {reply.status}"
        if reply.status == http.client.UNAUTHORIZED:
            text = f"the instance at {self.server} asks for its token, or for another one: give --token-file FILE"
        return RefusedError(reply.status, text)

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Reply:
        """What a path with its query answers. Raises InstanceAwayError."""
        own = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        return exchange(self.server, target, {**own, **(headers or {})})


def exchange(server: str, target: str, headers: Mapping[str, str]) -> Reply:
    """Ask a server for a path. Raises InstanceAwayError, within fifteen seconds whatever it sends or does not send."""
    try:
        reply: Reply = call_within(CONNECT_SECONDS + ANSWER_SECONDS - 2, _exchange, server, target, headers)
        json.loads(reply.body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise InstanceAwayError(f"{server} does not answer: {_reason(error)}") from error
    if len(reply.body) > MOST_BYTES:
        raise InstanceAwayError(f"{server} does not answer as an endpoint of kstream does: its answer is too long")
    return reply


def target(*parts: str, **query: Any) -> str:
    """A path of the endpoint, quoted; parameters of None are left out."""
    given = {name.rstrip("_"): _text(value) for name, value in query.items() if value is not None}
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    return path + ("?" + urlencode(given, quote_via=quote) if given else "")


def server_of(text: str) -> str:
    """An instance as options name it. Raises ConfigError for what is none."""
    bare = text.removeprefix("http://").rstrip("/")
    host = bare.removeprefix("https://")
    if not (_ADDRESS if host == bare else _TLS_ADDRESS).fullmatch(host):
        raise ConfigError(
            f"--instance {text.rpartition('@')[2]!r}: give the HOST:PORT of its --http endpoint, or https://HOST"
        )
    return bare


def _exchange(server: str, target: str, headers: Mapping[str, str]) -> Reply:
    connection: http.client.HTTPConnection
    if server.startswith("https://"):
        connection = http.client.HTTPSConnection(server.removeprefix("https://"), timeout=CONNECT_SECONDS)
    else:
        connection = http.client.HTTPConnection(server, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.request("GET", target, headers=dict(headers))
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(MOST_BYTES + 1))
    finally:
        connection.close()


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "what it sends is no JSON"
    if isinstance(error, TimeoutError):
        return "it took too long"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
