"""Records as user code sees them, and as they come from the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from kstream_cli.errors import StreamsError

K = TypeVar("K")
V = TypeVar("V")

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]
"""Record headers in order; never changed in place. No headers is an empty sequence."""

NO_HEADERS: Headers = ()


class RawRecord(Protocol):
    """A consumed record before its bytes are decoded: the accessors of confluent-kafka's Message."""

    def topic(self) -> str | None: ...
    def partition(self) -> int | None: ...
    def offset(self) -> int | None: ...
    def key(self) -> Any: ...
    def value(self) -> Any: ...
    def timestamp(self) -> tuple[int, int]: ...
    def headers(self) -> list[tuple[str, bytes | None]] | None: ...


class RecordMetadata(NamedTuple):
    """Where the record being processed was read from (Java: RecordMetadata)."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record(Generic[K, V]):
    """One record given to, or forwarded by, a Processor. Immutable: the with_* methods make a changed copy.

    `timestamp` is in ms since the epoch; a negative one raises StreamsError (KIP-478).
    """

    key: K
    value: V
    timestamp: int
    headers: Headers = NO_HEADERS

    def __post_init__(self) -> None:
        if self.timestamp < 0:
            raise StreamsError(f"a record's timestamp cannot be negative: {self.timestamp}")

    def with_key(self, key: Any) -> Record[Any, V]:
        return record_of(key, self.value, self.timestamp, self.headers)

    def with_value(self, value: Any) -> Record[K, Any]:
        return record_of(self.key, value, self.timestamp, self.headers)

    def with_timestamp(self, timestamp: int) -> Record[K, V]:
        return replace(self, timestamp=timestamp)

    def with_headers(self, headers: Headers) -> Record[K, V]:
        return record_of(self.key, self.value, self.timestamp, headers)


class _Draft(Generic[K, V]):
    """Turns into a Record when its fields are set: the same object in a quarter of the time a frozen class takes."""

    __slots__ = ("headers", "key", "timestamp", "value")

    def __init__(self, key: K, value: V, timestamp: int, headers: Headers) -> None:
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
        self.__class__ = Record  # type: ignore[assignment]


record_of: Callable[[Any, Any, int, Headers], Record[Any, Any]] = _Draft  # type: ignore[assignment]
"""(key, value, timestamp, headers) -> Record without its checks: for the record path, where timestamps are checked."""
