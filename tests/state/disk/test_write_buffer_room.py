"""How many rows over a database stay in memory, and when a commit is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kstream_cli.state.disk import write_buffer


def test_a_commit_is_asked_for_once_more_than_20000_rows_wait_for_one(new: Any) -> None:
    store = new()
    store.fill(20_000)
    assert store.requests == 0
    store.rows.put(b"more", "")
    assert store.requests == 1


@pytest.mark.parametrize("how", ["put", "remove", "mark"])
def test_it_is_asked_for_again_when_twice_as_many_rows_wait(
    new: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 3)
    store = new()
    change: dict[str, Callable[[bytes], None]] = {
        "put": lambda key: store.rows.put(key, ""),
        "remove": lambda key: store.rows.remove(key),
        "mark": lambda key: store.rows.mark({key: b""}),
    }
    asked = []
    for number in range(20):
        change[how](b"%02d" % number)
        asked.append(store.requests)
    assert asked == [0] * 3 + [1] * 5 + [2] * 10 + [3] * 2


@pytest.mark.parametrize("how", ["put", "remove", "mark"])
def test_a_limit_in_bytes_asks_for_a_commit_too(new: Any, how: str) -> None:
    store = new(limit=10)
    change: dict[str, Callable[[bytes], None]] = {
        "put": lambda key: store.rows.put(key, ""),
        "remove": lambda key: store.rows.remove(key),
        "mark": lambda key: store.rows.mark({key: None}),
    }
    change[how](b"01234")
    change[how](b"56789")
    assert store.requests == 0
    change[how](b"x")
    assert store.requests == 1


def test_a_limit_of_0_asks_for_a_commit_with_each_row(new: Any) -> None:
    store = new(limit=0)
    store.rows.put(b"a", "")
    store.rows.commit(1)
    store.rows.put(b"b", "")
    assert store.requests == 2


def test_a_closed_store_counts_no_longer_for_the_limit(new: Any) -> None:
    store = new(limit=10)
    store.rows.put(b"0123456789", "")
    store.rows.close()
    assert not store.uncommitted._by_store
    again = store.open()
    again.put(b"x", "")
    again.put(b"y", "12345678")
    assert store.requests == 0
    again.put(b"z", "")
    assert store.requests == 1


def test_without_a_limit_bytes_are_not_counted(new: Any) -> None:
    store = new(limit=-1)
    store.rows.put(b"x", "12345")
    store.rows.mark({b"y": b"12345"})
    store.rows.remove(b"z")
    assert store.uncommitted._written == 0
    assert store.requests == 0


def test_rows_that_were_read_leave_memory_when_they_are_too_many_and_changed_ones_stay(
    over: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 3)
    store = over()
    store.rows.commit(1)
    store.rows.put(b"committed", "1")
    store.rows.commit(2)
    store.rows.put(b"changed", "2")
    store.rows.rows[b"cached"] = "3"
    store.rows.unflushed = {b"cached": None, b"not here": None}
    kept = dict(store.rows.rows)
    table = store.rows.rows
    for key in (b"a", b"b", b"c"):
        assert store.rows.get(key)
    assert (len(table), store.let_go) == (6, 0)
    assert store.rows.get(b"x") is None
    assert (store.rows.rows, store.let_go) == (kept, 1)
    assert store.rows.rows is table
    assert store.rows.get(b"a") == "1"


def test_none_leaves_memory_while_a_cache_passes_rows_on(over: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 1)
    store = over()
    store.rows.is_flushing = True
    for key in (b"a", b"b", b"c"):
        store.rows.get(key)
    assert len(store.rows.rows) == 3
    store.rows.is_flushing = False
    store.rows.get(b"x")
    assert store.rows.rows == {}


def test_written_rows_leave_memory_with_a_commit_when_they_are_too_many(
    new: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 3)
    store = new(logged=False)
    store.fill(3)
    store.rows.commit(1)
    assert (len(store.rows.rows), store.let_go) == (3, 0)
    store.rows.put(b"more", "")
    store.rows.commit(2)
    assert (store.rows.rows, store.let_go) == ({}, 1)
    assert store.rows.get(b"more") == ""


def test_rows_that_are_not_written_yet_stay_and_take_no_room(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 3)
    store = new()
    store.fill(3)
    store.rows.commit(1)
    store.rows.put(b"a", "")
    store.rows.put(b"b", "")
    store.rows.commit(2)
    assert len(store.rows.rows) == 5
    store.rows.rows[b"clean"] = ""
    store.rows.commit(3)
    assert sorted(store.rows.rows) == [b"a", b"b"]


def test_how_many_rows_there_is_room_for_is_learnt_from_their_size(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes its bytes and 200 more."""
    monkeypatch.setattr(write_buffer, "_ROOM_BYTES", 120 * 255)
    store = new(logged=False)
    store.fill(100, "x" * 50)
    store.rows.commit(1)
    store.fill(120, "x" * 50)
    assert store.requests == 0
    store.rows.put(b"more", "x" * 50)
    assert store.requests == 1


def test_a_thousand_rows_are_enough_to_learn_from_and_bytes_are_whole(new: Any) -> None:
    store = new(logged=False)
    store.fill(500, "")
    for number in range(500, 1000):
        store.rows.put(b"%05d" % number, "x")
    store.rows.put(b"the last one", "x" * 100_000)
    store.rows.commit(1)
    assert store.rows._room == 64 * 1024 * 1024 // (5 + 200)


def test_the_room_is_shared_by_the_stores_of_a_process(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_SHARED_ROOM_BYTES", 3 * 130 * 255)
    others = [new() for _ in range(3)]
    others.pop().rows.close()
    store = new(logged=False)
    store.fill(100, "x" * 50)
    store.rows.commit(1)
    store.fill(130, "x" * 50)
    assert store.requests == 0
    store.rows.put(b"more", "x" * 50)
    assert store.requests == 1


def test_few_rows_tell_nothing_of_their_size(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_ROOM_BYTES", 1)
    store = new(logged=False)
    store.fill(99)
    store.rows.commit(1)
    store.fill(101)
    assert store.requests == 0


def test_there_is_room_for_a_hundred_rows_however_large_they_are(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_ROOM_BYTES", 1)
    store = new(logged=False)
    store.fill(100)
    store.rows.commit(1)
    assert len(store.rows.rows) == 100
    store.fill(100)
    assert store.requests == 0
    store.rows.put(b"more", "")
    assert store.requests == 1


def test_deleted_rows_count_by_their_keys_when_sizes_are_learnt(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_ROOM_BYTES", 110 * (5 + 200))
    store = new(logged=False)
    for number in range(100):
        store.rows.remove(b"%05d" % number)
    store.rows.commit(1)
    store.fill(110)
    assert store.requests == 0
    store.rows.put(b"more", "")
    assert store.requests == 1


def test_rows_read_have_room_beside_those_that_were_written(over: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there is room for, with those in memory when it was learnt."""
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 100)
    monkeypatch.setattr(write_buffer, "_ROOM_BYTES", 150 * 205)
    store = over(logged=False)
    store.fill(100)
    store.rows.commit(1)
    for number in range(150):
        store.rows.get(b"x%05d" % number)
    assert (len(store.rows.rows), store.let_go) == (250, 0)
    store.rows.get(b"one more")
    assert (len(store.rows.rows), store.let_go) == (0, 1)
    for number in range(150):
        store.rows.get(b"x%05d" % number)
    assert store.let_go == 1
    store.rows.get(b"one more")
    assert store.let_go == 2


def test_rows_deleted_on_disk_leave_the_memory_of_a_store_that_has_them_all(new: Any) -> None:
    store = new(logged=False)
    for key in (b"a", b"b", b"c", b"d"):
        store.rows.put(key, "")
    store.rows.remove(b"a")
    store.rows.remove(b"b")
    store.rows.remove(b"c")
    assert store.rows.approximate_size() == 4
    store.rows.commit(1)
    assert store.rows.rows == {b"d": ""}
    assert store.rows.approximate_size() == 1
    assert store.shown() == [(b"d", "")]


def test_a_range_that_was_read_before_a_row_was_deleted_is_in_order_afterwards(new: Any) -> None:
    store = new(logged=False)
    for key in (b"a", b"b"):
        store.rows.put(key, "")
    assert len(store.shown()) == 2
    store.rows.remove(b"a")
    store.rows.commit(1)
    store.rows.put(b"c", "")
    assert store.shown() == [(b"b", ""), (b"c", "")]


def test_a_deleted_row_that_was_changed_again_stays(new: Any) -> None:
    store = new()
    store.rows.commit(1)
    for key in (b"put again", b"deleted again", b"cached"):
        store.rows.remove(key)
    store.rows.commit(2)
    store.rows.put(b"put again", "1")
    store.rows.remove(b"deleted again")
    store.rows.unflushed = {b"cached": None}
    store.rows.restore([], [])
    assert store.rows.rows == {b"put again": "1", b"deleted again": None, b"cached": None}


def test_a_deleted_row_stays_in_memory_where_the_disk_is_asked_for_rows(over: Any) -> None:
    store = over(logged=False)
    store.rows.remove(b"a")
    store.rows.commit(1)
    assert store.rows.rows == {b"a": None}
    assert store.disk.asked == []
