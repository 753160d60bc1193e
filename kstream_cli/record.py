"""Records as user code sees them, and as they come from the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from kstream_cli.errors import StreamsError

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R", bound="RawRecord | None")

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


def at_rest(record: R) -> R:
    """A record to keep: what stands for the record being processed may soon speak of the next one."""
    message: Callable[[], R] | None = getattr(record, "message", None)
    return record if message is None else message()


class RecordMetadata(NamedTuple):
    """Where the record being processed was read from (Java: RecordMetadata)."""

    topic: str
    partition: int
    offset: int


class Record(Struct, Generic[K, V], frozen=True):
    """One record given to, or forwarded by, a Processor. Immutable: the with_* methods make a changed copy.

    `timestamp` is in ms since the epoch; a negative one raises StreamsError (KIP-478).
    """

    # A Struct and not a dataclass, for it is made in a sixth of the time, its check included.
    key: K
    value: V
    timestamp: int
    headers: Headers = NO_HEADERS

    def __post_init__(self) -> None:
        if self.timestamp < 0:
            raise StreamsError(f"a record's timestamp cannot be negative: {self.timestamp}")

    def with_key(self, key: Any) -> Record[Any, V]:
        return Record(key, self.value, self.timestamp, self.headers)

    def with_value(self, value: Any) -> Record[K, Any]:
        return Record(self.key, value, self.timestamp, self.headers)

    def with_timestamp(self, timestamp: int) -> Record[K, V]:
        return Record(self.key, self.value, timestamp, self.headers)

    def with_headers(self, headers: Headers) -> Record[K, V]:
        return Record(self.key, self.value, self.timestamp, headers)
