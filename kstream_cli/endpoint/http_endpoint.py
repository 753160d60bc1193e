"""Serves the endpoint of an application, in a thread of its own. The extra `http`."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from importlib import import_module
from types import TracebackType
from typing import Any

from kstream_cli.endpoint.access import Access, host_of, is_loopback
from kstream_cli.errors import ConfigError
from kstream_cli.runtime.kafka_streams import KafkaStreams

THREAD = "http-endpoint"
STOP_SECONDS = 2


class HttpEndpoint:
    """Answers HTTP requests about a running application at `host`:`port`. A context manager.

    Paths: /metrics, /livez, /readyz, /topology, /status, /why, /stores, /stores/NAME, /stores/NAME/KEY, /openapi.json.
    Nothing can be changed over it.

    Args:
        streams: The application. It may be started later.
        port: 0 takes a free one; the attribute `port` is the one taken.
        host: Another address than a loopback one needs a `token`, or `open_to_all`.
        token: What requests must send as `Authorization: Bearer TOKEN`. Health needs none.
        open_to_all: Answer whoever can reach the address.
        stuck_seconds: How long a task with input may stand still before /livez fails; by default
            `max.poll.interval.ms`, after which its group gives its tasks to others.

    Raises ConfigError where the address is taken, is open without leave, or the extra is not installed.

    Example:
        >>> with KafkaStreams(builder, config) as streams, HttpEndpoint(streams, port=8080):
        ...     streams.start()
        ...     streams.wait()
    """

    def __init__(
        self,
        streams: KafkaStreams,
        *,
        port: int,
        host: str = "127.0.0.1",
        token: str | None = None,
        open_to_all: bool = False,
        stuck_seconds: float | None = None,
    ) -> None:
        check_endpoint(host, is_guarded=token is not None or open_to_all)
        if token is not None and not token.strip():
            raise ConfigError("the token of the endpoint is empty")
        uvicorn = _server_library()
        config = streams.config
        if stuck_seconds is None:
            stuck_seconds = config.max_poll_interval_ms / 1000
        self._socket = bound(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        try:
            application = _application(streams, _access(host, token, config.application_server), stuck_seconds)
            settings = _settings(uvicorn, application)
        except BaseException:
            self._socket.close()
            raise
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._serve, name=THREAD, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address as a URL, without a path."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def close(self) -> None:
        """Stop serving; answers that are under way get two seconds."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> HttpEndpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def check_endpoint(host: str, *, is_guarded: bool) -> None:
    """Raise ConfigError where an endpoint may not be served at the host: its packages are missing, or it is open."""
    _server_library()
    try:
        loopback = is_loopback(host)
    except (OSError, UnicodeError) as error:  # no host, or nothing that could be one
        raise ConfigError(f"the endpoint cannot be served at {host}: {error}") from error
    if not loopback and not is_guarded:
        raise ConfigError(
            f"{host} can be reached from other machines, and the endpoint shows what the stores hold: "
            "give it a token with --http-token-file, or say --http-open"
        )


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises ConfigError where none can."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigError(
            f"the endpoint cannot be served at {host}:{port}: {error}. Choose another port (0 takes a free one)"
        ) from error


def _access(host: str, token: str | None, server: str) -> Access:
    names = {"localhost", host.lower(), socket.gethostname().lower(), host_of(server) if server else None}
    return Access(frozenset(name for name in names if name), None if token is None else token.strip())


def _application(streams: KafkaStreams, access: Access, stuck_seconds: float) -> Any:
    from kstream_cli.endpoint.openapi import openapi
    from kstream_cli.endpoint.pages import Pages
    from kstream_cli.endpoint.routes import asgi_application

    version = next(value for name, value in streams.metrics().items() if name.name == "version")
    description = json.dumps(openapi(version, needs_token=access.token is not None)).encode()
    return asgi_application(Pages(streams, stuck_seconds=stuck_seconds), access, description)


def _settings(uvicorn: Any, application: Any) -> Any:
    from kstream_cli.endpoint.connections import MOST_HEAD_BYTES, BoundedConnection

    # An application may run a uvicorn itself, whose log is not ours to change: only our thread is silent.
    import_module("uvicorn.server").logger.addFilter(_not_ours)
    return uvicorn.Config(
        application,
        http=BoundedConnection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def _not_ours(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD or record.levelno >= logging.ERROR


def _server_library() -> Any:
    try:
        for name in ("prometheus_client", "starlette"):
            import_module(name)
        return import_module("uvicorn")
    except ImportError as error:
        raise ConfigError(
            "the HTTP endpoint needs packages that are not installed: pip install 'kstream-cli[http]'"
        ) from error
