"""Dead letters: a failed record's source bytes with the reason in Kafka Streams' own headers (KIP-1034)."""

from __future__ import annotations

import traceback

from kstream_cli.processor.error_context import ErrorHandlerContext, OutgoingRecord
from kstream_cli.user_objects import text_of

EXCEPTION_HEADER = "__streams.errors.exception"
MESSAGE_HEADER = "__streams.errors.message"
STACKTRACE_HEADER = "__streams.errors.stacktrace"
TOPIC_HEADER = "__streams.errors.topic"
PARTITION_HEADER = "__streams.errors.partition"
OFFSET_HEADER = "__streams.errors.offset"
MOST_CHARACTERS = 50_000
"""Of a text in a header: a dead letter must not be too large to send."""
MOST_OF_A_NAME = 500


def dead_letters(queue: str | None, context: ErrorHandlerContext, error: Exception) -> tuple[OutgoingRecord, ...]:
    """The dead letter of a failed record for the topic `queue`, or none without one.

    The exception header holds the qualified name of the Python class, as in a traceback.
    """
    if queue is None:
        return ()
    reason = (
        (EXCEPTION_HEADER, qualified_name(error).encode()),
        (MESSAGE_HEADER, _bytes(error) or None),
        (STACKTRACE_HEADER, _bytes(_traceback(error, context.node))),
        (TOPIC_HEADER, None if context.topic is None else context.topic.encode()),
        (PARTITION_HEADER, str(context.partition).encode()),
        (OFFSET_HEADER, str(context.offset).encode()),
    )
    return (
        OutgoingRecord(
            queue,
            context.source_raw_key,
            context.source_raw_value,
            context.timestamp,
            (*context.headers, *reason),
        ),
    )


def _traceback(error: Exception, node: str) -> str:
    """The traceback, and the processor in its last line: no header of Kafka Streams' own names it."""
    shown = "".join(traceback.format_exception(error))[: MOST_CHARACTERS - MOST_OF_A_NAME]
    return f"{shown.rstrip()}\nProcessor: {node[:MOST_OF_A_NAME]}\n"


def _bytes(text: object) -> bytes:
    return text_of(text, MOST_CHARACTERS).encode(errors="backslashreplace")


def qualified_name(error: BaseException) -> str:
    """`module.Class`, or the bare name of a built-in exception."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
