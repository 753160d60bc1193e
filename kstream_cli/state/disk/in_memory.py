"""Rows kept in memory only: the ground of every store that is not persistent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, starmap
from textwrap import dedent
from typing import Any, TypeAlias

from kstream_cli.source_code import Bind
from kstream_cli.state.disk.key_index import KeyIndex
from kstream_cli.state.disk.merging import Columns, in_chunks
from kstream_cli.state.iterators import Rows
from kstream_cli.state.store import Measure, StoreIterator

Present: TypeAlias = Callable[[list[bytes], list[Any]], Iterable[Any]]
"""Makes what a range shows out of the keys and cells of some of its rows, which lie in a row; it may leave rows out."""
Bounds: TypeAlias = tuple[bytes | None, bytes | None]
"""From which key to which; None leaves an end open."""

MISSING: Any = object()
"""Stands for a row that memory knows nothing of; None is one known to be absent."""


class MemoryRows:
    """An ordered map from row keys to cells. A cell is a row's value in the form in which its store keeps it.

    `rows` is read in place by the stores, and written where they call `mark`; a cell of None is a row that is absent.
    """

    recent_from = 0
    """All rows are in memory, whatever their time."""

    def __init__(self, store: str, decode: Callable[[bytes], Any]) -> None:
        self.rows: dict[bytes, Any] = {}
        self.notes: dict[bytes, bytes] = {}
        """Small facts that are committed with the rows, by name."""
        self.unflushed: Mapping[bytes, Any] = {}
        """The record cache's rows that `rows` shows, by row key; they are not committed before they are flushed."""
        self.is_flushing = False
        self.committed_offset: int | None = None
        self.let_go: Callable[[], None] = lambda: None
        """Called when rows that are on disk have left memory: never."""
        self.loads = 0
        """Reads that memory could not answer: none."""
        self._store = store
        self._decode = decode
        self._index = KeyIndex(self.rows)

    def load(self, key: bytes) -> Any:
        """The cell of a row that is not in `rows`."""
        return None

    def committed(self, key: bytes) -> Any:
        """The cell as of the last commit of a row that was not in `rows` before it was changed."""
        return None

    def measures(self) -> dict[str, Measure]:
        return {"num-keys": self.approximate_size}

    def get(self, key: bytes) -> Any:
        return self.rows.get(key)

    def put(self, key: bytes, cell: Any, data: bytes | None = None) -> None:
        """Change a row. `data` is what the cell is on disk, for who knows it already."""
        self.rows[key] = cell

    def written_put(self, bind: Bind, key: str, cell: str, data: str) -> str:
        """The lines of `put` and, where the cell is None, of `remove`."""
        return dedent(f"""
            if {cell} is None:
                {bind("remove", self.remove)}({key})
            else:
                {bind("put", self.put)}({key}, {cell}, {data})
            """)

    def mark(self, changed: Mapping[bytes, bytes | None]) -> None:
        """Tell that rows were changed in `rows` directly, and are to be committed as these bytes."""

    def remove(self, key: bytes) -> None:
        if key in self.rows:
            self._index.discard(key)
            del self.rows[key]

    def range(
        self, low: bytes | None, high: bytes | None, present: Present, *, inclusive: bool = True, reverse: bool = False
    ) -> StoreIterator[Any]:
        """What `present` makes of the rows from `low` to `high`, in order of the keys' bytes."""
        return self.ranges([(low, high)], present, inclusive=inclusive, reverse=reverse)

    def ranges(
        self, bounds: Iterable[Bounds], present: Present, *, inclusive: bool = True, reverse: bool = False
    ) -> StoreIterator[Any]:
        """Several ranges one after the other, all of them as they are now."""
        found = [in_chunks(*self._copied(low, high, inclusive=inclusive, reverse=reverse)) for low, high in bounds]
        return Rows(chain.from_iterable(starmap(present, chain.from_iterable(found))), self._store)

    def select(
        self, low: bytes | None, high: bytes | None, present: Present, *, inclusive: bool = True, reverse: bool = False
    ) -> list[Any]:
        """What `range` gives, as a list."""
        found = in_chunks(*self._copied(low, high, inclusive=inclusive, reverse=reverse))
        return list(chain.from_iterable(starmap(present, found)))

    def drop_below(self, bound: bytes) -> None:
        """Remove all rows whose key is below `bound`."""
        for key in [key for key in self.rows if key < bound]:
            del self.rows[key]
        self._index.reset()

    def restore(self, keys: Sequence[bytes], data: Sequence[bytes | None]) -> None:
        """Apply rows in the form they have on disk; None deletes, and of a key's several ones the last counts."""
        table, decode = self.rows, self._decode
        for key, on_disk in dict(zip(keys, data, strict=True)).items():
            if on_disk is None:
                self.remove(key)
            else:
                table[key] = decode(on_disk)

    def commit(self, offset: int | None) -> None:
        self._index.claim()
        if offset is not None:
            self.committed_offset = offset

    def approximate_size(self) -> int:
        return len(self.rows)

    def close(self) -> None:
        self.rows.clear()
        self._index.reset()

    def _copied(self, low: bytes | None, high: bytes | None, *, inclusive: bool, reverse: bool) -> Columns:
        return self._index.range(low, high, inclusive=inclusive, reverse=reverse)
