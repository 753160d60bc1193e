"""One connection to one broker: a request goes out, its answer comes in, both within a time."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any

from kstream_cli.protocol.codec import INT16, INT32, LEGACY_STRING, MalformedError, Reader
from kstream_cli.protocol.error_codes import name_of
from kstream_cli.protocol.failures import (
    ConnectionFailedError,
    LoginRefusedError,
    MalformedAnswerError,
    NotSupportedError,
)
from kstream_cli.protocol.messages import API_VERSIONS, SASL_AUTHENTICATE, SASL_HANDSHAKE, Api
from kstream_cli.protocol.security import Security

MOST_BYTES = 100_000_000
"""Of an answer, as librdkafka's receive.message.max.bytes: a longer one is no answer."""
CHUNK = 1 << 16
RENEW_AT = 0.85
"""The part of a login's life after which it is renewed (KIP-368)."""


class Connection:
    """Used by one thread at a time; `close` may be called by any, and ends a call that waits.

    Raises ConnectionFailedError where there is no broker, LoginRefusedError where it does not let this client in, and
    NotSupportedError where its requests are too old.
    """

    def __init__(self, host: str, port: int, security: Security, *, client_id: str, seconds: float) -> None:
        self.address = f"{host}:{port}"
        self._client_id = client_id
        self._security = security
        self._seconds = seconds
        self._number = 0
        self._renew_at: float | None = None
        self._lock = threading.Lock()
        """One request is under way at a time."""
        self._socket = self._connect(host, port)
        try:
            self.versions = self._supported()
            """Number of a request -> the oldest and the newest version that the broker knows."""
            if security.login is not None:
                self._log_in()
        except BaseException:
            self.close()
            raise

    def has(self, api: Api) -> bool:
        """Whether the broker has a request in a version that is known here."""
        return self._version(api) is not None

    def call(self, api: Api, /, **fields: Any) -> dict[str, Any]:
        """Send a request, and give its answer. A failure closes the connection.

        Fields that the broker's version of the request does not have are left out.
        """
        with self._lock:
            if self._renew_at is not None and time.monotonic() > self._renew_at:
                self._log_in()
            version = self._version(api)
            if version is None:
                raise NotSupportedError(f"the broker at {self.address} has no {api.name} that is known here")
            return self._exchange(api, version, fields)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        try:
            plain = socket.create_connection((host, port), self._seconds)
        except (OSError, UnicodeError) as error:
            raise ConnectionFailedError(f"no broker answers at {self.address}: {error}") from error
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._security.tls is None:
            return plain
        try:
            return self._security.tls.wrap_socket(plain, server_hostname=host)
        except ssl.SSLError as error:
            plain.close()
            raise LoginRefusedError(f"no TLS connection to {self.address}: {error}") from error
        except OSError as error:
            plain.close()
            raise ConnectionFailedError(f"no TLS connection to {self.address}: {error}") from error

    def _version(self, api: Api) -> int | None:
        """The newest version that both sides know."""
        least, most = self.versions.get(api.key, (0, -1))
        return max((version for version in api.forms if least <= version <= most), default=None)

    def _supported(self) -> dict[int, tuple[int, int]]:
        fields = {"client_software_name": "kstream", "client_software_version": "1"}
        answer = self._exchange(API_VERSIONS, 3, fields)
        if answer["error_code"]:
            raise NotSupportedError(
                f"the broker at {self.address} is too old: ApiVersions: {name_of(answer['error_code'])}"
            )
        return {each["api_key"]: (each["min_version"], each["max_version"]) for each in answer["api_keys"]}

    def _log_in(self) -> None:
        login = self._security.login
        assert login is not None
        answer = self._exchange(SASL_HANDSHAKE, 1, {"mechanism": login.name})
        if answer["error_code"]:
            raise LoginRefusedError(
                f"the broker at {self.address} does not take sasl.mechanism={login.name}: it has "
                f"{', '.join(answer['mechanisms']) or 'none'}"
            )
        self._renew_at = None
        began = time.monotonic()
        login.log_in(self._exchange_token)
        if self._lifetime_ms > 0:
            self._renew_at = began + RENEW_AT * self._lifetime_ms / 1000

    def _exchange_token(self, token: bytes) -> bytes:
        answer = self._exchange(SASL_AUTHENTICATE, 2, {"auth_bytes": token})
        if answer["error_code"]:
            self.close()
            reason = answer["error_message"] or name_of(answer["error_code"])
            raise LoginRefusedError(f"the broker at {self.address} refuses the login: {reason}")
        self._lifetime_ms: int = answer["session_lifetime_ms"]
        received: bytes = answer["auth_bytes"]
        return received

    def _exchange(self, api: Api, version: int, fields: dict[str, Any]) -> dict[str, Any]:
        self._number = (self._number + 1) % (1 << 31)
        form = api.forms[version]
        body = bytearray()
        INT16.write(body, api.key)
        INT16.write(body, version)
        INT32.write(body, self._number)
        LEGACY_STRING.write(body, self._client_id)
        if api.is_flexible:
            body.append(0)
        form.request.write(body, {name: value for name, value in fields.items() if name in form.request.fields})
        deadline = time.monotonic() + self._seconds
        try:
            self._socket.settimeout(self._seconds)
            self._socket.sendall(len(body).to_bytes(4, "big") + body)
            data = self._receive(api, deadline)
            return self._answer(api, version, data)
        except MalformedError as error:
            self.close()
            raise MalformedAnswerError(
                f"the answer of {self.address} to {api.name} (version {version}) cannot be read: {error}"
            ) from error
        except OSError as error:
            self.close()
            reason = f"no answer within {self._seconds:g} s" if isinstance(error, TimeoutError) else error
            raise ConnectionFailedError(f"{api.name} to {self.address}: {reason}") from error

    def _answer(self, api: Api, version: int, data: bytes) -> dict[str, Any]:
        reader = Reader(data)
        number = INT32.read(reader)
        if number != self._number:
            raise MalformedError(f"it answers request {number}, not {self._number}")
        if api is API_VERSIONS:
            # A broker that does not know the version answers in the oldest form, which begins with the error.
            code = INT16.read(Reader(data[4:]))
            if code:
                return {"error_code": code}
        elif api.is_flexible:
            reader.skip_tags()
        answer: dict[str, Any] = api.forms[version].response.read(reader)
        reader.end()
        return answer

    def _receive(self, api: Api, deadline: float) -> bytes:
        length = int.from_bytes(self._read(4, deadline), "big", signed=True)
        if not 4 <= length <= MOST_BYTES:
            raise MalformedError(f"its length is {length}")
        return self._read(length, deadline)

    def _read(self, count: int, deadline: float) -> bytes:
        """So many bytes; memory is taken as they come, not as they are announced."""
        received = bytearray()
        while len(received) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            chunk = self._socket.recv(min(CHUNK, count - len(received)))
            if not chunk:
                raise ConnectionResetError("the broker closed the connection in the middle of an answer")
            received += chunk
        return bytes(received)
