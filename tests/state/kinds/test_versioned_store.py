from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kstream_cli.errors import StoreClosedError
from kstream_cli.serde.built_in import StringSerde
from kstream_cli.state.builders import VersionedStoreBuilder
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedRecord

HISTORY = 10_000
PRICES: VersionedStoreBuilder[str, str] = VersionedStoreBuilder(
    name="v", key=StringSerde(), value=StringSerde(), history_retention_ms=HISTORY
)


@pytest.fixture(params=["memory", "rocksdb"])
def builder(request: pytest.FixtureRequest) -> Any:
    return replace(PRICES, persistent=request.param == "rocksdb")


@pytest.fixture
def store(builder: Any, context: Any) -> Iterator[Any]:
    store = builder.build()
    store.open(context)
    yield store
    store.close()


def value_at(store: Any, key: str, *times: int) -> list[str | None]:
    found = [store.get(key, time) for time in times]
    return [record and record.value for record in found]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2)])
def test_each_time_has_its_version_in_whatever_order_they_came(store: Any, order: Any) -> None:
    for number in order:
        store.put("a", f"v{number}", 10 * number)
        store.commit(number)
    assert store.get("a") == VersionedRecord("v3", 30)
    assert value_at(store, "a", 9, 10, 19, 20, 29, 30, 99) == [None, "v1", "v1", "v2", "v2", "v3", "v3"]


def test_put_tells_until_when_the_version_holds(store: Any) -> None:
    assert store.put("a", "v", 20) == LATEST
    assert store.put("a", "v", 40) == LATEST
    assert store.put("a", "w", 40) == LATEST
    assert store.put("a", "v", 30) == 40
    assert store.put("a", "v", 10) == 20
    assert store.put("b", "v", HISTORY + 100) == LATEST
    assert store.put("a", "v", 99) == NOT_PUT
    assert store.put("c", "v", 100) == LATEST


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 1, 3), (3, 1, 2)])
def test_a_tombstone_ends_the_version_before_it(store: Any, order: Any) -> None:
    for number in order:
        store.put("a", None if number == 2 else f"v{number}", 10 * number)
    assert value_at(store, "a", 9, 10, 19, 20, 29, 30) == [None, "v1", "v1", None, None, "v3"]
    store.put("a", None, 40)
    assert store.get("a") is None
    assert value_at(store, "a", 39, 40) == ["v3", None]
    assert store.put("a", "v5", 35) == 40
    assert store.get("a") is None
    assert value_at(store, "a", 34, 35, 39, 40) == ["v3", "v5", "v5", None]
    store.put("a", "v6", 50)
    assert value_at(store, "a", 39, 40, 49, 50) == ["v5", None, None, "v6"]


def test_a_version_can_be_replaced_at_its_own_time(store: Any) -> None:
    for timestamp, value in [(10, "a"), (20, "b"), (20, "c"), (10, "d"), (30, None), (30, "e"), (20, None), (20, "f")]:
        store.put("k", value, timestamp)
    assert value_at(store, "k", 10, 20, 30) == ["d", "f", "e"]


def test_delete_returns_what_held_at_that_time(store: Any) -> None:
    store.put("a", "v1", 10)
    store.put("a", "v3", 30)
    assert store.delete("a", 20) == VersionedRecord("v1", 10)
    assert store.delete("a", 25) is None
    assert value_at(store, "a", 10, 20, 30) == ["v1", None, "v3"]


def test_history_older_than_the_retention_is_not_answered(store: Any, context: Any) -> None:
    store.put("a", "v1", 10)
    store.put("a", "v2", 20)
    store.put("b", "x", HISTORY + 16)
    assert value_at(store, "a", 15, 16, 20) == [None, "v1", "v2"]
    store.put("c", "x", HISTORY + 100)
    assert value_at(store, "a", 16, 20, 50) == [None, "v2", "v2"]
    assert store.put("a", "late", 99) == NOT_PUT
    assert context.drops == ["the version is older than the history retention of its store"]


def test_a_version_is_found_for_as_long_as_it_held_within_the_history(store: Any) -> None:
    store.put("a", "v1", 1_000)
    store.put("a", "v2", 9_000)
    store.put("b", "x", HISTORY + 4_000)
    store.commit(1)
    assert value_at(store, "a", 3_999, 4_000, 8_999, 9_000) == [None, "v1", "v1", "v2"]


def test_a_version_does_not_hold_at_its_end_whatever_lies_between_it_and_the_next(store: Any) -> None:
    for number in range(6):
        store.put("a", f"v{number}", 4_000 * number)
    assert value_at(store, "a", 11_999, 12_000, 15_999, 16_000) == ["v2", "v3", "v3", "v4"]


def test_a_version_that_ends_earlier_now_leaves_nothing_where_it_stood(store: Any) -> None:
    store.put("a", "v1", 1_000)
    store.put("a", "v3", 9_000)
    store.put("a", "v2", 2_000)
    assert value_at(store, "a", 1_999, 2_000, 8_999, 9_000) == ["v1", "v2", "v2", "v3"]
    assert len(store._table.select(None, None, zip)) == 3


def test_a_version_as_old_as_the_history_is_restored_and_an_older_one_is_not(store: Any) -> None:
    store.restore([(b"b", b"x", HISTORY + 100), (b"a", b"old", 99), (b"c", b"edge", 100)])
    assert [store.get("a"), store.get("c")] == [None, VersionedRecord("edge", 100)]


def test_every_put_is_logged_with_its_own_timestamp(store: Any, context: Any) -> None:
    context.timestamp = 1
    store.put("a", "v", 2 * HISTORY)
    store.put("a", "w", 5)
    store.put("a", None, 2 * HISTORY + 1)
    assert context.logged["v"] == [
        (b"a", b"v", 2 * HISTORY, ()),
        (b"a", b"w", 5, ()),
        (b"a", None, 2 * HISTORY + 1, ()),
    ]


def test_a_restored_store_answers_as_the_one_that_wrote_the_changelog(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    for timestamp, value in [(10, "a"), (30, "c"), (20, "b"), (40, None), (HISTORY + 25, "z"), (35, "d"), (5, "x")]:
        store.put("k", value, timestamp)
    times = (10, 20, 25, 30, 35, 39, 40, 50, HISTORY + 25)
    expected = value_at(store, "k", *times)
    log = [(key, value, timestamp) for key, value, timestamp, _ in context.logged["v"]]
    store.close()
    store = replace(builder, name="restored").build()
    store.open(context)
    store.restore(log)
    store.commit(7)
    if builder.persistent:
        store.close()
        store.open(context)
    assert value_at(store, "k", *times) == expected
    assert store.committed_offset == 7
    store.close()


def test_unreachable_versions_leave_the_disk(context: Any) -> None:
    store: Any = PRICES.build()
    store.open(context)
    for number in range(100):
        store.put("a", str(number), number * 1_000)
        store.commit(number)
    assert sum(len(keys) for keys, _ in store._table._disk.chunks()) < 20
    assert value_at(store, "a", 90_000, 99_000) == ["90", "99"]
    store.close()


def test_keys_that_begin_with_one_another_are_kept_apart(store: Any) -> None:
    for key in ("", "a", "aa", "a\x00\x00\x00\x00\x00\x00\x00\x00"):
        store.put(key, f"old {key}", 10)
        store.put(key, f"new {key}", 20)
    for key in ("", "a", "aa", "a\x00\x00\x00\x00\x00\x00\x00\x00"):
        assert value_at(store, key, 10, 20) == [f"old {key}", f"new {key}"]


def test_a_null_key_and_a_closed_store_are_refused(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    with pytest.raises(TypeError, match="'v'"):
        store.put(None, "x", 1)
    store.close()
    with pytest.raises(StoreClosedError, match="'v'"):
        store.get("a")


def test_the_changelog_is_not_compacted_within_the_history_and_a_day(context: Any) -> None:
    assert PRICES.changelog_defaults(context.config) == {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(HISTORY + 86_400_000),
    }
