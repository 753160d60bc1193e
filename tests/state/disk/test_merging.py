"""Rows in memory over rows on disk: wherever a row lies, and however the disk's are cut into chunks, one answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.state.disk.merging import merge

KEYS = st.binary(max_size=2)


def merged(
    memory: dict[bytes, int | None], chunks: list[dict[bytes, bytes]], *, reverse: bool
) -> list[tuple[bytes, int]]:
    """The rows of chunks, which are in order already, below those in memory."""
    order = sorted(memory, reverse=reverse)
    here = order, [memory[key] for key in order]
    there = ((list(chunk), list(chunk.values())) for chunk in chunks)
    found = merge(here, there, lambda data: [int(text) for text in data], reverse=reverse)
    return [row for keys, cells in found for row in zip(keys, cells, strict=True)]


@given(
    memory=st.dictionaries(KEYS, st.none() | st.integers(0, 9)),
    disk=st.dictionaries(KEYS, st.integers(10, 99)),
    size=st.integers(1, 4),
    reverse=st.booleans(),
)
def test_a_merge_is_the_disk_updated_by_memory(memory, disk, size, reverse):
    rows = sorted(disk.items(), reverse=reverse)
    chunks = [
        {key: b"%d" % number for key, number in rows[begin : begin + size]} for begin in range(0, len(rows), size)
    ]
    expected = {key: cell for key, cell in (disk | memory).items() if cell is not None}
    assert merged(memory, chunks, reverse=reverse) == sorted(expected.items(), reverse=reverse)


CHUNKS = [{b"b": b"1", b"d": b"2"}, {b"f": b"3", b"h": b"4"}]


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        ({}, "b1 d2 f3 h4"),
        ({b"a": 9}, "a9 b1 d2 f3 h4"),
        ({b"e": 9}, "b1 d2 e9 f3 h4"),
        ({b"i": 9, b"j": 8}, "b1 d2 f3 h4 i9 j8"),
        ({b"d": None}, "b1 f3 h4"),
        ({b"b": None, b"d": None}, "f3 h4"),
        ({b"d": 9, b"f": 8}, "b1 d9 f8 h4"),
        ({b"h": None, b"i": None}, "b1 d2 f3"),
    ],
)
def test_rows_in_memory_find_their_place_at_the_borders_of_chunks(memory, expected):
    rows = expected.split()
    found = merged(memory, CHUNKS, reverse=False)
    assert [f"{key.decode()}{cell}" for key, cell in found] == rows
    backwards = [dict(reversed(chunk.items())) for chunk in reversed(CHUNKS)]
    found = merged(memory, backwards, reverse=True)
    assert [f"{key.decode()}{cell}" for key, cell in found] == rows[::-1]
