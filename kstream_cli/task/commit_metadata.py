"""What a task commits beside each offset, in Java's format: the partition's time and the processors' small numbers."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Mapping

from kstream_cli.logs import logger

log = logger(__name__)

UNKNOWN_TIME = -1
_VERSION = 2
_HEAD = struct.Struct(">bq")
_BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def encode(partition_time: int, numbers: Mapping[str, int]) -> str:
    """Base64 of version, partition time and numbers."""
    parts = [_HEAD.pack(_VERSION, partition_time)]
    if numbers:
        parts.append(struct.pack(">i", len(numbers)))
        for name, number in numbers.items():
            encoded = name.encode()
            parts.append(struct.pack(f">i{len(encoded)}sq", len(encoded), encoded, number))
    return base64.b64encode(b"".join(parts)).decode("ascii")


def decode(metadata: str | None) -> tuple[int, dict[str, int]]:
    """The partition time (-1 when unknown) and the numbers; what cannot be read counts as not there.

    What comes after the base64 is not looked at: confluent-kafka, which is used where the extension was not built,
    commits a zero byte more, and gives some of its memory along with what Java committed.
    """
    if not metadata:
        return UNKNOWN_TIME, {}
    try:
        data = base64.b64decode(next(_BASE64.finditer(metadata))[0])  # There is always one: it may be empty.
        version, partition_time = _HEAD.unpack_from(data)
        if version not in (1, _VERSION):
            raise ValueError(f"version {version}")
        return partition_time, _numbers(data, _HEAD.size) if version == _VERSION else {}
    except (binascii.Error, struct.error, ValueError) as error:
        log.warning("the metadata %r committed with an offset is not understood (%s) and is ignored", metadata, error)
        return UNKNOWN_TIME, {}


def _numbers(data: bytes, at: int) -> dict[str, int]:
    numbers: dict[str, int] = {}
    if at == len(data):
        return numbers
    (count,) = struct.unpack_from(">i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from(">i", data, at)
        name, number = struct.unpack_from(f">{length}sq", data, at + 4)
        numbers[name.decode()] = number
        at += 4 + length + 8
    return numbers
