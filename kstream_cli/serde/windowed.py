"""Windowed keys: a key and the time span it was aggregated over, and their bytes on topics."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from kstream_cli.errors import SerializationError
from kstream_cli.serde.inner import are_complete, completed, required
from kstream_cli.serde.serde import Deserializer, Serde, Serializer, reader_of
from kstream_cli.serde.types import SerdeLike, serde_for

K = TypeVar("K")

LONG_MAX = 2**63 - 1

_ONE_TIME = struct.Struct(">q")
_TWO_TIMES = struct.Struct(">qq")


class Window(NamedTuple):
    """A span in ms: [start, end) for time windows, [start, end] for sessions and sliding windows (Java: Window)."""

    start: int
    end: int


class Windowed(NamedTuple, Generic[K]):
    """A key and its window in ms (Java: Windowed). It prints as in Java.

    Example:
        >>> print(Windowed("ada", 0, 600_000))
        [ada@0/600000]
    """

    key: K
    start: int
    end: int

    @property
    def window(self) -> Window:
        """The window, as a Window."""
        return Window(self.start, self.end)

    def __str__(self) -> str:
        return f"[{self.key}@{self.start}/{self.end}]"


class TimeWindowedSerde(Serde[Windowed[K]]):
    """A key in a time window: the bytes of the key, then the start in ms (8 bytes).

    The end is the start plus `window_size_ms` (Java: TimeWindowedSerde). If windows differ in size, `end_of(start)`
    returns the end: `DayWindows.of_zone("Europe/Berlin").end_of`. An inner serde of None is the configured default.
    Bytes that are too short raise SerializationError.

    Example:
        >>> serde = TimeWindowedSerde(str, 600_000)
        >>> serde.deserializer("counts")(serde.serializer("counts")(Windowed("ada", 0, 600_000)))
        Windowed(key='ada', start=0, end=600000)
    """

    def __init__(
        self,
        inner: SerdeLike[K] | None,
        window_size_ms: int = LONG_MAX,
        *,
        end_of: Callable[[int], int] | None = None,
    ) -> None:
        self.inner: Serde[K] | None = serde_for(inner)
        self.window_size_ms = window_size_ms
        self.end_of = end_of
        self.immutable = self.inner is not None and self.inner.immutable

    @property
    def is_complete(self) -> bool:
        return are_complete(self.inner)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> TimeWindowedSerde[K]:
        return TimeWindowedSerde(completed(self.inner, key, key, value), self.window_size_ms, end_of=self.end_of)

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[Windowed[K]]:
        write, pack = required(self.inner, self).serializer(topic, is_key=is_key), _ONE_TIME.pack

        def serialize(windowed: Windowed[K]) -> bytes:
            key, start, _ = windowed
            return write(key) + pack(start)

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[Windowed[K]]:
        read, unpack = reader_of(required(self.inner, self), topic, is_key=is_key), _ONE_TIME.unpack
        size, end_of = self.window_size_ms, self.end_of

        def deserialize(data: bytes) -> Windowed[K]:
            _require(data, 8, "TimeWindowedSerde")
            start = unpack(data[-8:])[0]
            end = min(start + size, LONG_MAX) if end_of is None else end_of(start)
            return Windowed(read(data[:-8]), start, end)

        return deserialize

    def __repr__(self) -> str:
        return f"TimeWindowedSerde({self.inner!r}, {self.window_size_ms})"


class SessionWindowedSerde(Serde[Windowed[K]]):
    """A key in a session: the bytes of the key, then the end and the start in ms (8 bytes each).

    An inner serde of None is the configured default (Java: WindowedSerdes.SessionWindowedSerde). Bytes that are too
    short raise SerializationError.

    Example:
        >>> serde = SessionWindowedSerde(str)
        >>> serde.deserializer("visits")(serde.serializer("visits")(Windowed("ada", 0, 60_000)))
        Windowed(key='ada', start=0, end=60000)
    """

    def __init__(self, inner: SerdeLike[K] | None) -> None:
        self.inner: Serde[K] | None = serde_for(inner)
        self.immutable = self.inner is not None and self.inner.immutable

    @property
    def is_complete(self) -> bool:
        return are_complete(self.inner)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> SessionWindowedSerde[K]:
        return SessionWindowedSerde(completed(self.inner, key, key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[Windowed[K]]:
        write, pack = required(self.inner, self).serializer(topic, is_key=is_key), _TWO_TIMES.pack

        def serialize(windowed: Windowed[K]) -> bytes:
            key, start, end = windowed
            return write(key) + pack(end, start)

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[Windowed[K]]:
        read, unpack = reader_of(required(self.inner, self), topic, is_key=is_key), _TWO_TIMES.unpack

        def deserialize(data: bytes) -> Windowed[K]:
            _require(data, 16, "SessionWindowedSerde")
            end, start = unpack(data[-16:])
            return Windowed(read(data[:-16]), start, end)

        return deserialize

    def __repr__(self) -> str:
        return f"SessionWindowedSerde({self.inner!r})"


def _require(data: bytes, size: int, serde: str) -> None:
    if len(data) < size:
        raise SerializationError(f"{serde} reads at least {size} bytes, not {len(data)}")
