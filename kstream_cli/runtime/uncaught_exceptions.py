"""What to do when a stream thread ends with an error."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias


class StreamThreadExceptionResponse(Enum):
    """The answers of an uncaught exception handler (Java: StreamThreadExceptionResponse)."""

    REPLACE_THREAD = "replace thread"
    SHUTDOWN_CLIENT = "shut down client"
    SHUTDOWN_APPLICATION = "shut down application"


UncaughtExceptionHandler: TypeAlias = Callable[[BaseException], StreamThreadExceptionResponse]


def shut_down_client(error: BaseException) -> StreamThreadExceptionResponse:
    """The default: one thread's error ends this instance, and the others take over its tasks."""
    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT
