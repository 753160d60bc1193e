"""A task's answer to records that cannot be read, processed or written: the configured handlers, asked in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import (
    ProcessingError,
    ProducerError,
    SerializationError,
    StateDirectoryLockedError,
    TaskCorruptedError,
    TaskMigratedError,
)
from kstream_cli.processor.error_context import ErrorHandlerContext, OutgoingRecord
from kstream_cli.processor.exception_handlers import (
    DefaultProductionExceptionHandler,
    LogAndFailExceptionHandler,
    LogAndFailProcessingExceptionHandler,
    Response,
    Result,
    handler_of,
)
from kstream_cli.processor.operator import Process
from kstream_cli.processor.punctuation import Schedule
from kstream_cli.processor.user_position import user_position
from kstream_cli.record import NO_HEADERS, Headers, RawRecord, Record
from kstream_cli.serde.refusal import refusal
from kstream_cli.task.send_failure import send_failure
from kstream_cli.task.task_context import TaskContext
from kstream_cli.user_objects import error_of, repr_of, text_of

PASSED_ON = (ProcessingError, ProducerError, StateDirectoryLockedError, TaskCorruptedError, TaskMigratedError)
"""Errors that no handler is asked about: they are decided already, or are about the task and not the record."""

Send = Callable[[OutgoingRecord], None]


class ErrorHandling:
    """The handlers of one task. Each method returns to drop the record and go on, or raises to stop."""

    def __init__(self, config: Config, task: TaskContext, send: Send) -> None:
        self._task = task
        self._send = send
        self._deserialization = handler_of(config.deserialization_exception_handler, LogAndFailExceptionHandler, config)
        self._processing = handler_of(config.processing_exception_handler, LogAndFailProcessingExceptionHandler, config)
        self._production = handler_of(config.production_exception_handler, DefaultProductionExceptionHandler, config)
        self.guards = (
            type(self._processing) is not LogAndFailProcessingExceptionHandler
            or config.errors_dead_letter_queue_topic_name is not None
        )
        """Whether each node needs a guard: by default the first error stops the task and none is worth its cost."""
        self.asks_for_record = self.guards or type(self._production) is not DefaultProductionExceptionHandler
        """Whether a handler may want to know of the record being processed."""

    def decoding_failed(self, source: str, record: RawRecord, error: Exception, *, serdes: str) -> None:
        context = self._context(source, record, record.timestamp()[1], readable_headers(record))
        response = self._deserialization.handle_error(context, record, error)
        self._send_letters(response)
        if response.result is not Result.CONTINUE:
            raise SerializationError(
                f"{context.position} cannot be decoded by source {source!r} with {serdes}: {text_of(error)} "
                "(correct the serde, or set deserialization.exception.handler to skip such records)"
            ) from error
        self._task.dropped("it cannot be decoded")

    def guard(self, node: str, process: Process) -> Process:
        """Ask the processing handler about what one node raises; its children have guards of their own."""
        task = self._task

        def guarded(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            try:
                process(key, value, timestamp, headers)
            except PASSED_ON:
                raise
            except Exception as error:
                context = self._context(node, task.current, timestamp, headers)
                self._processing_failed(context, Record(key, value, timestamp, headers), error)

        return guarded

    def punctuation_failed(self, schedule: Schedule, now: int, error: Exception) -> None:
        self._processing_failed(self._context(schedule.node, None, now, NO_HEADERS), None, error)

    def serialization_failed(self, node: str, record: OutgoingRecord, error: Exception, origin: str) -> None:
        context = self._context(node, self._task.current, record.timestamp or 0, record.headers)
        ask = getattr(self._production, "handle_serialization_error", None)
        response = Response.fail() if ask is None else ask(context, record, error, origin)
        self._send_letters(response)
        if response.result is not Result.CONTINUE:
            given = record.key if origin == "key" else record.value
            raise SerializationError(
                f"sink {node!r} cannot write the {origin} {repr_of(given)} ({type(given).__name__}) to topic "
                f"{record.topic!r}: {refusal(error, given)} (give the sink the {origin}'s serde with {origin}=)"
            ) from error
        self._task.dropped("it cannot be serialised")

    def send_failed(self, node: str, record: OutgoingRecord, error: Exception) -> bool:
        """A record was refused by the client or the broker; True to send it again."""
        context = self._context(node, self._task.current, record.timestamp or 0, record.headers)
        ask = getattr(self._production, "handle_error", None) or DefaultProductionExceptionHandler().handle_error
        response = ask(context, record, error)
        self._send_letters(response)
        if response.result is Result.RETRY:
            return True
        if response.result is Result.FAIL:
            raise ProducerError(
                f"task {self._task.task} cannot send a record to topic {record.topic!r}: {send_failure(error, record)}"
            ) from error
        self._task.dropped("it cannot be sent")
        return False

    def processing_error(
        self, node: str | None, record: RawRecord | None, error: BaseException, *, moment: str = "in a punctuation"
    ) -> ProcessingError:
        """The one error that user code's exceptions are wrapped in: names processor, record (or else the moment), file
        and line."""
        topic = partition = offset = None
        where = moment
        if record is not None:
            topic, partition, offset = record.topic(), record.partition(), record.offset()
            where = f"on record {topic}-{partition}@{offset}"
        position = user_position(error)
        at = "" if position is None else f" (at {position})"
        who = f"task {self._task.task}" if node is None else f"processor {node!r} of task {self._task.task}"
        return ProcessingError(
            f"{who} failed {where}: {error_of(error)}{at}",
            task=self._task.task,
            node=node,
            topic=topic,
            partition=partition,
            offset=offset,
        )

    def _processing_failed(
        self, context: ErrorHandlerContext, record: Record[Any, Any] | None, error: Exception
    ) -> None:
        try:
            response = self._processing.handle_error(context, record, error)
        except Exception as handler_error:
            raise self.processing_error(context.node, self._task.current, handler_error) from handler_error
        self._send_letters(response)
        if response.result is not Result.CONTINUE:
            raise self.processing_error(context.node, self._task.current, error) from error
        self._task.dropped("its processing failed")

    def _send_letters(self, response: Response) -> None:
        for letter in response.dead_letters:
            self._send(letter)

    def _context(self, node: str, record: RawRecord | None, timestamp: int, headers: Headers) -> ErrorHandlerContext:
        if record is None:
            return ErrorHandlerContext(None, -1, -1, timestamp, headers, node, self._task.task)
        return ErrorHandlerContext(
            record.topic(),
            -1 if (partition := record.partition()) is None else partition,
            -1 if (offset := record.offset()) is None else offset,
            timestamp,
            headers,
            node,
            self._task.task,
            record.key(),
            record.value(),
        )


def readable_headers(record: RawRecord) -> Headers:
    """None where the client itself cannot read them, as with a name that is no UTF-8."""
    try:
        return record.headers() or NO_HEADERS
    except Exception:
        return NO_HEADERS
