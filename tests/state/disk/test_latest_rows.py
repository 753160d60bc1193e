"""Rows of which the last of each key counts: the native ones are those of a dictionary."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.state.disk.latest_rows import LatestRows, RowDictionary

rows_in_c = pytest.importorskip("kstream_cli.native.rows", reason="the extension was not built")
MEGABYTE = 1024 * 1024
KEYS = st.binary(max_size=3) | st.binary(max_size=2).map(lambda key: b"common start " + key)
VALUES = st.none() | st.binary(max_size=20)


def sorted_rows(rows: LatestRows) -> list[tuple[bytes, bytes | None]]:
    rows.sort()
    middle = len(rows) // 2
    parts = [rows.part(0, middle), rows.part(middle, len(rows))]
    return [row for keys, values in parts for row in zip(keys, values, strict=True)]


@given(st.lists(st.lists(st.tuples(KEYS, VALUES))))
def test_rows_come_in_order_with_the_last_value_of_each_key(batches: list[list[tuple[bytes, bytes | None]]]) -> None:
    native, dictionary = rows_in_c.LatestRows(MEGABYTE), RowDictionary(1000)
    for batch in batches:
        for rows in (native, dictionary):
            rows.extend([key for key, _ in batch], [value for _, value in batch])
    assert len(native) == len(dictionary)
    assert sorted_rows(native) == sorted_rows(dictionary)


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_many_rows_keep_the_last_value_of_each_key(is_shuffled: bool) -> None:
    keys = [b"%05d" % (number // 2 * 7) for number in range(20_000)]
    if is_shuffled:
        random.Random(1).shuffle(keys)
    values = [b"%d" % number for number in range(20_000)]
    rows = rows_in_c.LatestRows(MEGABYTE)
    for start in range(0, len(keys), 1_000):
        rows.extend(keys[start : start + 1_000], list(values[start : start + 1_000]))
    assert sorted_rows(rows) == sorted(dict(zip(keys, values, strict=True)).items())


def test_after_clear_there_is_room_again() -> None:
    rows = rows_in_c.LatestRows(100_000)
    for number in range(10):
        assert not rows.is_full()
        rows.extend([b"%d" % number], [bytes(100_000)])
        assert rows.is_full()
        rows.sort()
        rows.clear()
        assert len(rows) == 0


def test_the_limit_is_one_for_all() -> None:
    first, second, small = (rows_in_c.LatestRows(100_000) for _ in range(3))
    first.extend([b"a"], [bytes(60_000)])
    assert not first.is_full()
    second.extend([b"a"], [bytes(60_000)])
    assert first.is_full()
    assert second.is_full()
    assert not small.is_full()


@pytest.mark.parametrize("rows", [([b"a"], []), ([b"a"], ["text"]), (["text"], [b"a"]), ((b"a",), (b"a",))])
def test_what_is_no_row_is_refused(rows: tuple[list[bytes], list[bytes | None]]) -> None:
    with pytest.raises(TypeError):
        rows_in_c.LatestRows(MEGABYTE).extend(*rows)


def test_sorted_rows_take_no_more() -> None:
    rows = rows_in_c.LatestRows(MEGABYTE)
    rows.extend([b"a"], [b"1"])
    with pytest.raises(IndexError):
        rows.part(0, 1)
    rows.sort()
    with pytest.raises(IndexError):
        rows.part(0, 2)
    with pytest.raises(TypeError):
        rows.extend([b"b"], [b"2"])


def test_a_long_key_that_was_added_last_may_move() -> None:
    rows = rows_in_c.LatestRows(MEGABYTE)
    first, last = b"a" * 100_000, b"b" * 100_000
    rows.extend([first, last, last, b"c"], [b"1", b"2", bytes(20), b"4"])
    assert sorted_rows(rows) == [(first, b"1"), (last, bytes(20)), (b"c", b"4")]
