"""How a record cache finds its rows: by the key itself where equal keys have the same bytes, else by those."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kstream_cli.serde.built_in import DoubleSerde, LongSerde, StringSerde
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.builders import KeyValueStoreBuilder, WindowStoreBuilder
from kstream_cli.state.thread_cache import ThreadCache

COUNTS: KeyValueStoreBuilder[Any, int] = KeyValueStoreBuilder(
    name="counts", key=StringSerde(), value=LongSerde(), timestamped=True, caching=True
)
WINDOWS: WindowStoreBuilder[Any, int] = WindowStoreBuilder(
    name="w",
    key=StringSerde(),
    value=LongSerde(),
    retention_ms=100,
    window_size_ms=10,
    timestamped=True,
    caching=True,
)


@pytest.fixture
def context(context: Any) -> Any:
    context.cache = ThreadCache(1_000_000)
    return context


def opened(builder: Any, context: Any, told: list[Any]) -> Any:
    store = builder.build()
    store.open(context)
    store.set_flush_listener(lambda *update: told.append(update[:2]), send_old_values=False)
    return store


def test_keys_that_are_equal_but_written_differently_are_different_rows(context: Any) -> None:
    told: list[Any] = []
    store = opened(replace(COUNTS, key=DoubleSerde()), context, told)
    store.put(0.0, (1, 1))
    store.put(-0.0, (2, 2))
    assert (store.get(0.0), store.get(-0.0)) == ((1, 1), (2, 2))
    store.flush()
    assert [(str(key), value) for key, value in told] == [("0.0", 1), ("-0.0", 2)]
    store.close()


@pytest.mark.parametrize("builder", [COUNTS, WINDOWS], ids=["key-value", "windows"])
def test_keys_without_a_hash_are_found_by_their_bytes(context: Any, builder: Any) -> None:
    told: list[Any] = []
    store = opened(replace(builder, key=JsonSerde(list)), context, told)
    start = () if builder is COUNTS else (0,)
    read = store.get if builder is COUNTS else store.fetch
    store.put([1], (1, 1), *start)
    store.put([1], (2, 2), *start)
    assert read([1], *start) == (2, 2)
    assert read([2], *start) is None
    store.flush()
    assert told == [([1] if builder is COUNTS else Windowed([1], 0, 10), 2)]
    store.close()


def test_a_full_cache_lets_go_of_rows_that_were_only_read(context: Any) -> None:
    told: list[Any] = []
    context.cache = ThreadCache(300)
    store = opened(COUNTS, context, told)
    store.put("a", (1, 1))
    store.put("b", (1, 2))
    for number in range(50):
        assert store.get(f"absent {number}") is None
    assert len(store.cached_rows.groups[0]) <= 5
    assert (told, store.get("a"), store.get("b")) == ([], (1, 1), (1, 2))
    store.put("a", (2, 3))
    store.flush()
    assert told == [("b", 1), ("a", 2)]
    store.close()


@pytest.mark.parametrize("builder", [COUNTS, WINDOWS], ids=["key-value", "windows"])
def test_who_holds_on_to_a_group_finds_the_same_rows_after_it_was_let_go(context: Any, builder: Any) -> None:
    told: list[Any] = []
    store = opened(builder, context, told)
    cache = store.cached_rows
    group = cache.groups[0]
    find = group.find
    cache.put(find("a"), (1, 1), 1, ())
    store.flush()
    cache.forget()
    assert cache.groups[0] is group, "who reads through the one and who puts through the other would pass each other by"
    again = cache.groups[0].find
    cache.put(again("a"), (2, 2), 2, ())
    cache.put(find("a"), (3, 3), 3, ())
    assert find("a") is again("a")
    store.flush()
    assert [value for _, value in told] == [1, 3]
    store.close()


def test_who_wants_to_see_each_put_is_not_passed_by(context: Any) -> None:
    store = opened(COUNTS, context, [])
    assert store.cached_rows is not None
    put = store.put
    store.put = lambda key, value: put(key, value)
    assert store.cached_rows is None
    store.close()


def test_rows_of_a_window_past_the_retention_begin_anew_and_still_go_out(context: Any) -> None:
    told: list[Any] = []
    store = opened(WINDOWS, context, told)
    store.put("a", (1, 5), 0)
    store.put("b", (1, 500_005), 500_000)
    find = store.window_rows(0)
    row = find("a")
    assert (row.cell, len(context.drops)) == (None, 1)
    store.cached_rows.put(row, (7, 6), 6, ())
    assert store.fetch("a", 0) is None
    store.flush()
    assert told == [(Windowed("b", 500_000, 500_010), 1), (Windowed("a", 0, 10), 7)]
    store.close()
