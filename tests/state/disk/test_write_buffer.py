"""Rows over a database: what is in memory, and what is written when and with which offset."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from kstream_cli.errors import StoreError
from kstream_cli.state.disk import restored_rows, write_buffer


def test_what_a_new_store_does_not_have_nobody_has(new: Any) -> None:
    store = new()
    assert store.rows.get(b"a") is None
    assert store.rows.load(b"a") is None
    assert store.rows.committed(b"a") is None
    assert (store.disk.asked, store.rows.loads) == ([], 0)


def test_a_row_that_is_not_in_memory_is_read_once(over: Any) -> None:
    store = over()
    assert [store.rows.get(b"a"), store.rows.get(b"a")] == ["1", "1"]
    assert (store.disk.asked, store.rows.loads) == ([("get", b"a")], 1)


def test_that_a_row_is_absent_is_kept_too(over: Any) -> None:
    store = over()
    assert [store.rows.get(b"x"), store.rows.get(b"x"), store.rows.get(b"y")] == [None, None, None]
    assert (store.disk.asked, store.rows.loads) == ([("get", b"x"), ("get", b"y")], 2)


def test_what_was_put_counts_and_not_what_is_on_disk(over: Any) -> None:
    store = over()
    store.rows.put(b"a", "new")
    store.rows.remove(b"b")
    assert (store.rows.get(b"a"), store.rows.get(b"b")) == ("new", None)
    assert store.disk.asked == []


def test_the_committed_row_is_that_on_disk(over: Any) -> None:
    store = over()
    store.rows.put(b"a", "new")
    assert store.rows.committed(b"a") == "1"
    assert store.rows.committed(b"x") is None
    assert store.rows.get(b"a") == "new"


def test_another_thread_reads_past_memory_and_keeps_nothing_there(over: Any) -> None:
    store = over()
    store.rows.commit(None)  # Who commits is the owner.
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.append(store.rows.get(b"a")))
    reader.start()
    reader.join()
    assert found == ["1"]
    assert (store.disk.asked, store.rows.loads) == ([("stored", b"a")], 1)
    assert store.rows.rows == {}


def test_a_store_goes_on_with_the_offset_and_the_notes_on_disk(over: Any) -> None:
    rows = over(offset=7).rows
    assert (rows.committed_offset, rows.notes) == (7, {b"note": b"0"})
    assert (rows.unflushed, rows.is_flushing, rows.loads) == ({}, False, 0)
    assert rows.recent_from == 2**63 - 1
    assert rows.let_go is not None


def test_nobody_need_listen_when_rows_leave_memory(new: Any) -> None:
    store = new()
    store.open(listens=False).restore([b"a"], [b"x"])
    assert store.let_go == 0


def test_a_database_that_cannot_be_read_is_closed_again(new: Any) -> None:
    store = new()

    def notes() -> Any:
        raise StoreError("damaged")

    store.disk.notes = notes
    with pytest.raises(StoreError, match="damaged"):
        store.open()
    assert store.disk.is_closed


# Writing


def test_uncommitted_rows_are_in_memory_only(new: Any) -> None:
    store = new()
    store.rows.put(b"a", "1")
    store.rows.put(b"b", "2", b"given")
    store.rows.remove(b"c")
    assert store.rows.rows == {b"a": "1", b"b": "2", b"c": None}
    assert store.rows.dirty == {b"a": b"1", b"b": b"given", b"c": None}
    assert store.written == []


def test_a_commit_writes_rows_with_offset_and_notes_in_one_batch(new: Any) -> None:
    store = new()
    store.rows.put(b"b", "2")
    store.rows.put(b"a", "1")
    store.rows.remove(b"c")
    store.rows.notes[b"note"] = b"1"
    store.rows.commit(5)
    assert store.disk.written == [({b"a": b"1", b"b": b"2", b"c": None}, 5, {b"note": b"1"}, None)]
    assert (store.rows.committed_offset, store.rows.dirty) == (5, {})
    assert store.rows.get(b"a") == "1"


def test_a_commit_without_an_offset_keeps_the_one_before(new: Any) -> None:
    store = new(offset=3, logged=False)
    store.rows.put(b"a", "1")
    store.rows.commit(None)
    assert store.written == [({b"a": b"1"}, 3)]
    store.rows.commit(0)
    assert (store.rows.committed_offset, store.written[-1]) == (0, ({}, 0))


def test_a_commit_of_nothing_writes_nothing(new: Any) -> None:
    store = new(offset=3, logged=False)
    store.rows.commit(None)
    store.rows.commit(3)
    assert store.written == []


def test_an_offset_that_moved_without_rows_is_written(new: Any) -> None:
    store = new(offset=3, logged=False)
    store.rows.commit(4)
    store.rows.commit(4)
    assert store.written == [({}, 4)]


def test_commits_of_a_logged_store_are_written_once_a_second_with_the_last_offset(new: Any, clock: Any) -> None:
    store = new()
    store.rows.put(b"a", "1")
    store.rows.commit(1)
    for offset, seconds in ((2, 0.5), (3, 0.25), (4, 0.2)):
        clock.now += seconds
        store.rows.put(b"a", str(offset))
        store.rows.put(b"%d" % offset, "")
        store.rows.commit(offset)
    assert store.written == [({b"a": b"1"}, 1)]
    assert store.rows.committed_offset == 4
    clock.now += 0.05
    store.rows.commit(5)
    assert store.written[1:] == [({b"2": b"", b"3": b"", b"4": b"", b"a": b"4"}, 5)]
    clock.now += 0.99
    store.rows.commit(6)
    assert len(store.written) == 2


def test_commits_of_a_store_without_changelog_are_each_written_at_once(new: Any) -> None:
    store = new(logged=False)
    for text in "123":
        store.rows.put(b"a", text)
        store.rows.commit(None)
    assert store.written == [({b"a": b"1"}, None), ({b"a": b"2"}, None), ({b"a": b"3"}, None)]


def test_a_closed_store_has_all_that_was_committed_on_disk_and_nothing_else(new: Any) -> None:
    store = new()
    store.rows.commit(1)
    store.rows.put(b"a", "1")
    store.rows.notes[b"note"] = b"1"
    store.rows.commit(2)
    store.rows.put(b"a", "not committed")
    store.rows.put(b"b", "not committed")
    store.rows.notes[b"note"] = b"not committed"
    store.rows.close()
    assert store.disk.written[1:] == [({b"a": b"1"}, 2, {b"note": b"1"}, None)]
    assert store.disk.is_closed
    assert (store.rows.rows, store.rows.dirty) == ({}, {})


def test_a_full_disk_does_not_keep_a_store_from_being_closed(new: Any) -> None:
    store = new()
    store.rows.commit(1)
    store.rows.put(b"a", "1")
    store.rows.commit(2)
    store.disk.is_full = True
    store.rows.close()
    assert store.disk.is_closed
    assert store.rows.approximate_size() == 0


def test_what_a_full_disk_did_not_take_is_written_later(new: Any) -> None:
    store = new(logged=False)
    store.rows.put(b"a", "1")
    store.disk.is_full = True
    with pytest.raises(StoreError, match="full"):
        store.rows.commit(2)
    store.disk.is_full = False
    store.rows.put(b"b", "2")
    store.rows.commit(3)
    assert store.written == [({b"a": b"1", b"b": b"2"}, 3)]


def test_more_committed_rows_than_there_is_room_for_are_written_before_the_second_is_over(
    new: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 3)
    store = new()
    store.rows.commit(1)
    store.fill(3)
    store.rows.commit(2)
    assert len(store.written) == 1
    store.rows.put(b"more", "")
    store.rows.commit(3)
    assert [len(rows) for rows, _ in store.written] == [0, 4]


def test_rows_below_a_bound_are_dropped_in_memory_at_once_and_on_disk_with_the_next_batch(over: Any) -> None:
    store = over(logged=False)
    store.rows.get(b"a")
    store.rows.put(b"aa", "new")
    store.rows.put(b"b", "new")
    store.rows.drop_below(b"b")
    assert store.rows.rows == {b"b": "new"}
    assert store.rows.dirty == {b"b": b"new"}
    store.rows.commit(1)
    assert store.disk.written == [({b"b": b"new"}, 1, {b"note": b"0"}, b"b")]
    store.rows.commit(2)
    assert store.disk.written[1:] == [({}, 2, {b"note": b"0"}, None)]


def test_rows_that_are_dropped_before_they_were_written_never_are(new: Any) -> None:
    store = new()
    store.rows.commit(1)
    store.rows.put(b"a", "1")
    store.rows.put(b"b", "2")
    store.rows.commit(2)
    store.rows.drop_below(b"b")
    store.rows.close()
    assert store.disk.written[1:] == [({b"b": b"2"}, 2, {b"note": b"0"}, b"b")]


def test_dropped_rows_are_dropped_on_disk_even_where_nothing_else_was_changed(over: Any) -> None:
    store = over(offset=1, logged=False)
    store.rows.drop_below(b"b")
    store.rows.commit(1)
    assert sorted(store.disk.rows) == [b"b", b"c"]


def test_dropped_rows_are_not_in_ranges(new: Any) -> None:
    store = new()
    store.rows.put(b"a", "1")
    store.rows.put(b"b", "2")
    assert len(store.shown()) == 2
    store.rows.drop_below(b"b")
    assert store.shown() == [(b"b", "2")]
    store.rows.put(b"a", "3")
    assert store.shown() == [(b"a", "3"), (b"b", "2")]


def test_marked_rows_are_committed_as_the_bytes_given(new: Any) -> None:
    store = new()
    store.rows.rows[b"a"] = "1"
    store.rows.mark({b"a": b"one", b"b": None})
    store.rows.commit(1)
    assert store.written == [({b"a": b"one", b"b": None}, 1)]


def test_restored_rows_wait_five_seconds_for_later_ones_of_the_same_keys(over: Any, clock: Any) -> None:
    store = over(offset=10)
    store.rows.restore([b"a", b"d"], [b"x", b"4"])
    clock.now += 4.9
    store.rows.restore([b"a"], [b"y"])
    store.rows.commit(13)
    assert store.written == []
    clock.now += 0.1
    store.rows.commit(14)
    assert store.written[0] == ({b"a": b"y", b"d": b"4"}, 14)
    assert store.disk.offset == 14


def test_restored_rows_of_a_store_without_changelog_are_written_with_the_next_commit(over: Any) -> None:
    store = over(logged=False)
    store.rows.restore([b"a"], [b"x"])
    assert store.written == []
    store.rows.commit(1)
    assert store.written[0] == ({b"a": b"x"}, 1)


def test_restored_rows_are_written_before_one_is_read_with_the_offset_of_the_last_commit(over: Any) -> None:
    store = over(offset=10)
    store.rows.restore([b"a", b"b"], [b"x", None])
    assert (store.rows.get(b"a"), store.rows.get(b"b"), store.rows.get(b"c")) == ("x", None, "3")
    assert store.disk.written == [({b"a": b"x", b"b": None}, 10, {b"note": b"0"}, None)]


def test_restored_rows_are_written_before_a_range_is_read(over: Any) -> None:
    store = over(offset=10)
    store.rows.restore([b"b"], [b"x"])
    assert store.shown() == [(b"a", "1"), (b"b", "x"), (b"c", "3")]
    assert store.written == [({b"b": b"x"}, 10)]


def test_a_restored_row_replaces_one_that_was_read_before(over: Any) -> None:
    store = over()
    assert store.rows.get(b"a") == "1"
    store.rows.restore([b"a"], [b"x"])
    assert store.let_go == 1
    assert store.rows.get(b"a") == "x"


def test_restored_rows_make_a_new_store_ask_the_disk(new: Any) -> None:
    store = new()
    store.rows.restore([b"a"], [b"x"])
    assert store.rows.get(b"a") == "x"


def test_what_was_put_and_not_committed_stays_when_rows_are_restored(new: Any) -> None:
    store = new()
    store.rows.put(b"a", "mine")
    store.rows.restore([b"a", b"b"], [b"x", b"y"])
    assert (store.rows.get(b"a"), store.rows.get(b"b")) == ("mine", "y")


def test_what_was_committed_is_written_before_rows_are_restored_over_it(new: Any) -> None:
    store = new()
    store.rows.commit(1)
    store.rows.put(b"a", "older")
    store.rows.commit(2)
    store.rows.restore([b"a"], [b"newer"])
    assert store.written[1:] == [({b"a": b"older"}, 2)]
    assert store.rows.get(b"a") == "newer"


def test_many_restored_rows_are_not_waited_for(over: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = over(offset=10)
    monkeypatch.setattr(restored_rows.RestoredRows, "is_full", property(lambda rows: True))
    store.rows.restore([b"a"], [b"x"])
    assert store.written == [({b"a": b"x"}, 10)]


def test_rows_that_are_put_while_others_are_restored_are_written_within_a_second(over: Any, clock: Any) -> None:
    store = over()
    store.rows.restore([b"a"], [b"x"])
    store.rows.put(b"b", "mine")
    clock.now += 1
    store.rows.commit(1)
    assert store.written == [({b"a": b"x"}, 1), ({b"b": b"mine"}, 1)]


def test_a_store_that_is_closed_in_the_middle_of_a_restore_keeps_what_it_has(over: Any) -> None:
    store = over(offset=10)
    store.rows.restore([b"a"], [b"x"])
    store.rows.close()
    assert store.written == [({b"a": b"x"}, 10)]


def test_the_five_seconds_begin_with_the_first_row_after_a_write(over: Any, clock: Any) -> None:
    store = over()
    store.rows.restore([b"a"], [b"x"])
    clock.now += 5
    store.rows.commit(1)
    clock.now += 100
    store.rows.restore([b"a"], [b"y"])
    store.rows.commit(2)
    assert store.written == [({b"a": b"x"}, 1)]
    clock.now += 5
    store.rows.commit(3)
    assert store.written[1:] == [({b"a": b"y"}, 3)]


def test_the_second_begins_with_the_write_of_restored_rows(over: Any, clock: Any) -> None:
    store = over()
    store.rows.restore([b"a"], [b"x"])
    assert store.rows.get(b"a") == "x"
    store.rows.put(b"b", "y")
    clock.now += 0.9
    store.rows.commit(8)
    assert len(store.written) == 1
    clock.now += 0.1
    store.rows.commit(9)
    assert store.written[1:] == [({b"b": b"y"}, 9)]
