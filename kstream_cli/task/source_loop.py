"""The loop over the records of one input partition, written out with all that happens to each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from kstream_cli.processor.code import Code, Names
from kstream_cli.record import NO_HEADERS, RawRecord
from kstream_cli.serde.built_in import lossy_text
from kstream_cli.serde.serde import Deserializer
from kstream_cli.task.record_producer import KEY_IS_TEXT, VALUE_IS_TEXT
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.task_context import TaskContext

IN_LINE = {lossy_text: '{}.decode("utf-8", "replace")', bytes.decode: "{}.decode()"}
"""Deserialisers that cost less written out than called."""


def source_loop(
    queue: RecordQueue,
    context: TaskContext,
    *,
    record: type[RawRecord],
    fail: Callable[[Exception, RawRecord], NoReturn],
    punctuate: Callable[[], None],
) -> Callable[[int], None]:
    """A function that takes so many of the queue's messages, and processes them one after the other.

    The messages are of class `record`. `fail` is called with what the processing of a record raised, `punctuate` where
    a punctuation of stream time is due.
    """
    code = Code("count")
    bound = {
        name: code.bind(name, thing)
        for name, thing in {
            "queue": queue,
            "context": context,
            "take": queue.messages.popleft,
            "punctuations": context.by_stream_time,
            "no_headers": NO_HEADERS,
            "fail": fail,
            "punctuate": punctuate,
        }.items()
    }
    own_time = "{queue}.timestamp(message, key, value)"

    def lines(text: str) -> None:
        code.lines(text.format_map(bound))

    lines("partition_time, stream_time = {queue}.partition_time, {context}.stream_time")
    code.line("message = None")
    with code.block("try:"), code.block("for _ in range(count):"):
        lines("message = {take}()")
        with code.block("try:"):
            if hasattr(record, "read"):
                _read_at_once(code, queue)
            else:
                lines("""
                        key, value, timestamp = message.key(), message.value(), message.timestamp()[1]
                        headers = message.headers() or {no_headers}
                        """)
                _decode(code, queue.read_key, "key")
                _decode(code, queue.read_value, "value")
        lines("""
                except Exception as error:
                    {queue}.decoding_failed(message, error)
                    continue
                """)
        if not queue.stamps_itself:
            lines(f"timestamp = {own_time}")
        with code.block("if timestamp < 0:"):
            if queue.stamps_itself:
                lines(f"""
                        timestamp = {own_time}
                        if timestamp < 0:
                            {{queue}}.on_negative_timestamp(message)
                            continue
                        """)
            else:
                lines("""
                        {queue}.on_negative_timestamp(message)
                        continue
                        """)
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
                except Exception as error:
                    {queue}.fail(message)
                    {fail}(error, message)
                if {punctuations}.due <= stream_time:
                    {punctuate}()
                """)
    lines("""
        finally:
            if message is not None:
                {queue}.skip(message)
            {context}.current = None
        """)
    return code.function()


def _read_at_once(code: Code, queue: RecordQueue) -> None:
    """Have the message give all of its parts, text where that is what is wanted."""
    value_is_text, key_is_text = queue.read_value is lossy_text, queue.read_key is lossy_text
    text = VALUE_IS_TEXT * value_is_text + KEY_IS_TEXT * key_is_text
    code.line(f"key, value, timestamp, headers = message.read({text})")
    if not key_is_text:
        _decode(code, queue.read_key, "key")
    if not value_is_text:
        _decode(code, queue.read_value, "value")


def _decode(code: Code, read: Deserializer[Any], name: str) -> None:
    """Turn bytes into a key or value."""
    if read is not bytes:
        in_line = IN_LINE.get(read)
        with code.block(f"if {name} is not None:"):
            code.line(f"{name} = " + (in_line.format(name) if in_line else f"{code.bind('read', read)}({name})"))
