from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kstream_cli.errors import StoreClosedError, TopologyError
from kstream_cli.serde.built_in import BytesSerde, LongSerde, StringSerde
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.builders import WindowStoreBuilder
from kstream_cli.state.thread_cache import ThreadCache

RETENTION = 300_000
COUNTS: WindowStoreBuilder[str, int] = WindowStoreBuilder(
    name="w", key=StringSerde(), value=LongSerde(), retention_ms=RETENTION, window_size_ms=100
)
ONE = (1).to_bytes(8, "big")


@pytest.fixture(params=["memory", "rocksdb", "time_first"])
def builder(request: pytest.FixtureRequest) -> WindowStoreBuilder[str, int]:
    return replace(COUNTS, persistent=request.param != "memory", time_first=request.param == "time_first")


@pytest.fixture
def store(builder: Any, context: Any) -> Iterator[Any]:
    store = builder.build()
    store.open(context)
    yield store
    store.close()


def fill(store: Any, *, commit: bool) -> None:
    for number, (key, start) in enumerate([("b", 100), ("a", 0), ("ab", 100), ("a", 200_000), ("a", 100), ("c", 300)]):
        store.put(key, number, start)
        if commit:
            store.commit(number)


def test_a_window_is_found_by_key_and_start(store: Any) -> None:
    store.put("a", 1, 100)
    assert (store.fetch("a", 100), store.fetch("a", 101), store.fetch("b", 100)) == (1, None, None)


def test_putting_none_deletes_the_window(store: Any) -> None:
    store.put("a", 1, 100)
    store.put("a", None, 100)
    assert store.fetch("a", 100) is None
    assert list(store.all()) == []


@pytest.mark.parametrize("commit", [False, True])
def test_the_windows_of_a_key_come_in_order_of_start(store: Any, commit: bool) -> None:
    fill(store, commit=commit)
    assert list(store.fetch_range("a", 0, 200_000)) == [(0, 1), (100, 4), (200_000, 3)]
    assert list(store.fetch_range("a", 1, 100)) == [(100, 4)]
    assert list(store.fetch_range("a", -50, 10)) == [(0, 1)]
    assert list(store.backward_fetch_range("a", 0, 2**63 - 1)) == [(200_000, 3), (100, 4), (0, 1)]
    assert list(store.fetch_range("a", 50, 60)) == []


@pytest.mark.parametrize("commit", [False, True])
def test_all_windows_come_by_segment_and_key_on_disk_and_by_time_elsewhere(
    store: Any, builder: Any, commit: bool
) -> None:
    fill(store, commit=commit)
    rows = [(key.key, key.start) for key, _ in store.all()]
    by_key = [("a", 0), ("a", 100), ("ab", 100), ("b", 100), ("c", 300), ("a", 200_000)]
    by_time = [("a", 0), ("a", 100), ("ab", 100), ("b", 100), ("c", 300), ("a", 200_000)]
    assert rows == (by_key if builder.persistent and not builder.time_first else by_time)
    assert [(key.key, key.start) for key, _ in store.backward_all()] == rows[::-1]
    assert [(key.key, key.start) for key, _ in store.fetch_all(100, 200)] == [("a", 100), ("ab", 100), ("b", 100)]
    assert next(store.fetch_all(100, 200)) == (Windowed("a", 100, 200), 4)
    assert [key.key for key, _ in store.fetch_keys("ab", "b", 0, 1000)] == ["ab", "b"]
    assert sorted(key.key for key, _ in store.fetch_keys(None, "a", 0, 2**63 - 1)) == ["a", "a", "a"]


def test_time_goes_before_the_key_in_a_scan_over_all_keys(context: Any) -> None:
    for builder in (replace(COUNTS, persistent=False), replace(COUNTS, name="t", time_first=True)):
        store: Any = builder.build()
        store.open(context)
        store.put("a", 1, 200)
        store.put("b", 2, 100)
        store.commit(1)
        store.put("c", 3, 150)
        assert [key.key for key, _ in store.fetch_all(0, 1000)] == ["b", "c", "a"]
        store.close()


def test_rows_at_or_below_the_retention_are_invisible(store: Any, builder: Any) -> None:
    store.put("a", 1, 0)
    store.put("a", 2, 1)
    store.put("a", 3, 2)
    store.put("b", 1, RETENTION + 1)
    # A time-first store on disk reaches one millisecond further back, as in Java.
    visible = [(1, 2), (2, 3)] if builder.time_first else [(2, 3)]
    assert list(store.fetch_range("a", 0, 10)) == visible
    assert store.fetch("a", 0) is None
    assert (store.fetch("a", 1) is not None) == builder.time_first
    assert [key.start for key, _ in store.all() if key.key == "a"] == [start for start, _ in visible]


def test_a_put_past_the_retention_is_dropped_and_logged_all_the_same(store: Any, context: Any) -> None:
    store.put("a", 1, 10 * RETENTION)
    rows = len(store._table.select(None, None, zip))
    store.put("a", 1, 5)
    assert len(store._table.select(None, None, zip)) == rows
    assert context.drops == ["the window is past the retention of its store"]
    assert [record[0] for record in context.logged["w"]] == [
        b"a" + (10 * RETENTION).to_bytes(8, "big") + bytes(4),
        b"a" + (5).to_bytes(8, "big") + bytes(4),
    ]
    assert [key.start for key, _ in store.all()] == [10 * RETENTION]


def test_what_is_within_the_retention_stays_whatever_else_is_dropped(store: Any) -> None:
    start = 10 * RETENTION + 50
    for number, window_start in enumerate((start - RETENTION, start, start + RETENTION - 1)):
        store.put("a", number, window_start)
        store.commit(number)
    assert store.fetch("a", start) == 1


def test_a_restore_of_old_windows_does_not_take_the_time_back(store: Any, context: Any) -> None:
    store.put("a", 1, 10 * RETENTION)
    store.restore([(b"a" + (5).to_bytes(8, "big") + bytes(4), ONE, 3)])
    assert [key.start for key, _ in store.all()] == [10 * RETENTION]
    store.put("a", 1, 6)
    assert context.drops == ["the window is past the retention of its store"]


def test_expired_segments_leave_the_disk(context: Any) -> None:
    store: Any = COUNTS.build()
    store.open(context)
    for number in range(20):
        store.put("a", number, number * RETENTION)
        store.commit(number)
    store.close()
    store.open(context)
    assert [key.start for key, _ in store.all()] == [19 * RETENTION]
    assert sum(len(keys) for keys, _ in store._table._disk.chunks()) <= 3
    store.close()


def test_a_reopened_store_shows_the_last_commit_and_knows_its_time(context: Any) -> None:
    for time_first in (False, True):
        builder = replace(COUNTS, name=f"w{time_first}", timestamped=True, time_first=time_first)
        store: Any = builder.build()
        store.open(context)
        store.put("a", (1, 7), 0)
        store.put("a", (2, 8), RETENTION + 5)
        store.commit(3)
        store.put("b", (1, 9), RETENTION + 5)
        store.put("a", None, RETENTION + 5)
        store.close()
        store = builder.build()
        store.open(context)
        assert [(key.key, key.start, value) for key, value in store.all()] == [("a", RETENTION + 5, (2, 8))]
        assert store.committed_offset == 3
        store.close()


@pytest.mark.parametrize("persistent", [False, True])
def test_duplicates_are_kept_in_order_and_numbered(context: Any, persistent: bool) -> None:
    builder = replace(COUNTS, retain_duplicates=True, persistent=persistent, caching=True)
    context.cache = ThreadCache(10_000)
    store: Any = builder.build()
    store.open(context)
    context.timestamp = 5
    store.put("a", 1, 5)
    store.put("a", 1, 5)
    store.commit(2)
    store.put("a", None, 5)
    store.put("a", 3, 4)
    assert not store.cached
    assert list(store.fetch_range("a", 0, 10)) == [(4, 3), (5, 1), (5, 1)]
    assert [record[0][-4:] + (record[1] or b"") for record in context.logged["w"]] == [
        b"\x00\x00\x00\x01" + ONE,
        b"\x00\x00\x00\x02" + ONE,
        b"\x00\x00\x00\x03",
        b"\x00\x00\x00\x04" + (3).to_bytes(8, "big"),
    ]
    store.close()


def test_numbers_of_duplicates_go_on_after_a_restart(context: Any) -> None:
    builder = replace(COUNTS, retain_duplicates=True)
    store: Any = builder.build()
    store.open(context)
    store.put("a", 1, 5)
    store.commit(1)
    store.close()
    store.open(context)
    store.put("a", 2, 5)
    assert list(store.fetch_range("a", 5, 5)) == [(5, 1), (5, 2)]
    store.close()


@pytest.mark.parametrize("persistent", [False, True])
def test_numbers_of_duplicates_go_on_after_a_restore(context: Any, persistent: bool) -> None:
    store: Any = replace(COUNTS, retain_duplicates=True, persistent=persistent).build()
    store.open(context)
    store.restore([(b"a" + (5).to_bytes(8, "big") + bytes([0, 0, 0, number]), ONE, 3) for number in (1, 2)])
    store.put("a", 2, 5)
    assert list(store.fetch_range("a", 5, 5)) == [(5, 1), (5, 1), (5, 2)]
    store.close()


def test_restored_windows_are_seen_and_set_the_time(store: Any, context: Any) -> None:
    tail = bytes(4)
    store.restore(
        [
            (b"a" + (0).to_bytes(8, "big") + tail, ONE, 3),
            (b"a" + (RETENTION + 50).to_bytes(8, "big") + tail, ONE, 3),
            (b"b" + (RETENTION + 40).to_bytes(8, "big") + tail, ONE, 3),
            (b"b" + (RETENTION + 40).to_bytes(8, "big") + tail, None, 3),
        ]
    )
    store.commit(4)
    assert [(key.key, key.start) for key, _ in store.all()] == [("a", RETENTION + 50)]
    assert store.committed_offset == 4
    assert context.logged["w"] == []


@pytest.mark.parametrize("commit", [False, True])
def test_a_key_is_not_taken_for_another_that_begins_with_it(builder: Any, context: Any, commit: bool) -> None:
    store = replace(builder, key=BytesSerde()).build()
    store.open(context)
    keys = [b"", b"\x00", b"\x00" * 8, b"\x00" * 9, b"\x00" * 12, b"\x7f", b"\xff" * 20]
    for number, key in enumerate(keys):
        store.put(key, number, 10)
        if commit:
            store.commit(number)
    for is_reopened in (False, True) if commit and builder.persistent else (False,):
        if is_reopened:  # Then its rows are on disk only.
            store.close()
            store.open(context)
        for number, key in enumerate(keys):
            assert list(store.fetch_range(key, 0, 100)) == [(10, number)]
            found = [window.key for window, _ in store.fetch_keys(keys[0], key, 0, 100)]
            assert sorted(found) == sorted(keys[: number + 1])
    store.close()


def test_a_null_key_is_refused_by_name_of_the_store(store: Any) -> None:
    for use in (
        lambda: store.put(None, 1, 1),
        lambda: store.fetch(None, 1),
        lambda: store.fetch_range(None, 0, 1),
    ):
        with pytest.raises(TypeError, match="'w'"):
            use()


def test_a_closed_store_and_its_iterators_refuse_every_use(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    fill(store, commit=True)
    rows = store.fetch_range("a", 0, 1000)
    rows.close()
    store.close()
    for use in (lambda: next(rows), lambda: store.fetch("a", 1), lambda: store.put("a", 1, 1), store.all):
        with pytest.raises(StoreClosedError):
            use()


def test_the_changelog_is_kept_for_the_retention_and_a_day(context: Any) -> None:
    assert COUNTS.changelog_defaults(context.config) == {
        "cleanup.policy": "compact,delete",
        "retention.ms": str(RETENTION + 86_400_000),
    }
    assert replace(COUNTS, retention_ms=2**63 - 1).changelog_defaults(context.config)["retention.ms"] == str(2**63 - 1)


def test_a_retention_shorter_than_the_window_is_refused() -> None:
    with pytest.raises(TopologyError, match=r"'w': its retention .99 ms. must be at least the window size"):
        replace(COUNTS, retention_ms=99)


def test_in_memory_a_window_as_old_as_the_retention_is_dropped_and_a_younger_one_is_not(context: Any) -> None:
    store: Any = replace(COUNTS, persistent=False).build()
    store.open(context)
    store.put("a", 1, RETENTION + 5)
    store.put("a", 2, 5)
    store.put("a", 3, 6)
    assert len(context.drops) == 1
    assert [key.start for key, _ in store.all()] == [6, RETENTION + 5]
    store.close()


def test_windows_that_have_left_memory_are_found_on_the_disk(context: Any) -> None:
    store: Any = COUNTS.build()
    store.open(context)
    store._table._room = 20
    for number in range(90):
        store.put("a", number, 10 * number)
    store.commit(1)
    assert 0 < len(store._table.rows) < 20
    assert list(store.fetch_range("a", 0, 1_000)) == [(10 * number, number) for number in range(90)]
    assert [store.fetch("a", 10 * number) for number in range(90)] == list(range(90))
    store.close()
