"""A set of byte strings in the order in which Java's HashSet goes through them, where that order shows on a topic."""

from __future__ import annotations

_FULL = 0.75


class JavaHashOrder:
    """Byte strings by the bucket they fall into, then in order of arrival. The buckets only ever grow in number."""

    def __init__(self) -> None:
        self._keys: dict[bytes, None] = {}
        self._buckets = 16

    def add(self, key: bytes) -> None:
        self._keys[key] = None
        if len(self._keys) > self._buckets * _FULL:
            self._buckets *= 2

    def drain(self) -> list[bytes]:
        """All keys in order; the set is empty afterwards."""
        keys = list(self._keys)
        self._keys.clear()
        if len(keys) > 1:
            mask = self._buckets - 1
            keys.sort(key=lambda key: _spread(key) & mask)
        return keys


def _spread(key: bytes) -> int:
    """Java's hash of a byte array, with its upper half mixed into the lower one."""
    hashed = 1
    for byte in key:
        hashed = (31 * hashed + (byte if byte < 128 else byte - 256)) & 0xFFFFFFFF
    return hashed ^ (hashed >> 16)
