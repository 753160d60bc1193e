from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kstream_cli.errors import SerializationError, StoreClosedError, TopologyError
from kstream_cli.serde.built_in import BytesSerde, LongSerde, StringSerde
from kstream_cli.serde.json import JsonSerde
from kstream_cli.state.builders import KeyValueStoreBuilder
from kstream_cli.state.thread_cache import ThreadCache

COUNTS: KeyValueStoreBuilder[str, int] = KeyValueStoreBuilder(name="counts", key=StringSerde(), value=LongSerde())
ONE, TWO = (1).to_bytes(8, "big"), (2).to_bytes(8, "big")


@pytest.fixture(params=["memory", "rocksdb"])
def builder(request: pytest.FixtureRequest) -> KeyValueStoreBuilder[str, int]:
    return replace(COUNTS, persistent=request.param == "rocksdb")


@pytest.fixture
def store(builder: Any, context: Any) -> Iterator[Any]:
    store = builder.build()
    store.open(context)
    yield store
    store.close()


def test_what_was_put_is_got(store: Any) -> None:
    store.put("a", 1)
    store.put("a", 2)
    assert (store.get("a"), store.get("b")) == (2, None)


def test_putting_none_deletes(store: Any) -> None:
    store.put("a", 1)
    store.put("a", None)
    assert store.get("a") is None
    assert list(store.all()) == []


def test_put_if_absent_keeps_and_returns_the_present_value(store: Any) -> None:
    assert store.put_if_absent("a", 1) is None
    assert store.put_if_absent("a", 2) == 1
    assert store.get("a") == 1


def test_delete_returns_what_was_there(store: Any) -> None:
    store.put_all([("a", 1), ("b", 2)])
    assert (store.delete("a"), store.delete("a")) == (1, None)
    assert list(store.all()) == [("b", 2)]


@pytest.mark.parametrize("committed", [0, 2, 5])
def test_ranges_are_inclusive_and_ordered_whatever_is_committed(store: Any, committed: int) -> None:
    rows = [("b", 2), ("a", 1), ("é", 5), ("c", 3), ("bb", 4)]
    for number, (key, value) in enumerate(rows):
        store.put(key, value)
        if number == committed:
            store.commit(number)
    assert list(store.all()) == [("a", 1), ("b", 2), ("bb", 4), ("c", 3), ("é", 5)]
    assert list(store.reverse_all()) == [("é", 5), ("c", 3), ("bb", 4), ("b", 2), ("a", 1)]
    assert list(store.range("b", "c")) == [("b", 2), ("bb", 4), ("c", 3)]
    assert list(store.reverse_range(None, "bb")) == [("bb", 4), ("b", 2), ("a", 1)]
    assert list(store.range("c", "b")) == []
    assert list(store.prefix_scan("b")) == [("b", 2), ("bb", 4)]


def test_an_iterator_shows_the_store_as_it_was_made(store: Any) -> None:
    store.put_all([("a", 1), ("b", 2), ("c", 3)])
    store.commit(3)
    with store.all() as rows:
        for key, _ in rows:
            store.delete(key)
            store.put(key + "x", 0)
    assert [key for key, _ in store.all()] == ["ax", "bx", "cx"]


def test_a_closed_iterator_refuses_to_go_on(store: Any) -> None:
    store.put_all([("a", 1), ("b", 2)])
    rows = store.all()
    assert next(rows) == ("a", 1)
    rows.close()
    with pytest.raises(StoreClosedError, match="counts"):
        next(rows)


def test_a_null_key_is_refused_by_name_of_the_store(store: Any) -> None:
    with pytest.raises(TypeError, match="'counts'"):
        store.get(None)
    with pytest.raises(TypeError, match="'counts'"):
        store.put(None, 1)


def test_a_closed_store_refuses_every_use(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    store.close()
    store.close()
    for use in (lambda: store.get("a"), lambda: store.put("a", 1), store.all, lambda: store.commit(1)):
        with pytest.raises(StoreClosedError, match="counts"):
            use()


def test_a_value_the_serde_cannot_write_is_refused_when_it_is_put(store: Any) -> None:
    with pytest.raises(SerializationError, match="store 'counts' cannot write 'one'"):
        store.put("a", "one")
    assert store.get("a") is None


def test_a_missing_serde_is_named_with_the_remedy(context: Any) -> None:
    with pytest.raises(TopologyError, match="'plain' has no value serde: pass value="):
        KeyValueStoreBuilder(name="plain", key=StringSerde()).build().open(context)


def test_every_change_is_logged_with_the_records_timestamp(store: Any, context: Any) -> None:
    context.timestamp = 7
    store.put("a", 1)
    context.timestamp = 8
    store.delete("b")
    assert context.logged["counts"] == [(b"a", ONE, 7, ()), (b"b", None, 8, ())]


def test_a_timestamped_change_is_logged_with_its_own_timestamp(builder: Any, context: Any) -> None:
    store = replace(builder, timestamped=True).build()
    store.open(context)
    context.timestamp = 9
    store.put("a", (1, 5))
    store.put("a", None)
    assert context.logged["counts"] == [(b"a", ONE, 5, ()), (b"a", None, 9, ())]
    store.close()


def test_without_logging_nothing_is_logged(builder: Any, context: Any) -> None:
    store = replace(builder, logging=False).build()
    store.open(context)
    store.put("a", 1)
    assert context.logged == {}
    store.close()


@pytest.mark.parametrize("caching", [False, True])
def test_changing_an_object_in_place_does_not_change_the_store(builder: Any, context: Any, caching: bool) -> None:
    context.cache = ThreadCache(10_000 if caching else 0)
    store = replace(builder, value=JsonSerde(list), timestamped=True, caching=caching).build()
    store.open(context)
    value = [1]
    store.put("a", (value, 1))
    value.append(2)
    store.get("a")[0].append(3)
    assert store.get("a") == ([1], 1)
    store.close()


def test_restored_records_are_there_after_the_commit(store: Any, context: Any) -> None:
    store.restore([(b"a", ONE, 1), (b"b", ONE, 2), (b"a", TWO, 3), (b"b", None, 4)])
    store.commit(4)
    assert list(store.all()) == [("a", 2)]
    assert store.committed_offset == 4
    assert context.logged["counts"] == []


def test_a_reopened_store_shows_exactly_the_last_commit(context: Any) -> None:
    store: Any = replace(COUNTS, timestamped=True).build()
    store.open(context)
    assert store.committed_offset is None
    store.put("a", (1, 10))
    store.put("gone", (1, 10))
    store.commit(5)
    store.put("a", (2, 20))
    store.delete("gone")
    store.put("b", (1, 20))
    store.close()
    store = replace(COUNTS, timestamped=True).build()
    store.open(context)
    assert list(store.all()) == [("a", (1, 10)), ("gone", (1, 10))]
    assert store.committed_offset == 5
    store.commit(None)
    assert store.committed_offset == 5
    store.close()


def test_a_full_write_buffer_asks_for_a_commit_and_holds_back(context: Any) -> None:
    store: Any = COUNTS.build()
    store.open(context)
    for number in range(30_000):
        store.put(str(number), number)
    assert context.commits_requested == 1
    store.close()
    store.open(context)
    assert store.get("1") is None
    store.close()


def test_rows_that_left_memory_are_read_from_the_disk(context: Any) -> None:
    store: Any = COUNTS.build()
    store.open(context)
    for number in range(70_000):
        store.put(str(number), number)
        if number % 20_000 == 0:
            store.commit(number)
    store.put("5", None)
    assert [store.get(str(number)) for number in (0, 5, 30_000, 69_999, 70_000)] == [0, None, 30_000, 69_999, None]
    assert sum(1 for _ in store.all()) == 69_999
    store.close()


def test_the_config_setter_is_given_the_options_of_each_store(context: Any) -> None:
    seen = []
    config = replace(context.config, rocksdb_config_setter=lambda store, options, config: seen.append(store))
    context.config = config
    store: Any = COUNTS.build()
    store.open(context)
    store.close()
    assert seen == ["counts"]


def test_keys_are_ordered_by_their_unsigned_bytes(builder: Any, context: Any) -> None:
    store = replace(builder, key=BytesSerde()).build()
    store.open(context)
    for key in (b"\xff", b"\x00", b"\x80", b"", b"\x7f\xff"):
        store.put(key, 1)
        store.commit(1)
    assert [key for key, _ in store.all()] == [b"", b"\x00", b"\x7f\xff", b"\x80", b"\xff"]
    assert [key for key, _ in store.prefix_scan(b"\xff")] == [b"\xff"]
    store.close()


def test_commits_shortly_after_one_another_are_written_together_and_at_the_close(context: Any, tmp_path: Path) -> None:
    store: Any = COUNTS.build()
    store.open(context)
    store.put("a", 1)
    store.commit(1)
    store.put("a", 2)
    store.commit(2)
    assert (store.committed_offset, rows_after_a_crash(context, tmp_path)) == (2, (1, [("a", 1)]))
    store.put("a", 3)
    store.close()
    assert rows_after_a_crash(context, tmp_path) == (2, [("a", 2)])


def test_without_a_changelog_every_commit_is_on_the_disk_at_once(context: Any, tmp_path: Path) -> None:
    store: Any = replace(COUNTS, logging=False).build()
    store.open(context)
    for number in (1, 2):
        store.put("a", number)
        store.commit(None)
    assert rows_after_a_crash(context, tmp_path) == (None, [("a", 2)])
    store.close()


def test_a_changelog_is_restored_in_many_batches_with_the_offset_never_ahead(context: Any, tmp_path: Path) -> None:
    store: Any = COUNTS.build()
    store.open(context)
    for batch in range(5):
        store.restore([(b"%d" % (number % 7), ONE, 0) for number in range(1_000)] + [(b"last", bytes([batch] * 8), 0)])
        store.commit(batch)
        offset, rows = rows_after_a_crash(context, tmp_path)
        assert offset is None or (offset <= batch and len(rows) == 8)
    assert store.get("last") == int.from_bytes(bytes([4] * 8), "big")
    store.close()
    assert rows_after_a_crash(context, tmp_path)[0] == 4


def rows_after_a_crash(context: Any, tmp_path: Path) -> tuple[int | None, list[Any]]:
    """What a store opened on a copy of the disk, as it is now, shows."""
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    shutil.copytree(context.directory, tmp_path / "copy")
    store: Any = COUNTS.build()
    store.open(replace(context, directory=tmp_path / "copy"))
    shown = store.committed_offset, list(store.all())
    store.close()
    return shown


def test_a_prefix_may_be_of_a_python_type(store: Any) -> None:
    for key in ("kafka", "kale", "kstream"):
        store.put(key, 1)
    assert [key for key, _ in store.prefix_scan("ka", str)] == ["kafka", "kale"]
