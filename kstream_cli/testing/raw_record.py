"""Records in a test as they are on the wire: what goes into the task under test, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.record import NO_HEADERS, Headers

CREATE_TIME = 1


@dataclass(frozen=True, slots=True)
class ProducedRecord:
    """A record that a sink, a store's changelog or an exception handler wrote, as bytes.

    `timestamp` None: Kafka's producer would stamp it (changelogs of suppress buffers).
    """

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp: int | None
    headers: Headers = NO_HEADERS
    partition: int = 0


class ConsumedRecord:
    """A record as the Kafka consumer would hand it over: confluent-kafka's Message, as far as a task reads it."""

    __slots__ = ("_headers", "_key", "_offset", "_partition", "_timestamp", "_topic", "_value")

    def __init__(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        headers: Headers = NO_HEADERS,
        *,
        offset: int,
        partition: int = 0,
    ) -> None:
        self._topic = topic
        self._partition = partition
        self._offset = offset
        self._key = key
        self._value = value
        self._timestamp = timestamp
        self._headers = list(headers)

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes | None:
        return self._value

    def timestamp(self) -> tuple[int, int]:
        return CREATE_TIME, self._timestamp

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return self._headers or None
