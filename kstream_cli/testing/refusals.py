"""What Kafka's producer, or a broker with its default settings, refuses: the test driver refuses it as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.record import LAST_TIMESTAMP, Headers
from kstream_cli.user_objects import repr_of

OVERHEAD_BYTES = 21
"""What librdkafka adds to the size of a record without headers, at least."""


@dataclass(frozen=True)
class Refusal:
    """The reason, as the client gives it: with a name and a text."""

    code: str
    text: str

    def name(self) -> str:
        return self.code

    def str(self) -> Any:
        return self.text

    def __str__(self) -> Any:
        return self.text


class RefusedError(Exception):
    """A record that is refused."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Refusal(code, text))


def check_outgoing(value: Any, key: Any, partition: Any, timestamp: Any, headers: Headers, *, largest: int) -> None:
    """Raise TypeError or RefusedError for a record that would not come to be on its topic."""
    size = 0
    for part in (value, key):
        if part is None:
            continue
        if not isinstance(part, bytes | bytearray):
            raise TypeError(f"expected bytes, not {type(part).__name__}")
        size += len(part)
    for name, data in headers:
        size += len(name) + len(data or b"")
    if not isinstance(partition, int):
        raise TypeError(f"a partition is a whole number, not {repr_of(partition, 80)}")
    if timestamp is not None and (not isinstance(timestamp, int) or not abs(timestamp) <= LAST_TIMESTAMP):
        raise TypeError(f"a timestamp is whole milliseconds of 64 bits, not {repr_of(timestamp, 80)}")
    if size + OVERHEAD_BYTES > largest:
        raise RefusedError("MSG_SIZE_TOO_LARGE", "Broker: Message size too large")


__all__ = ["RefusedError", "check_outgoing"]
