"""The records of one input partition that wait for their task; decoded and stamped when they become the head."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from kstream_cli.errors import StreamsError
from kstream_cli.processor.code import Written
from kstream_cli.processor.extractors import TimestampExtractor, fail_on_invalid_timestamp
from kstream_cli.record import LAST_TIMESTAMP, NO_HEADERS, Headers, RawRecord, at_rest
from kstream_cli.serde.built_in import lossy_text
from kstream_cli.task.record_producer import KEY_IS_TEXT, VALUE_IS_TEXT
from kstream_cli.user_objects import of_user_code, repr_of

UNKNOWN = -1

DecodeFailed = Callable[[str, RawRecord, Exception], None]
"""Told (source, record, error) of a record that cannot be decoded; returns to skip it, raises to stop."""


class RecordQueue:
    """One input partition of a task.

    A record that cannot be decoded and is to be skipped, or that has a negative timestamp, never becomes the head,
    but moves `position` on. `time` is the head's timestamp.
    """

    __slots__ = (
        "_added",
        "extractor",
        "failed_at",
        "headers",
        "key",
        "measure",
        "messages",
        "on_decode_failed",
        "on_negative_timestamp",
        "partition",
        "partition_time",
        "position",
        "process",
        "read_key",
        "read_value",
        "reader",
        "record",
        "source",
        "stamps_itself",
        "text_parts",
        "time",
        "topic",
        "value",
        "written",
    )

    def __init__(
        self,
        topic: str,
        partition: int,
        *,
        source: str,
        written: Written,
        read_key: Callable[[bytes], Any],
        read_value: Callable[[bytes], Any],
        extractor: TimestampExtractor,
        on_decode_failed: DecodeFailed,
        on_negative_timestamp: Callable[[RawRecord], None],
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.source = source
        self.written = written
        self.process = written.function()
        self.read_key = read_key
        self.read_value = read_value
        self.extractor = extractor
        self.stamps_itself = extractor is fail_on_invalid_timestamp
        """Whether timestamps can be read off the records without calling the extractor while they are valid."""
        self.on_decode_failed = on_decode_failed
        self.on_negative_timestamp = on_negative_timestamp
        self.messages: deque[RawRecord] = deque()
        """Those that wait; what a consumer of another kind gives may bring a queue of its own, with readers."""
        self.reader: Any = None
        """What reads the heads from such a queue, and stands for the one it gave last; None: they are taken."""
        self.text_parts = 0
        """What readers decode, as it is text; nothing without readers."""
        self.partition_time = UNKNOWN
        self.position: int | None = None
        """The offset to go on from; None as long as no record was taken or skipped."""
        self.failed_at: int | None = None
        """Offset of the first record that failed: no later one may be committed."""
        self.record: RawRecord | None = None
        """The head; None when there is none, or it is not decoded yet."""
        self.key: Any = None
        self.value: Any = None
        self.headers: Headers = NO_HEADERS
        self.time = UNKNOWN
        self.measure: Callable[[Sequence[RawRecord]], None] | None = None
        """Shown each batch that is added."""
        self._added = 0

    def __len__(self) -> int:
        return len(self.messages) + (self.record is not None)

    def add(self, records: Sequence[RawRecord]) -> None:
        if not self._added and hasattr(records, "waiting"):
            self.messages = records.waiting()
            text = VALUE_IS_TEXT * (self.read_value is lossy_text) + KEY_IS_TEXT * (self.read_key is lossy_text)
            self.reader = self.messages.read(sys.maxsize, text)  # type: ignore[attr-defined]
            self.text_parts = text
        self.messages.extend(records)
        self._added += len(records)
        if self.measure is not None:
            self.measure(records)

    def taken(self) -> int:
        """How many records were processed or skipped so far."""
        return self._added - len(self)

    def next_head(self) -> bool:
        """Make the next good record the head; False when none is left."""
        self.record = None
        messages = self.messages
        while messages:
            record = messages.popleft() if self.reader is None else self.reader
            if self.decode(record):
                self.record = record
                return True
            self.skip(record)
        return False

    def unread_head(self) -> None:
        """Put the head back in front of the messages."""
        if self.record is not None:
            self.messages.appendleft(at_rest(self.record))
            self.record = None

    def decode(self, record: RawRecord) -> bool:
        """Decode and stamp a record into key, value, headers and time; False when it is to be skipped."""
        try:
            if self.reader is not None:
                key, value, time, self.headers = next(self.reader)
            else:
                key, value, time = record.key(), record.value(), record.timestamp()[1]
                self.headers = record.headers() or NO_HEADERS
            text = self.text_parts
            self.key = key if key is None or text & KEY_IS_TEXT else self.read_key(key)
            self.value = value if value is None or text & VALUE_IS_TEXT else self.read_value(value)
        except Exception as error:
            self.decoding_failed(record, error)
            return False
        if time < 0 or not self.stamps_itself:
            time = self.timestamp(record, self.key, self.value)
        self.time = time
        if time < 0:
            self.on_negative_timestamp(record)
            return False
        return True

    def timestamp(self, record: RawRecord, key: Any, value: Any) -> int:
        """What the extractor says; an error of the user's own names the record."""
        try:
            timestamp = self.extractor(at_rest(record), key, value, self.partition_time)
            if not isinstance(timestamp, int):
                raise TypeError(f"a timestamp is whole milliseconds, not {repr_of(timestamp, 80)}")
            if timestamp > LAST_TIMESTAMP:
                raise ValueError(f"a timestamp has 64 bits: {timestamp} ms is too late")
            return timestamp
        except StreamsError:
            self.fail(record)
            raise
        except of_user_code() as error:
            self.fail(record)
            raise StreamsError(
                f"the timestamp extractor of source {self.source!r} raised {repr_of(error)} "
                f"for record {record.topic()}-{record.partition()}@{record.offset()}"
            ) from error

    def decoding_failed(self, record: RawRecord, error: Exception) -> None:
        """Ask the handler; returns when the record is to be skipped."""
        try:
            self.on_decode_failed(self.source, at_rest(record), error)
        except BaseException:
            self.fail(record)
            raise

    def skip(self, record: RawRecord) -> None:
        """Go past a record."""
        self.position = (record.offset() or 0) + 1

    def fail(self, record: RawRecord) -> None:
        """A record could not be processed: it must be read again, whatever is processed after it."""
        if self.failed_at is None:
            self.failed_at = record.offset()

    def next_offset(self) -> int | None:
        """The offset of the first record that is not processed yet, as far as it is known here."""
        if self.failed_at is not None:
            return self.failed_at
        if self.record is not None:
            return self.record.offset()
        if self.messages:
            return self.messages[0].offset()
        return self.position

    def clear(self) -> None:
        self.messages.clear()
        self.record = None
