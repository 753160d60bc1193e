"""The loop over the records of one input partition, written out with all that happens to each of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple, NoReturn

from kstream_cli.processor.code import Code, Names
from kstream_cli.record import NO_HEADERS, RawRecord
from kstream_cli.serde.built_in import lossy_text
from kstream_cli.serde.serde import Deserializer
from kstream_cli.task.record_producer import KEY_IS_TEXT, VALUE_IS_TEXT
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.task_context import TaskContext

IN_LINE = {lossy_text: '{}.decode("utf-8", "replace")', bytes.decode: "{}.decode()"}
"""Deserialisers that cost less written out than called."""


class Intake(NamedTuple):
    """How a loop comes by its records: lines in which `take` is that method of the queue's messages."""

    method: str
    begin: str
    each: str
    take: str
    parts: str
    is_any: str


TAKEN = Intake(
    method="popleft",
    begin="message = None",
    each="for _ in range(count):",
    take="message = {take}()",
    parts="""
        key, value, timestamp = message.key(), message.value(), message.timestamp()[1]
        headers = message.headers() or {no_headers}
        """,
    is_any="message is not None",
)
"""One message after the other."""
READ = Intake(
    method="read",
    begin="message = {take}(count, {text})",
    each="for key, value, timestamp, headers in message:",
    take="",
    parts="",
    is_any="message.offset() is not None",
)
"""By a reader, which decodes text, and stands for the record that it gave last."""


def source_loop(
    queue: RecordQueue,
    context: TaskContext,
    *,
    fail: Callable[[Exception, RawRecord], NoReturn],
    punctuate: Callable[[], None],
) -> Callable[[int], None]:
    """A function that takes so many of the messages that the queue has by now, and processes them one after the other.

    `fail` is called with what the processing of a record raised, `punctuate` where a punctuation of stream time is due.
    """
    code = Code("count")
    intake, text = TAKEN if queue.reader is None else READ, queue.text_parts
    bound = {
        name: code.bind(name, thing)
        for name, thing in {
            "queue": queue,
            "context": context,
            "take": getattr(queue.messages, intake.method),
            "punctuations": context.by_stream_time,
            "no_headers": NO_HEADERS,
            "fail": fail,
            "punctuate": punctuate,
        }.items()
    } | {"text": str(text), "is_any": intake.is_any}

    def lines(text: str) -> None:
        code.lines(text.format_map(bound))

    lines("partition_time, stream_time = {queue}.partition_time, {context}.stream_time")
    lines(intake.begin)
    with code.block("try:"), code.block(intake.each):
        lines(intake.take)
        with code.block("try:"):
            lines(intake.parts)
            if not text & KEY_IS_TEXT:
                _decode(code, queue.read_key, "key")
            if not text & VALUE_IS_TEXT:
                _decode(code, queue.read_value, "value")
        lines("""
                except Exception as error:
                    {queue}.decoding_failed(message, error)
                    continue
                """)
        _stamp(code, queue, bound["queue"])
        lines("""
                if timestamp > partition_time:
                    partition_time = {queue}.partition_time = timestamp
                    if timestamp > stream_time:
                        stream_time = {context}.stream_time = timestamp
                {context}.current = message
                """)
        with code.block("try:"):
            queue.written.step(code, Names())
        lines("""
                except BaseException as error:
                    {queue}.fail(message)
                    {fail}(error, message)
                if {punctuations}.due <= stream_time:
                    {punctuate}()
                """)
    lines("""
        finally:
            if {is_any}:
                {queue}.skip(message)
            {context}.current = None
        """)
    return code.function()


def _stamp(code: Code, queue: RecordQueue, name: str) -> None:
    """Have the extractor asked for the timestamp where it must be; go past a record whose timestamp is negative."""
    with code.block("if timestamp < 0:") if queue.stamps_itself else nullcontext():
        code.lines(f"""
            timestamp = {name}.timestamp(message, key, value)
            if timestamp < 0:
                {name}.on_negative_timestamp(message)
                continue
            """)


def _decode(code: Code, read: Deserializer[Any], name: str) -> None:
    """Turn bytes into a key or value."""
    if read is not bytes:
        in_line = IN_LINE.get(read)
        with code.block(f"if {name} is not None:"):
            code.line(f"{name} = " + (in_line.format(name) if in_line else f"{code.bind('read', read)}({name})"))
