"""Connections of the endpoint: so many at a time, each for so long, whatever is sent or not sent over them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from kstream_cli.logs import logger

MOST_CONNECTIONS = 32
SLOW_SECONDS = 5.0
"""A connection this old without a whole request gives way to a new one where all places are taken."""
MOST_SECONDS = 30.0
"""A connection is closed then. A request that is still sent, and an answer that nobody reads, end with it."""
MOST_HEAD_BYTES = 16 * 1024

quiet = logger(__name__)
quiet.setLevel(100)  # Bad requests are answered; they are not for the application's log.


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP/1.1, which bounds only the time between two requests."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = quiet
        self.access_log = False
        self._began = time.monotonic()
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= MOST_CONNECTIONS and not self._make_room():
            transport.abort()
            return
        self._end = self.loop.call_later(MOST_SECONDS, transport.abort)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is None:
            return
        self._end.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._end is not None:
            super().data_received(data)

    def _make_room(self) -> bool:
        waiting = [each for each in self.connections if isinstance(each, BoundedConnection) and each._is_slow()]
        if not waiting:
            return False
        oldest = min(waiting, key=lambda each: each._began)
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def _is_slow(self) -> bool:
        answers = self.cycle is not None and not self.cycle.response_complete
        return not answers and time.monotonic() - self._began >= SLOW_SECONDS
