"""Records as user code sees them, and as they come from the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import force_setattr

from kstream_cli.errors import StreamsError
from kstream_cli.user_objects import repr_of

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R", bound="RawRecord | None")

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]
"""Record headers in order; never changed in place. No headers is an empty sequence."""

NO_HEADERS: Headers = ()

LAST_TIMESTAMP = 2**63 - 1
"""Kafka's timestamps are of 64 bits."""


def checked_headers(given: Any) -> Headers:
    """Headers as Kafka holds them: pairs of a name and bytes or None. Takes a dict, too, and encodes values of text.

    Raises StreamsError, which says what is wrong, for anything else.
    """
    if given is None:
        return NO_HEADERS
    if not isinstance(given, Mapping | Sequence) or isinstance(given, str | bytes):
        raise StreamsError(f"headers are a list of (name, bytes), or a dict, not {repr_of(given, 80)}")
    return tuple(map(_checked_header, given.items() if isinstance(given, Mapping) else given))


def _checked_header(given: Any) -> tuple[str, bytes | None]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise StreamsError(f"a header is a pair (name, bytes), not {repr_of(given, 80)}")
    name, value = given
    if not isinstance(name, str):
        raise StreamsError(f"a header's name is text, not {repr_of(name, 80)}")
    if not name.isprintable():
        _check_name(name)
    if isinstance(value, str):
        value = value.encode()
    if value is not None and not isinstance(value, bytes | bytearray):
        raise StreamsError(f"header {name!r} is {repr_of(value, 80)}: a header's value is bytes, text or None")
    return name, None if value is None else bytes(value)


def _check_name(name: str) -> None:
    """The client reads a name as far as its first NUL, and writes none that is no UTF-8."""
    try:
        unwritable = b"\0" in name.encode()
    except UnicodeEncodeError:
        unwritable = True
    if unwritable:
        raise StreamsError(f"a header's name has no NUL and no half characters, as {name!r:.80} has")


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
    """A record that a Processor is given, or forwards (Java: Record, KIP-478).

    It cannot change: `with_…` make a changed copy.

    `timestamp` is in ms since the epoch. A negative one raises StreamsError, as does one that is not a whole number.
    `headers` may be a dict, and its values text: they become a tuple of (name, bytes).

    Example:
        >>> Record("ada", 3, 1_000).with_value(4)
        Record(key='ada', value=4, timestamp=1000, headers=())
    """

    # A Struct and not a dataclass, for it is made in a sixth of the time, its check included.
    key: K
    value: V
    timestamp: int
    headers: Headers = NO_HEADERS

    def __post_init__(self) -> None:
        timestamp = self.timestamp
        if type(timestamp) is not int or not 0 <= timestamp <= LAST_TIMESTAMP:
            _check_timestamp(timestamp)
        if self.headers != NO_HEADERS:
            force_setattr(self, "headers", checked_headers(self.headers))

    def with_key(self, key: Any) -> Record[Any, V]:
        """A copy with another key."""
        return Record(key, self.value, self.timestamp, self.headers)

    def with_value(self, value: Any) -> Record[K, Any]:
        """A copy with another value."""
        return Record(self.key, value, self.timestamp, self.headers)

    def with_timestamp(self, timestamp: int) -> Record[K, V]:
        """A copy with another timestamp, in ms since the epoch. Raises StreamsError if it is negative."""
        return Record(self.key, self.value, timestamp, self.headers)

    def with_headers(self, headers: Headers) -> Record[K, V]:
        """A copy with other headers: a list of (name, bytes), or a dict. Raises StreamsError for anything else."""
        return Record(self.key, self.value, self.timestamp, headers)


def _check_timestamp(given: Any) -> None:
    if not isinstance(given, int) or isinstance(given, bool):
        raise StreamsError(f"a record's timestamp is whole milliseconds since 1970, not {repr_of(given, 80)}")
    if given < 0:
        raise StreamsError(f"a record's timestamp cannot be negative: {given}")
    if given > LAST_TIMESTAMP:
        raise StreamsError(f"a record's timestamp has 64 bits: {given} ms is too late")
