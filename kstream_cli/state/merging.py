"""Merges rows in memory with rows on disk, both in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def merge(
    here: list[tuple[bytes, Any]], there: Iterator[tuple[bytes, bytes]], *, reverse: bool
) -> Iterator[tuple[bytes, Any, bytes | None]]:
    """Cells in memory as (key, cell, None), rows on disk as (key, None, data); where both have a key, the cell."""
    disk_row = next(there, None)
    for key, cell in here:
        while disk_row is not None and (disk_row[0] > key if reverse else disk_row[0] < key):
            yield disk_row[0], None, disk_row[1]
            disk_row = next(there, None)
        if disk_row is not None and disk_row[0] == key:
            disk_row = next(there, None)
        yield key, cell, None
    while disk_row is not None:
        yield disk_row[0], None, disk_row[1]
        disk_row = next(there, None)
