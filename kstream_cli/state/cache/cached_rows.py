"""The rows that a record cache holds, each found with one look into a dictionary: neither key nor value is encoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from kstream_cli.record import Headers, RawRecord
from kstream_cli.state.disk.in_memory import MISSING

if TYPE_CHECKING:
    from kstream_cli.state.cache.record_cache import RecordCache


class CachedRow:
    """One row as it stands after the last put, and the record that put it. A put changes it in place."""

    __slots__ = (
        "before",
        "cell",
        "current",
        "headers",
        "is_counted",
        "is_fresh",
        "key",
        "name",
        "number",
        "payload",
        "row",
        "rows",
        "size",
        "time",
        "timestamp",
        "topic_size",
        "used",
    )

    number: int
    """Which put was the last one: rows are passed on in this order. Like what follows, it is there from a put on."""
    timestamp: int
    headers: Headers
    payload: int
    """Bytes of the value when `size` was counted."""
    topic_size: int

    def __init__(self, rows: CachedRows, name: Any, row: bytes, key: Any, cell: Any, time: int) -> None:
        self.rows = rows
        """The group that it is in, under its name."""
        self.name = name
        self.row = row
        """Its key in the table."""
        self.key = key
        """What the listener is told as key."""
        self.cell = cell
        """None: there is no such row, or it was deleted."""
        self.time = time
        """A windowed row's own: its window's start, or its session's end."""
        self.before = cell
        """The cell last passed on; MISSING: as on disk."""
        self.is_fresh = False
        """Put, and not settled in the table yet."""
        self.is_counted = False
        """Its size stays the same for as long as the value's size does and the record has no headers."""
        self.size = 0
        """What it takes of the cache, in bytes; 0: nothing, as it was only read, or is not held."""
        self.used = 0
        """When it was last read or put, on the clock of `number`."""
        self.current: RawRecord | None = None
        """The record that put it, where somebody asks for it."""


@dataclass(frozen=True, slots=True)
class RowNames:
    """By what a store's rows are found in its cache. A group is a window's start, or 0 for all rows of other stores.

    A name is the key itself where keys that are equal have the same bytes (`write` is None), else what `write` makes
    of it.
    """

    write: Callable[[Any], bytes] | None
    row_of: Callable[[int], Callable[[Any], bytes] | None]
    """Group -> a function from a name to the row's key in the table; None where that is the name."""
    present: Callable[[int], Callable[[Any], Any] | None]
    """Group -> a function from a key to what the listener is told as key; None where that is the key."""


class CachedRows(dict[Any, CachedRow]):
    """The rows of one group by name. One that is not there yet is read from the table when it is asked for."""

    def __init__(self, cache: RecordCache, group: int) -> None:
        super().__init__()
        names = cache.names
        self.is_held = False
        """True from when the cache takes up this group until it lets go of it."""
        self._cache = cache
        self._group = group
        self._write, self._row_of, self._present = names.write, names.row_of(group), names.present(group)
        self._in_table = cache.table.rows.get
        self.find: Callable[[Any], CachedRow] = self.__getitem__ if self._write is None else self._find_by_bytes
        """Key -> its row."""

    def find_to_put(self, key: Any) -> CachedRow:
        """A key's row, which is going to be put whatever it is: it need not be read."""
        name = key if self._write is None else self._write(key)
        row = self.get(name)
        return self._add(name, key, False) if row is None else row

    def _find_by_bytes(self, key: Any) -> CachedRow:
        assert self._write is not None
        name = self._write(key)
        row = self.get(name)
        return self._add(name, key, True) if row is None else row

    def __missing__(self, key: Any) -> CachedRow:
        return self._add(key, key, True)

    def hold(self, row: CachedRow) -> CachedRow:
        """Take a row up again that was let go of before it was put; gives the one that holds the put now."""
        held = self.get(row.name)
        if held is None:
            if not self.is_held:
                self._cache.groups.take_up(self._group, self)
            self[row.name] = row
            return row
        # What was passed on meanwhile has put the row as well.
        held.cell, held.number, held.used = row.cell, row.number, row.used
        held.timestamp, held.headers, held.current = row.timestamp, row.headers, row.current
        return held

    def drop(self, row: CachedRow) -> None:
        """Let go of a row."""
        if self.get(row.name) is row:
            del self[row.name]
            if not self and self.is_held:
                self._cache.groups.let_go(self._group)

    def _add(self, name: Any, key: Any, read: bool) -> CachedRow:
        cache, row_of, present = self._cache, self._row_of, self._present
        row_key = name if row_of is None else row_of(name)
        if not self.is_held:
            cache.groups.take_up(self._group, self)
        cell = self._in_table(row_key, MISSING)
        if cell is MISSING and read:
            cell = cache.table.load(row_key)
        told, expiry = key if present is None else present(key), cache.expiry
        row = self[name] = CachedRow(self, name, row_key, told, cell, 0 if expiry is None else expiry.time_of(told))
        cache.added(row, is_read=read)
        return self.get(name, row)  # Where there was no room for it, others may have put it meanwhile.


class RowGroups(dict[int, CachedRows]):
    """The groups of a cache; one begins when it is first asked for.

    There is one object a group for as long as somebody has it: who was given it before the cache let go of it, and who
    asks for it anew, see the same rows.
    """

    def __init__(self, cache: RecordCache) -> None:
        super().__init__()
        self._cache = cache
        self._let_go: WeakValueDictionary[int, CachedRows] = WeakValueDictionary()

    def __missing__(self, group: int) -> CachedRows:
        rows = self._let_go.get(group)
        if rows is None:
            rows = CachedRows(self._cache, group)
        self.take_up(group, rows)
        return rows

    def take_up(self, group: int, rows: CachedRows) -> None:
        """Hold a group, again or for the first time."""
        rows.is_held = True
        self._let_go.pop(group, None)
        self[group] = rows

    def let_go(self, group: int) -> None:
        """Hold a group no longer; its rows are gone."""
        rows = self._let_go[group] = self.pop(group)
        rows.is_held = False
        rows.clear()
