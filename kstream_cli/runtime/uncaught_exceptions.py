"""What to do when a stream thread ends with an error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from typing import TypeAlias

from kstream_cli.callables import check_function
from kstream_cli.errors import CommitFailedError, ConfigError, StreamsError
from kstream_cli.logs import logger
from kstream_cli.processor.user_position import user_position
from kstream_cli.runtime.recent_errors import RecentErrors
from kstream_cli.runtime.threads.backoff import Backoff
from kstream_cli.user_objects import error_of, repr_of

log = logger(__name__)


class StreamThreadExceptionResponse(Enum):
    """What an uncaught exception handler returns (Java: StreamThreadExceptionResponse, KIP-671).

    Example::

        def handler(error):
            return StreamThreadExceptionResponse.REPLACE_THREAD

        streams.set_uncaught_exception_handler(handler)
    """

    REPLACE_THREAD = "replace thread"
    SHUTDOWN_CLIENT = "shut down client"
    SHUTDOWN_APPLICATION = "shut down application"


UncaughtExceptionHandler: TypeAlias = Callable[[BaseException], StreamThreadExceptionResponse]


def shut_down_client(error: BaseException) -> StreamThreadExceptionResponse:
    """The default: one thread's error ends this instance, and the others take over its tasks."""
    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT


def as_exception(error: BaseException, where: str) -> Exception:
    """An error that can be raised to whoever waits for the application.

    What is no `Exception`, as `sys.exit` raises, would end the waiting thread, or the process with a code of its own.
    """
    if isinstance(error, Exception):
        return error
    position = user_position(error)
    at = "" if position is None else f" (at {position})"
    wrapped = StreamsError(f"{where} was ended by {error_of(error)}{at}: user code can end neither threads nor process")
    wrapped.__cause__ = error
    return wrapped


def answer_to(handler: UncaughtExceptionHandler, error: Exception) -> StreamThreadExceptionResponse:
    """What the handler says; a handler that raises or exits, or says nothing that is known, ends the instance."""
    try:
        answer = handler(error)
    except BaseException:
        log.exception("the uncaught exception handler raised: shutting down")
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT
    if not isinstance(answer, StreamThreadExceptionResponse):
        log.error(
            "the uncaught exception handler answered %s, and no StreamThreadExceptionResponse: shutting down",
            repr_of(answer),
        )
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT
    return answer


class UncaughtExceptions:
    """What becomes of an instance when something in it fails: the handler is asked, and what it answers is done.

    The handler is asked without `lock`, which guards the instance's state: it may block, or close the application.
    `replace` starts a thread after so many seconds, `fail` ends the instance with an error (and all others, if the
    second argument says so), `note` keeps an error that comes when the instance is ending already.
    """

    def __init__(
        self,
        lock: AbstractContextManager[object],
        is_alive: Callable[[], bool],
        *,
        replace: Callable[[float], None],
        fail: Callable[[Exception, bool], None],
        note: Callable[[Exception], None],
    ) -> None:
        self._handler: UncaughtExceptionHandler = shut_down_client
        self._lock = lock
        self._is_alive = is_alive
        self._replace = replace
        self._fail = fail
        self._note = note
        self._replacements = Backoff()
        self.recent = RecentErrors()

    def ask(self, handler: UncaughtExceptionHandler) -> None:
        """Have `handler` asked from now on. Raises ConfigError for what can never be one."""
        check_function(handler, "uncaught exception handler", "error", error=ConfigError)
        self._handler = handler

    def of_thread(self, thread: str, ended_by: BaseException) -> None:
        """A stream thread has ended."""
        error = as_exception(ended_by, thread)
        log.error("%s ended with %s", thread, error_of(error))
        self.recent.add(thread, error_of(error))
        if isinstance(error, CommitFailedError) and self._is_alive():
            return  # A thread that was removed, and could not commit: others have its tasks, and do its work again.
        self._ask(error, self._replace_thread)

    def of_instance(self, ended_by: BaseException, *, may_go_on: bool = False) -> None:
        """Something went wrong that is no stream thread's own: there is no thread to replace."""
        error = as_exception(ended_by, "the application")
        log.error("%s", error_of(error))
        self.recent.add("the application", error_of(error))
        self._ask(error, _go_on if may_go_on else None)

    def _ask(self, error: Exception, on_replace: Callable[[], None] | None) -> None:
        if self._is_ending_with(error):
            return
        answer = answer_to(self._handler, error)
        with self._lock:
            if self._is_ending_with(error):
                return
            if answer is StreamThreadExceptionResponse.REPLACE_THREAD and on_replace is not None:
                on_replace()
            else:
                self._fail(error, answer is StreamThreadExceptionResponse.SHUTDOWN_APPLICATION)

    def _replace_thread(self) -> None:
        """With longer and longer waits: a record that fails each time would keep the machine and the log busy."""
        wait = self._replacements.failed()
        log.warning("a thread is replaced, %s: the new one starts in %g s", self._replacements, wait)
        self._replace(wait)

    def _is_ending_with(self, error: Exception) -> bool:
        with self._lock:
            if self._is_alive():
                return False
            self._note(error)
            return True


def _go_on() -> None:
    """What failed is tried again by itself."""
