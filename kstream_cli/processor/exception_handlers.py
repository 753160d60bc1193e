"""What happens to a record that cannot be read, processed or written: handlers and their built-in choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from kstream_cli.config import Config
from kstream_cli.logs import logger
from kstream_cli.processor.dead_letter import dead_letters
from kstream_cli.processor.error_context import ErrorHandlerContext, OutgoingRecord
from kstream_cli.record import RawRecord, Record
from kstream_cli.user_objects import error_of, text_of

log = logger(__name__)


class Result(Enum):
    """What a handler decides."""

    FAIL = "fail"
    CONTINUE = "continue"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Response:
    """The decision of a handler, and records to send first, usually to a dead letter topic (KIP-1034).

    Example:
        >>> Response.resume().result.name
        'CONTINUE'
    """

    result: Result
    dead_letters: Sequence[OutgoingRecord] = ()

    @classmethod
    def fail(cls, dead_letters: Sequence[OutgoingRecord] = ()) -> Response:
        """Stop: the error goes to the uncaught exception handler. `dead_letters` are sent first."""
        return cls(Result.FAIL, dead_letters)

    @classmethod
    def resume(cls, dead_letters: Sequence[OutgoingRecord] = ()) -> Response:
        """Drop the record and continue with the next one. `dead_letters` are sent first."""
        return cls(Result.CONTINUE, dead_letters)

    @classmethod
    def retry(cls) -> Response:
        """Try again. Only for errors of a send that may pass by themselves."""
        return cls(Result.RETRY)


class DeserializationExceptionHandler(Protocol):
    """Called when a record's key or value cannot be decoded (`deserialization.exception.handler`, KIP-161).

    A function (context, record, error) -> Response may take its place.
    """

    def handle_error(self, context: ErrorHandlerContext, record: RawRecord, error: Exception) -> Response:
        """What to do with `record`, whose bytes `error` is about."""


class ProcessingExceptionHandler(Protocol):
    """Called when a processor raises (`processing.exception.handler`, KIP-1033).

    A function (context, record, error) -> Response may take its place.
    """

    def handle_error(self, context: ErrorHandlerContext, record: Record[Any, Any] | None, error: Exception) -> Response:
        """What to do with `record`; it is None if a punctuation raised."""


class ProductionExceptionHandler(Protocol):
    """Called when a record cannot be written (`production.exception.handler`, KIP-210, KIP-399).

    A function (context, record, error) -> Response may take the place of both methods.
    """

    def handle_error(self, context: ErrorHandlerContext, record: OutgoingRecord, error: Exception) -> Response:
        """The broker, or the Kafka client, refused the record."""

    def handle_serialization_error(
        self, context: ErrorHandlerContext, record: OutgoingRecord, error: Exception, origin: str
    ) -> Response:
        """The `origin` ("key" or "value") of the record cannot be turned into bytes.

        Both are as the sink was given them.
        """


class _Default:
    """A built-in handler: sends a dead letter where a queue is configured."""

    def __init__(self) -> None:
        self._queue: str | None = None

    def configure(self, config: Config) -> None:
        self._queue = config.errors_dead_letter_queue_topic_name

    def _letters(self, context: ErrorHandlerContext, error: Exception) -> Sequence[OutgoingRecord]:
        return dead_letters(self._queue, context, error)


class LogAndFailExceptionHandler(_Default):
    """Stop at a record that cannot be decoded. The default (Java: LogAndFailExceptionHandler)."""

    def handle_error(self, context: ErrorHandlerContext, record: RawRecord, error: Exception) -> Response:
        """Log the error, and fail; with a dead letter, if a topic is set."""
        log.error("cannot decode %s: %s", context.position, text_of(error))
        return Response.fail(self._letters(context, error))


class LogAndContinueExceptionHandler(_Default):
    """Skip records that cannot be decoded (Java: LogAndContinueExceptionHandler)."""

    def handle_error(self, context: ErrorHandlerContext, record: RawRecord, error: Exception) -> Response:
        """Log the error, and continue; with a dead letter, if a topic is set."""
        log.warning("skipping %s, which cannot be decoded: %s", context.position, text_of(error))
        return Response.resume(self._letters(context, error))


class LogAndFailProcessingExceptionHandler(_Default):
    """Stop when a processor raises. The default (Java: LogAndFailProcessingExceptionHandler)."""

    def handle_error(self, context: ErrorHandlerContext, record: Record[Any, Any] | None, error: Exception) -> Response:
        """Log the error, and fail; with a dead letter, if a topic is set."""
        log.error("processor %s failed on %s: %s", context.node, context.position, error_of(error))
        return Response.fail(self._letters(context, error))


class LogAndContinueProcessingExceptionHandler(_Default):
    """Drop a record on which a processor raised, and continue (Java: LogAndContinueProcessingExceptionHandler)."""

    def handle_error(self, context: ErrorHandlerContext, record: Record[Any, Any] | None, error: Exception) -> Response:
        """Log the error, and continue; with a dead letter, if a topic is set."""
        log.warning("processor %s dropped %s: %s", context.node, context.position, error_of(error))
        return Response.resume(self._letters(context, error))


class DefaultProductionExceptionHandler(_Default):
    """Try again if the error may pass by itself, otherwise stop (Java: DefaultProductionExceptionHandler)."""

    def handle_error(self, context: ErrorHandlerContext, record: OutgoingRecord, error: Exception) -> Response:
        """Retry a time-out, or what the Kafka client calls retriable; fail at anything else."""
        if is_retriable(error):
            return Response.retry()
        return Response.fail(self._letters(context, error))

    def handle_serialization_error(
        self, context: ErrorHandlerContext, record: OutgoingRecord, error: Exception, origin: str
    ) -> Response:
        """Fail; with a dead letter, if a topic is set."""
        return Response.fail(self._letters(context, error))


TIMED_OUT = frozenset({"_MSG_TIMED_OUT", "_TIMED_OUT", "REQUEST_TIMED_OUT"})
"""Names of the client's errors that Java counts as time-outs, and so as retriable."""


def is_retriable(error: Exception) -> bool:
    """Whether the same send may succeed later: the Kafka client says so, or a broker was away for too long."""
    cause = error.args[0] if error.args else None
    retriable, name = getattr(cause, "retriable", None), getattr(cause, "name", None)
    if callable(name) and name() in TIMED_OUT:
        return True
    return bool(retriable()) if callable(retriable) else False


class _FunctionHandler:
    """A function (context, record, error) -> Response as a handler of any kind."""

    def __init__(self, function: Callable[[ErrorHandlerContext, Any, Exception], Response]) -> None:
        self.handle_error = function

    def handle_serialization_error(
        self, context: ErrorHandlerContext, record: OutgoingRecord, error: Exception, origin: str
    ) -> Response:
        return self.handle_error(context, record, error)


def handler_of(given: Any, default: type[Any], config: Config) -> Any:
    """The handler for what the configuration holds: an object, a class, a function, or None for the default class."""
    handler = default if given is None else given
    if isinstance(handler, type):
        handler = handler()
    elif not hasattr(handler, "handle_error") and callable(handler):
        handler = _FunctionHandler(handler)
    configure = getattr(handler, "configure", None)
    if callable(configure):
        configure(config)
    return handler
