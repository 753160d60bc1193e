"""The HTTP server of the metrics page: a bounded number of connections at a time, so that slow clients cost little."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

MOST_CONNECTIONS = 8
SLOW_SECONDS = 5.0
"""A connection this old gives way to a new one where all places are taken."""


class PageRequestHandler(WSGIRequestHandler):
    """Reads one request, and gives up on a client that says nothing."""

    timeout = SLOW_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not for the log."""


class PageServer(socketserver.ThreadingMixIn, WSGIServer):
    """Serves a WSGI application, each connection in a thread, at most eight of them.

    Further clients are hung up on, unless a connection has lasted for five seconds: that one is closed then.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], application: Callable[..., Any]) -> None:
        self.address_family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
        self._connections: dict[socket.socket, float] = {}
        """The open ones and when each began, the oldest first."""
        self._lock = threading.Lock()
        super().__init__(address, PageRequestHandler)
        self.set_app(application)

    def server_bind(self) -> None:
        # HTTPServer would look up the host's full name, for which a resolver may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            if len(self._connections) >= MOST_CONNECTIONS:
                oldest, began = next(iter(self._connections.items()))
                if time.monotonic() - began < SLOW_SECONDS:
                    self.shutdown_request(request)
                    return
                del self._connections[oldest]
                with contextlib.suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
            self._connections[request] = time.monotonic()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or is hung up on, is no error."""
