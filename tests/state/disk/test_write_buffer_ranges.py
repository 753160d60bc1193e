"""What a range over rows in memory and on disk shows; what a store writes as code, and what it measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from kstream_cli.errors import StoreClosedError
from kstream_cli.source_code import bound_function
from kstream_cli.state.disk import write_buffer
from kstream_cli.state.disk.rocksdb import PROPERTIES


def pairs(keys: list[bytes], cells: list[Any]) -> Iterable[tuple[bytes, Any]]:
    return zip(keys, cells, strict=True)


def test_a_range_shows_memory_over_disk_in_order(over: Any) -> None:
    store = over()
    store.rows.put(b"b", "new")
    store.rows.put(b"bb", "more")
    store.rows.put(b"d", "last")
    store.rows.remove(b"c")
    expected = [(b"a", "1"), (b"b", "new"), (b"bb", "more"), (b"d", "last")]
    assert store.shown() == expected
    assert list(store.rows.range(None, None, pairs)) == expected
    assert store.shown(reverse=True) == expected[::-1]
    assert list(store.rows.range(None, None, pairs, reverse=True)) == expected[::-1]
    assert store.rows.keys(b"", None) == [b"a", b"b", b"bb", b"d"]
    assert store.rows.keys(b"", None, reverse=True) == [b"d", b"bb", b"b", b"a"]


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_range_has_both_its_ends_unless_the_last_is_left_out(new: Any, on_disk: bool) -> None:
    store = new({b"a": b"1", b"b": b"2", b"c": b"3", b"d": b"4"} if on_disk else None)
    if not on_disk:
        for key, value in ((b"a", "1"), (b"b", "2"), (b"c", "3"), (b"d", "4")):
            store.rows.put(key, value)
    two, three = [(b"b", "2")], [(b"b", "2"), (b"c", "3")]
    assert store.shown(b"b", b"c") == three
    assert store.shown(b"b", b"c", inclusive=False) == two
    assert list(store.rows.range(b"b", b"c", pairs)) == three
    assert list(store.rows.range(b"b", b"c", pairs, inclusive=False)) == two
    assert list(store.rows.ranges([(b"b", b"c")], pairs)) == three
    assert list(store.rows.ranges([(b"b", b"c")], pairs, inclusive=False)) == two
    assert list(store.rows.ranges([(b"b", b"c")], pairs, reverse=True)) == three[::-1]
    assert store.rows.keys(b"b", b"d") == [b"b", b"c"]
    assert store.rows.keys(b"b", b"d", reverse=True) == [b"c", b"b"]


def test_several_ranges_come_one_after_the_other(over: Any) -> None:
    store = over()
    assert [key for key, _ in store.rows.ranges([(b"c", None), (None, b"a")], pairs)] == [b"c", b"a"]


def test_an_iterator_shows_the_rows_as_they_were_when_it_was_opened(new: Any) -> None:
    store = new()
    store.rows.put(b"a", "1")
    rows = store.rows.range(None, None, pairs)
    store.rows.put(b"a", "2")
    store.rows.put(b"b", "2")
    assert list(rows) == [(b"a", "1")]


def test_a_closed_store_closes_its_iterators(over: Any) -> None:
    store = over()
    rows = store.rows.range(None, None, pairs)
    next(rows)
    store.rows.close()
    with pytest.raises(StoreClosedError, match="'store'"):
        next(rows)


def test_iterators_that_are_done_are_not_kept(over: Any) -> None:
    store = over()
    list(store.rows.range(None, None, pairs))
    store.rows.range(None, None, pairs).close()
    assert store.rows._open_iterators == set()
    kept = store.rows.range(None, None, pairs)
    assert store.rows._open_iterators == {kept}


def test_an_iterator_over_a_store_in_memory_names_the_store_once_it_is_closed(new: Any) -> None:
    store = new()
    store.rows.put(b"a", "1")
    rows = store.rows.range(None, None, pairs)
    rows.close()
    with pytest.raises(StoreClosedError, match="'store'"):
        next(rows)
    assert store.disk.scanned == []


@pytest.mark.parametrize("rows", [999, 1000])
def test_of_many_rows_in_memory_only_those_that_are_not_so_on_disk_are_laid_over(new: Any, rows: int) -> None:
    keys = [b"%05d" % number for number in range(rows)]
    store = new(dict.fromkeys(keys, b"disk"))
    store.rows.commit(1)
    for key in keys:
        store.rows.rows[key] = "memory"
    store.rows.put(keys[5], "committed")
    store.rows.commit(2)
    store.rows.put(keys[3], "changed")
    store.rows.rows[keys[7]] = "cached"
    store.rows.unflushed = {keys[7]: None}
    changed = {keys[5]: "committed", keys[3]: "changed", keys[7]: "cached"}
    clean = "memory" if rows < 1000 else "disk"
    assert dict(store.shown()) == {key: changed.get(key, clean) for key in keys}
    store.rows.is_flushing = True
    assert dict(store.shown()) == {key: changed.get(key, "memory") for key in keys}


def test_a_store_that_is_complete_in_memory_shows_many_rows_without_the_disk(new: Any) -> None:
    store = new(logged=False)
    store.fill(1000)
    store.rows.commit(1)
    assert len(store.shown()) == 1000
    assert store.disk.scanned == []


@pytest.fixture(params=[True, False], ids=["written", "called"])
def put(request: pytest.FixtureRequest) -> Callable[[Any], Callable[[bytes, Any, Any], None]]:
    """The function of a put, and of a removal where the cell is None: as code of the store's, or by its methods."""

    def of(store: Any) -> Callable[[bytes, Any, Any], None]:
        if request.param:
            return bound_function(
                "put", "key, cell, data", lambda bind: store.rows.written_put(bind, "key", "cell", "data")
            )
        return lambda key, cell, data: store.rows.remove(key) if cell is None else store.rows.put(key, cell, data)

    return of


def test_code_puts_and_removes_as_the_methods_do(new: Any, put: Any) -> None:
    store = new()
    change = put(store)
    change(b"a", "1", b"one")
    change(b"b", None, None)
    assert store.rows.rows == {b"a": "1", b"b": None}
    assert store.rows.dirty == {b"a": b"one", b"b": None}


def test_code_keeps_to_the_limit_in_bytes(new: Any, put: Any) -> None:
    store = new(limit=10)
    change = put(store)
    change(b"a", "1", b"")  # Each first row is looked at: a number of rows below the mask.
    change(b"b", "2", b"12345678")
    assert store.requests == 0
    change(b"c", "3", b"")
    assert store.requests == 1


def test_the_written_lines_name_what_they_use(new: Any) -> None:
    lines = new(limit=10).rows.written_put(lambda name, thing: name, "key", "cell", "data")
    assert lines.strip().splitlines() == [
        "dirty[key] = data",
        "rows[key] = cell",
        "if not len(dirty) & 1023 or wrote(key, dirty[key]):",
        "    check_room()",
    ]


def test_code_looks_at_the_number_of_rows_every_1024(new: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "_FIRST_ROOM_ROWS", 3)
    store = new()
    change = bound_function("put", "key, cell, data", lambda bind: store.rows.written_put(bind, "key", "cell", "data"))
    for number in range(1023):
        change(b"%05d" % number, "", b"")
    assert store.requests == 0
    change(b"more", "", b"")
    assert store.requests == 1


def test_a_store_tells_the_databases_numbers_and_its_uncommitted_bytes(over: Any) -> None:
    store = over()
    store.rows.put(b"ab", "cde")
    measures = store.rows.measures()
    assert set(measures) == {*PROPERTIES, "uncommitted-bytes"}
    assert all(measures[name]() == len(name) for name in PROPERTIES)
    assert measures["uncommitted-bytes"]() == 5


def test_the_size_is_that_of_memory_where_all_rows_are_there_and_else_a_guess(new: Any, over: Any) -> None:
    store = new()
    store.rows.put(b"x", "")
    assert store.rows.approximate_size() == 1
    store = over()
    store.rows.commit(1)
    store.rows.put(b"x", "")
    store.rows.commit(2)
    store.rows.put(b"y", "")
    assert store.rows.approximate_size() == 5
