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
    fail: Callable[[Exception, RawRecord], NoReturn],
    punctuate: Callable[[], None],
) -> Callable[[int], None]:
    """A function that takes so many of the messages that the queue has by now, and processes them one after the other.

    `fail` is called with what the processing of a record raised, `punctuate` where a punctuation of stream time is due.
    """
    code = Code("count")
    is_read = hasattr(queue.messages, "read")
    bound = {
        name: code.bind(name, thing)
        for name, thing in {
            "queue": queue,
            "context": context,
            "take": queue.messages.read if is_read else queue.messages.popleft,  # type: ignore[attr-defined]
            "punctuations": context.by_stream_time,
            "no_headers": NO_HEADERS,
            "fail": fail,
            "punctuate": punctuate,
        }.items()
    }

    def lines(text: str) -> None:
        code.lines(text.format_map(bound))

    lines("partition_time, stream_time = {queue}.partition_time, {context}.stream_time")
    if is_read:
        # What reads the records stands for the one that it gave last.
        lines(f"""
            {{context}}.current = message = {{take}}(count, {queue.text_parts})
            """)
        each, is_any = "for key, value, timestamp, headers in message:", "message.offset() is not None"
    else:
        code.line("message = None")
        each, is_any = "for _ in range(count):", "message is not None"
    with code.block("try:"), code.block(each):
        if not is_read:
            lines("message = {take}()")
        with code.block("try:"):
            if not is_read:
                lines("""
                        key, value, timestamp = message.key(), message.value(), message.timestamp()[1]
                        headers = message.headers() or {no_headers}
                        """)
            text = queue.text_parts if is_read else 0
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
                """)
        if not is_read:
            lines("{context}.current = message")
        with code.block("try:"):
            queue.written.step(code, Names())
        lines("""
                except Exception as error:
                    {queue}.fail(message)
                    {fail}(error, message)
                """)
        with code.block(f"if {bound['punctuations']}.due <= stream_time:"):
            lines("{punctuate}()")
            if is_read:
                lines("{context}.current = message")
    with code.block("finally:"):
        with code.block(f"if {is_any}:"):
            lines("{queue}.skip(message)")
        lines("{context}.current = None")
    return code.function()


def _stamp(code: Code, queue: RecordQueue, name: str) -> None:
    """Have the extractor asked for the timestamp where it must be; go past a record whose timestamp is negative."""
    asked = f"timestamp = {name}.timestamp(message, key, value)"
    refused = f"""
        if timestamp < 0:
            {name}.on_negative_timestamp(message)
            continue
        """
    if not queue.stamps_itself:
        code.line(asked)
        code.lines(refused)
        return
    with code.block("if timestamp < 0:"):
        code.line(asked)
        code.lines(refused)


def _decode(code: Code, read: Deserializer[Any], name: str) -> None:
    """Turn bytes into a key or value."""
    if read is not bytes:
        in_line = IN_LINE.get(read)
        with code.block(f"if {name} is not None:"):
            code.line(f"{name} = " + (in_line.format(name) if in_line else f"{code.bind('read', read)}({name})"))
