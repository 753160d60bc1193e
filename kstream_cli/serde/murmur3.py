"""Murmur3 (128 bits, x64 variant): the fingerprint of a row's value in foreign-key joins, as Java writes it."""

from __future__ import annotations

from struct import Struct

SEED = 104729
"""Kafka Streams' seed; with another one, responses exchanged with a Java instance would all look stale."""

_MASK = 0xFFFFFFFFFFFFFFFF
_C1 = 0x87C37B91114253D5
_C2 = 0x4CF5AD432745937F
_BLOCK = Struct("<QQ")
_RESULT = Struct(">QQ")


def _rotated(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & _MASK


def _mixed_low(word: int) -> int:
    return _rotated(word * _C1 & _MASK, 31) * _C2 & _MASK


def _mixed_high(word: int) -> int:
    return _rotated(word * _C2 & _MASK, 33) * _C1 & _MASK


def _finalized(word: int) -> int:
    word = (word ^ (word >> 33)) * 0xFF51AFD7ED558CCD & _MASK
    word = (word ^ (word >> 33)) * 0xC4CEB9FE1A85EC53 & _MASK
    return word ^ (word >> 33)


def hash128(data: bytes, seed: int = SEED) -> bytes:
    """The 16 bytes of the hash: its two 64-bit words, big-endian."""
    low = high = seed
    whole = len(data) & ~15
    for first, second in _BLOCK.iter_unpack(data[:whole]):
        low = (_rotated(low ^ _mixed_low(first), 27) + high) * 5 + 0x52DCE729 & _MASK
        high = (_rotated(high ^ _mixed_high(second), 31) + low) * 5 + 0x38495AB5 & _MASK
    tail = data[whole:]
    high ^= _mixed_high(int.from_bytes(tail[8:], "little"))
    low ^= _mixed_low(int.from_bytes(tail[:8], "little"))
    low ^= len(data)
    high ^= len(data)
    low = (low + high) & _MASK
    high = (high + low) & _MASK
    low, high = _finalized(low), _finalized(high)
    low = (low + high) & _MASK
    return _RESULT.pack(low, (high + low) & _MASK)
