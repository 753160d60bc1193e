"""The order of a dict's keys, made when a range is first asked for and then kept up to date as needed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sortedcontainers import SortedList


class KeyIndex:
    """Sorted view of the keys of `rows`, at no cost to a put.

    A dict keeps the order of insertion, so its keys not indexed yet are always the last ones.
    """

    def __init__(self, rows: dict[bytes, Any]) -> None:
        self._rows = rows
        self._keys: Any = None

    def range(self, low: bytes | None, high: bytes | None, *, inclusive: bool, reverse: bool) -> Iterable[bytes]:
        """Keys from `low` on, up to `high`; do not change the rows while iterating."""
        keys: Iterable[bytes] = self._current().irange(low, high, (True, inclusive), reverse)
        return keys

    def discard(self, key: bytes) -> None:
        """Call before a key is removed from the rows."""
        if self._keys is not None:
            self._current().discard(key)

    def reset(self) -> None:
        """Forget the order, after many keys were removed at once."""
        self._keys = None

    def _current(self) -> Any:
        keys, rows = self._keys, self._rows
        if keys is None:
            keys = self._keys = SortedList(rows)
        elif new := len(rows) - len(keys):
            keys.update(islice(reversed(rows), new))
        return keys
