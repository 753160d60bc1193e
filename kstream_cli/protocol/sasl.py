"""How a client says who it is: SASL's PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER, as Kafka has them."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from kstream_cli.errors import ConfigError
from kstream_cli.protocol.failures import LoginRefusedError

Exchange = Callable[[bytes], bytes]
"""Sends a token, and gives the broker's answer to it."""

LEAST_ITERATIONS = 4096
MOST_ITERATIONS = 1_000_000
"""What a server may ask for: above that, it could keep a client busy for ever."""


class Mechanism(Protocol):
    """Carries a login out, with as many tokens as it needs. Raises LoginRefusedError."""

    name: str

    def log_in(self, exchange: Exchange) -> None: ...


class Plain:
    """User and password as they are (RFC 4616)."""

    name = "PLAIN"

    def __init__(self, user: str, password: str) -> None:
        self._token = f"\0{user}\0{password}".encode()

    def log_in(self, exchange: Exchange) -> None:
        exchange(self._token)


class Scram:
    """Proves that the password is known, and has the server prove it too (RFC 5802)."""

    def __init__(self, name: str, user: str, password: str, new_nonce: Callable[[], bytes] | None = None) -> None:
        self.name = name
        self._hash = {"SCRAM-SHA-256": hashlib.sha256, "SCRAM-SHA-512": hashlib.sha512}[name]
        self._user = user.replace("=", "=3D").replace(",", "=2C")
        self._password = password.encode()
        self._new_nonce = new_nonce or _random

    def log_in(self, exchange: Exchange) -> None:
        nonce = b64encode(self._new_nonce()).decode()
        first = f"n={self._user},r={nonce}"
        challenge = exchange(f"n,,{first}".encode()).decode("utf-8", "replace")
        salt, iterations, server_nonce = self._challenge(challenge, nonce)
        final = f"c=biws,r={server_nonce}"
        signed = f"{first},{challenge},{final}".encode()
        salted = hashlib.pbkdf2_hmac(self._hash().name, self._password, salt, iterations)
        client_key = self._mac(salted, b"Client Key")
        signature = self._mac(self._hash(client_key).digest(), signed)
        proof = bytes(one ^ other for one, other in zip(client_key, signature, strict=True))
        answer = _attributes(exchange(f"{final},p={b64encode(proof).decode()}".encode()).decode("utf-8", "replace"))
        expected = b64encode(self._mac(self._mac(salted, b"Server Key"), signed)).decode()
        if not hmac.compare_digest(answer.get("v", ""), expected):
            raise LoginRefusedError(f"{self.name}: the broker does not know the password that it let in")

    def _challenge(self, text: str, nonce: str) -> tuple[bytes, int, str]:
        found = _attributes(text)
        try:
            salt, iterations, server_nonce = b64decode(found["s"], validate=True), int(found["i"]), found["r"]
        except (KeyError, ValueError):
            raise LoginRefusedError(f"{self.name}: the broker's challenge cannot be read") from None
        if not server_nonce.startswith(nonce) or server_nonce == nonce:
            raise LoginRefusedError(f"{self.name}: the broker's challenge is not for this login")
        if not LEAST_ITERATIONS <= iterations <= MOST_ITERATIONS:
            raise LoginRefusedError(f"{self.name}: the broker asks for {iterations} iterations")
        return salt, iterations, server_nonce

    def _mac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._hash).digest()


class OAuthBearer:
    """A token from `oauth_cb`, as confluent-kafka has it (RFC 7628)."""

    name = "OAUTHBEARER"

    def __init__(self, callback: Callable[[str], Any], argument: str) -> None:
        self._callback = callback
        self._argument = argument

    def log_in(self, exchange: Exchange) -> None:
        token, _, *more = self._callback(self._argument)
        extensions: Mapping[str, str] = more[1] if len(more) > 1 else {}
        given = "".join(f"\x01{name}={value}" for name, value in extensions.items())
        refusal = exchange(f"n,,\x01auth=Bearer {token}{given}\x01\x01".encode())
        if refusal:
            # A token that is refused comes back as a challenge, without an error: it is to be answered.
            with suppress(LoginRefusedError):
                exchange(b"\x01")
            raise LoginRefusedError(f"OAUTHBEARER: the token is refused: {refusal.decode('utf-8', 'replace')}")


def mechanism(settings: Mapping[str, Any]) -> Mechanism:
    """The mechanism that librdkafka's settings ask for. Raises ConfigError for one that is not to be had."""
    name = str(settings.get("sasl.mechanism") or settings.get("sasl.mechanisms") or "GSSAPI").upper()
    if name == "OAUTHBEARER":
        callback = settings.get("oauth_cb")
        if not callable(callback):
            raise ConfigError(
                "group.protocol=streams takes OAUTHBEARER tokens from oauth_cb only, not by "
                f"sasl.oauthbearer.method={settings.get('sasl.oauthbearer.method', 'default')}: give oauth_cb, or use "
                "group.protocol=classic"
            )
        return OAuthBearer(callback, str(settings.get("sasl.oauthbearer.config", "")))
    if name not in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
        raise ConfigError(
            f"sasl.mechanism={name} is not available with group.protocol=streams: use PLAIN, SCRAM-SHA-256, "
            "SCRAM-SHA-512 or OAUTHBEARER, or group.protocol=classic"
        )
    user, password = settings.get("sasl.username"), settings.get("sasl.password")
    if user is None or password is None:
        raise ConfigError(f"sasl.mechanism={name} needs sasl.username and sasl.password")
    return Plain(str(user), str(password)) if name == "PLAIN" else Scram(name, str(user), str(password))


def _random() -> bytes:
    return os.urandom(18)


def _attributes(text: str) -> dict[str, str]:
    return {part[0]: part[2:] for part in text.split(",") if part[1:2] == "="}
