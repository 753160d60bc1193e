"""Kafka's signed variable-length integers (zig-zag, as Protocol Buffers' sint32)."""

from __future__ import annotations


def write_varint(number: int) -> bytes:
    """`number` in as few bytes as it needs."""
    rest = (number << 1) ^ (number >> 31)
    data = bytearray()
    while rest & ~0x7F:
        data.append((rest & 0x7F) | 0x80)
        rest >>= 7
    data.append(rest)
    return bytes(data)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position`, and the position after it. Raises IndexError where the data ends too early."""
    rest = shift = 0
    while True:
        byte = data[position]
        position += 1
        rest |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (rest >> 1) ^ -(rest & 1), position
        shift += 7
