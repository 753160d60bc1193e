"""The order of a dict's keys, made when a range is first asked for and then kept up to date as needed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, repeat
from threading import get_ident
from typing import Any

from sortedcontainers import SortedList

from kstream_cli.state.disk.merging import Columns, without

_GONE: Any = object()


class KeyIndex:
    """Sorted view of the keys of `rows`, at no cost to a put.

    A dict keeps the order of insertion, so its keys not indexed yet are always the last ones.
    """

    def __init__(self, rows: dict[bytes, Any]) -> None:
        self._rows = rows
        self._keys: Any = None
        self._owner: int | None = None

    def claim(self) -> None:
        """Make the calling thread the owner of the rows: the one that changes them."""
        self._owner = get_ident()

    def is_foreign(self) -> bool:
        """True when another thread owns the rows, as for the readers of a global store."""
        return self._owner is not None and self._owner != get_ident()

    def range(
        self,
        low: bytes | None,
        high: bytes | None,
        *,
        inclusive: bool,
        reverse: bool,
        pick: Callable[[list[bytes]], list[bytes]] | None = None,
    ) -> Columns:
        """A copy of the rows from `low` on, up to `high`, or of those whose keys `pick` picks from them."""
        # Of rows that their owner may be changing meanwhile, the keys are copied, in one step of the interpreter.
        is_foreign = self.is_foreign()
        index: Any = SortedList(list(self._rows)) if is_foreign else self._current()
        keys = list(index.irange(low, high, (True, inclusive), reverse))
        if pick is not None:
            keys = pick(keys)
        cells = list(map(self._rows.get, keys, repeat(_GONE)))
        # Rows that their owner has let go of meanwhile are on disk, and not absent.
        return without(_GONE, keys, cells) if is_foreign else (keys, cells)

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
