"""The broker that looks after a group, found through any other one, and found again when it moves."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from kstream_cli.protocol.connection import Connection
from kstream_cli.protocol.error_codes import name_of
from kstream_cli.protocol.failures import ConnectionFailedError, CoordinatorUnknownError
from kstream_cli.protocol.messages import FIND_COORDINATOR, Api
from kstream_cli.protocol.security import security_of

GROUP = 0
"""The kind of key that a group id is."""
DEFAULT_PORT = 9092


class Coordinator:
    """Used by one thread at a time, but for `close`.

    Args:
        settings: Of a Kafka client, by librdkafka's names: `bootstrap.servers`, security.
        group: Whose coordinator it is.
        client_id: The name that brokers see.
        seconds: How long a connection, and a request, may take.

    Raises ConfigError for security settings that are not to be had here.
    """

    def __init__(self, settings: Mapping[str, Any], group: str, *, client_id: str, seconds: float = 10.0) -> None:
        self._security = security_of(settings)
        self._servers = [
            address(each) for each in str(settings.get("bootstrap.servers", "")).split(",") if each.strip()
        ]
        self._group = group
        self._client_id = client_id
        self._seconds = seconds
        self._connection: Connection | None = None
        self._is_closed = False

    def has(self, api: Api) -> bool:
        """Whether the coordinator has a request. Raises as `call` does."""
        return self._connected().has(api)

    def call(self, api: Api, /, **fields: Any) -> dict[str, Any]:
        """Ask the coordinator. Raises ConnectionFailedError, LoginRefusedError or NotSupportedError."""
        try:
            return self._connected().call(api, **fields)
        except ConnectionFailedError:
            self.forget()
            raise

    def forget(self) -> None:
        """Look for the coordinator again before the next request: it has moved, or its connection is gone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """For good; may be called by any thread, and ends a call that waits for its answer."""
        self._is_closed = True
        self.forget()

    def _connected(self) -> Connection:
        if self._is_closed:
            raise ConnectionFailedError("the connection was closed")
        connection = self._connection
        if connection is None:
            connection = self._connection = self._found()
        return connection

    def _found(self) -> Connection:
        failure: ConnectionFailedError | None = None
        for number, server in enumerate(self._servers):
            try:
                found = self._connect(*self._ask(server))
            except ConnectionFailedError as error:
                failure = failure or error
            else:
                # Asked first the next time: it answers.
                self._servers.insert(0, self._servers.pop(number))
                return found
        raise failure or ConnectionFailedError("bootstrap.servers names no broker")

    def _ask(self, server: tuple[str, int]) -> tuple[str, int]:
        """Where the coordinator is, as one broker says."""
        connection = self._connect(*server)
        try:
            answer = connection.call(FIND_COORDINATOR, key_type=GROUP, coordinator_keys=[self._group])
        finally:
            with suppress(OSError):
                connection.close()
        for found in answer["coordinators"]:
            if found["error_code"]:
                reason = found["error_message"] or name_of(found["error_code"])
                raise CoordinatorUnknownError(
                    f"the coordinator of group {self._group!r} is not known: {name_of(found['error_code'])}: {reason}"
                )
            return found["host"], found["port"]
        raise ConnectionFailedError(f"{connection.address} does not name the coordinator of group {self._group!r}")

    def _connect(self, host: str, port: int) -> Connection:
        return Connection(host, port, self._security, client_id=self._client_id, seconds=self._seconds)


def address(server: str) -> tuple[str, int]:
    """Host and port of an entry of `bootstrap.servers`, which may have a protocol in front."""
    _, _, place = server.strip().rpartition("://")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit():
        return place.strip("[]"), DEFAULT_PORT
    return host.strip("[]"), int(port)
