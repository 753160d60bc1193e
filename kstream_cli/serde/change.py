"""The bytes of a table's update on the repartition topic of a grouped table (Java: ChangedSerializer)."""

from __future__ import annotations

from typing import Any

from kstream_cli.errors import SerializationError
from kstream_cli.serde.inner import are_complete, completed, required
from kstream_cli.serde.serde import Deserializer, Serde, Serializer, reader_of
from kstream_cli.serde.varint import read_varint, write_varint

# The flag comes last. Flags 3, 4 and 5 are the same three for a change that is not the latest of its key.
_OLD_ONLY, _NEW_ONLY, _BOTH, _NOT_LATEST = 0, 1, 2, 3
_FLAGS = [bytes([flag]) for flag in range(6)]


class ChangeSerde(Serde[tuple[Any, Any, bool]]):
    """A change `(new, old, is_latest)` of values of `inner`; at least one of new and old is not null.

    An inner serde of None is the configured default one.
    """

    def __init__(self, inner: Serde[Any] | None) -> None:
        self.inner = inner
        self.immutable = inner is not None and inner.immutable

    @property
    def is_complete(self) -> bool:
        return are_complete(self.inner)

    def with_defaults(self, key: Serde[Any] | None, value: Serde[Any] | None) -> ChangeSerde:
        return ChangeSerde(completed(self.inner, value, key, value))

    def serializer(self, topic: str, *, is_key: bool = False) -> Serializer[tuple[Any, Any, bool]]:
        write = required(self.inner, self).serializer(topic, is_key=is_key)

        def serialize(change: tuple[Any, Any, bool]) -> bytes:
            new, old, is_latest = change
            later = 0 if is_latest else _NOT_LATEST
            if new is None:
                if old is None:
                    raise SerializationError("a change needs a new or an old value, and this one has neither")
                return write(old) + _FLAGS[_OLD_ONLY + later]
            data = write(new)
            if old is None:
                return data + _FLAGS[_NEW_ONLY + later]
            return write_varint(len(data)) + data + write(old) + _FLAGS[_BOTH + later]

        return serialize

    def deserializer(self, topic: str, *, is_key: bool = False) -> Deserializer[tuple[Any, Any, bool]]:
        read = reader_of(required(self.inner, self), topic, is_key=is_key)

        def deserialize(data: bytes) -> tuple[Any, Any, bool]:
            flag = data[-1] if data else -1
            if not 0 <= flag <= _BOTH + _NOT_LATEST:
                raise SerializationError(f"not a change: its last byte is {flag}, which is no known flag")
            is_latest = flag < _NOT_LATEST
            kind = flag if is_latest else flag - _NOT_LATEST
            if kind == _NEW_ONLY:
                return read(data[:-1]), None, is_latest
            if kind == _OLD_ONLY:
                return None, read(data[:-1]), is_latest
            length, start = read_varint(data, 0)
            return read(data[start : start + length]), read(data[start + length : -1]), is_latest

        return deserialize

    def __repr__(self) -> str:
        return f"ChangeSerde({self.inner!r})"
