"""Merges rows in memory with rows on disk, chunk by chunk: what can be done for a chunk costs no step for each row."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator
from itertools import compress, repeat
from operator import is_not
from typing import Any, TypeAlias

Columns: TypeAlias = tuple[list[bytes], list[Any]]
"""Keys, and as many cells."""

_CHUNK_ROWS = 1024


def merge(
    here: Columns,
    there: Iterator[tuple[list[bytes], list[bytes]]],
    decode_all: Callable[[list[bytes]], list[Any]],
    *,
    reverse: bool,
) -> Generator[Columns, None, None]:
    """Rows of both in order, by chunks. Where both have a key the cell in memory counts; None is a row that is absent.

    Both are in order already, or in reverse order.
    """
    keys, cells = here
    begin = 0
    try:
        for keys_there, data in there:
            last = keys_there[-1]
            end = bisect_left(keys, True, begin, key=last.__gt__ if reverse else last.__lt__)
            if begin == end:
                yield keys_there, decode_all(data)
            else:
                newer = dict(zip(keys[begin:end], cells[begin:end], strict=True))
                yield _overlaid(keys_there, data, newer, decode_all, reverse=reverse)
                begin = end
    except Exception:
        del there  # Else the error's traceback would keep the database open.
        raise
    if begin < len(keys):
        yield from in_chunks(keys, cells, begin)


def in_chunks(keys: list[bytes], cells: list[Any], begin: int = 0) -> Generator[Columns, None, None]:
    """Rows in memory from the one numbered `begin` on, without those that are absent."""
    for start in range(begin, len(keys), _CHUNK_ROWS):
        end = start + _CHUNK_ROWS
        yield without(None, keys[start:end], cells[start:end])


def without(missing: Any, keys: list[bytes], cells: list[Any]) -> Columns:
    """The rows whose cell is another object than `missing`."""
    are_there = list(map(is_not, cells, repeat(missing)))
    if all(are_there):
        return keys, cells
    return list(compress(keys, are_there)), list(compress(cells, are_there))


def _overlaid(
    keys: list[bytes],
    data: list[bytes],
    newer: dict[bytes, Any],
    decode_all: Callable[[list[bytes]], list[Any]],
    *,
    reverse: bool,
) -> Columns:
    try:
        cells = decode_all(data)
    except Exception:
        # Where memory has a newer row, that on disk need not be readable.
        cells = [None if key in newer else decode_all([row])[0] for key, row in zip(keys, data, strict=True)]
    cells = list(map(newer.get, keys, cells))
    if new := newer.keys() - keys:
        rows = dict(zip(keys, cells, strict=True))
        rows.update((key, newer[key]) for key in new)
        keys = sorted(rows, reverse=reverse)
        cells = list(map(rows.__getitem__, keys))
    return without(None, keys, cells)
