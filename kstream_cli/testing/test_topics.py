"""Typed ends of the topics of a topology under test: pipe records in, read records out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kstream_cli.clusters import name_of
from kstream_cli.duration import Duration, milliseconds
from kstream_cli.errors import SerializationError
from kstream_cli.record import NO_HEADERS, Headers, checked_headers
from kstream_cli.serde.refusal import refusal
from kstream_cli.serde.serde import Serde
from kstream_cli.testing.raw_record import ProducedRecord

if TYPE_CHECKING:
    from kstream_cli.testing.topology_test_driver import TopologyTestDriver

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class TestRecord(Generic[K, V]):
    """A record with all its parts (Java: TestRecord). Two are equal if all but their partitions are.

    `timestamp` is in ms since the epoch; None is the clock of the input topic.

    Example:
        >>> TestRecord("ada", 3, timestamp=1_000) == TestRecord("ada", 3, timestamp=1_000)
        True
    """

    __test__ = False  # pytest collects classes called Test…

    key: K
    value: V
    timestamp: int | None = None
    headers: Headers = NO_HEADERS
    partition: int | None = field(default=None, compare=False)
    """Where it was written to; where to pipe it to, else into the partition of its key."""


class TestInputTopic(Generic[K, V]):
    """Pipes records into the topology (Java: TestInputTopic).

    Its clock stamps records without a timestamp, then advances.
    """

    __test__ = False

    def __init__(
        self, driver: TopologyTestDriver, topic: str, key: Serde[K], value: Serde[V], *, start_ms: int, advance_ms: int
    ) -> None:
        self.topic = topic
        self._driver = driver
        self._write_key = key.serializer(name_of(topic), is_key=True)
        self._write_value = value.serializer(name_of(topic))
        self._time = start_ms
        self._advance_ms = advance_ms

    def pipe(
        self,
        record: Any,
        *,
        timestamp: int | datetime | None = None,
        headers: Headers = NO_HEADERS,
        partition: int | None = None,
    ) -> None:
        """Pipe one record, or each of a list, to its end; without a `partition` into that of its key.

        A record is a value, a pair (key, value), or a TestRecord, which also holds a timestamp and headers. For a
        value that is itself a tuple or a list use TestRecord.
        """
        if isinstance(record, list):
            for each in record:
                self.pipe(each, timestamp=timestamp, headers=headers, partition=partition)
            return
        if isinstance(record, TestRecord):
            key, value = record.key, record.value
            timestamp = record.timestamp if timestamp is None else timestamp
            headers = record.headers or headers
            partition = record.partition if partition is None else partition
        elif isinstance(record, tuple):
            key, value = record
        else:
            key, value = None, record
        self._driver.pipe_raw(
            self.topic,
            None if key is None else self._encode("key", self._write_key, key),
            None if value is None else self._encode("value", self._write_value, value),
            self._stamp(timestamp),
            checked_headers(headers),
            partition,
        )

    def pipe_values(self, values: Iterable[V | None]) -> None:
        """Pipe records without keys; the values may be of any type."""
        for value in values:
            self.pipe(TestRecord(None, value))

    def advance_time(self, duration: Duration) -> None:
        """Move the topic's clock forward, by ms or a timedelta."""
        self._time += milliseconds(duration)

    def _stamp(self, timestamp: int | datetime | None) -> int:
        if timestamp is not None:
            return to_epoch_ms(timestamp)
        stamped = self._time
        self._time += self._advance_ms
        return stamped

    def _encode(self, origin: str, write: Any, given: Any) -> bytes:
        try:
            encoded: bytes = write(given)
        except Exception as error:
            raise SerializationError(
                f"the {origin} {given!r} piped into topic {self.topic!r} does not fit the topic's serde: "
                f"{refusal(error, given)} "
                f"(give another one with input({self.topic!r}, {origin}=…))"
            ) from error
        return encoded


class TestOutputTopic(Generic[K, V]):
    """Reads what the topology wrote to one topic (Java: TestOutputTopic). A record that was read is not read again."""

    __test__ = False

    def __init__(self, records: list[ProducedRecord], topic: str, key: Serde[K], value: Serde[V]) -> None:
        self.topic = topic
        self._records = records
        """Shared with the driver, which appends to it."""
        self._read_key = key.deserializer(name_of(topic), is_key=True)
        self._read_value = value.deserializer(name_of(topic))

    @property
    def size(self) -> int:
        """How many records there are to read."""
        return len(self._records)

    @property
    def is_empty(self) -> bool:
        """Whether there is no record to read."""
        return not self._records

    def read_records(self) -> list[TestRecord[K, V]]:
        """All records, as TestRecord."""
        records = [self._decode(record) for record in self._records]
        self._records.clear()
        return records

    def read_record(self) -> TestRecord[K, V]:
        """The next record. Raises LookupError if there is none."""
        if not self._records:
            raise LookupError(f"topic {self.topic!r} has no more records to read")
        record = self._decode(self._records[0])
        del self._records[0]
        return record

    def read(self) -> list[tuple[K, V]]:
        """All records, as (key, value) pairs."""
        return [(record.key, record.value) for record in self.read_records()]

    def read_values(self) -> list[V]:
        """The values of all records."""
        return [record.value for record in self.read_records()]

    def read_map(self) -> dict[K, V]:
        """The last value of each key."""
        return dict(self.read())

    def _decode(self, record: ProducedRecord) -> TestRecord[K, V]:
        try:
            key: Any = None if record.key is None else self._read_key(record.key)
            value: Any = None if record.value is None else self._read_value(record.value)
        except Exception as error:
            raise SerializationError(
                f"a record of topic {self.topic!r} (key {record.key!r}, value {record.value!r}) cannot be decoded: "
                f"{error} (give the right serdes with output({self.topic!r}, key=…, value=…))"
            ) from error
        return TestRecord(key, value, record.timestamp, record.headers, record.partition)


def to_epoch_ms(time: int | datetime) -> int:
    """A point in time in ms since the epoch."""
    return int(time.timestamp() * 1000) if isinstance(time, datetime) else time
