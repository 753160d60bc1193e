"""statestore.cache.max.bytes: what the caches of a thread hold together, with few and many stores and sizes of rows."""

from __future__ import annotations

from typing import Any

import pytest

from kstream_cli import (
    Processor,
    SessionWindows,
    Stores,
    StreamsBuilder,
    TimeWindows,
    Topology,
    TopologyTestDriver,
    Windowed,
)
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.testing.raw_record import ConsumedRecord

LIMIT = 50_000


class Filling(Processor):
    """Puts rows of one size into all its stores, and keeps how much the caches held at most."""

    def __init__(self, kind: str, stores: int, rows: int, size: int, most: dict[str, int]) -> None:
        self.kind, self.stores, self.rows, self.size, self.most = kind, stores, rows, size, most

    def process(self, record: Any) -> None:
        stores = [self.context.store(f"st{number}") for number in range(self.stores)]
        for row in range(self.rows):
            for store in stores:
                value = "v" * self.size
                if self.kind == "key-value":
                    store.put(f"w{row:06d}", value)
                elif self.kind == "window":
                    store.put(f"w{row:06d}", value, row)
                else:
                    store.put(Windowed(f"w{row:06d}", row, row), value)
                held = sum(each.cache_size_bytes for each in stores)
                self.most["held"] = max(self.most["held"], held)
        self.most["rows"] = sum(1 for store in stores for _ in store.all()) if self.kind == "key-value" else -1


def builder_of(kind: str, name: str) -> Any:
    if kind == "key-value":
        return Stores.key_value(name, key=str, value=str, caching=True)
    if kind == "window":
        return Stores.window(name, retention=10_000_000, window_size=10, key=str, value=str, caching=True)
    return Stores.session(name, retention=10_000_000, key=str, value=str, caching=True)


@pytest.mark.parametrize("kind", ["key-value", "window", "session"])
@pytest.mark.parametrize(
    ("stores", "rows", "size"), [(1, 2_000, 1), (1, 20, 20_000), (1, 3, 200_000), (50, 60, 1), (50, 3, 20_000)]
)
def test_all_stores_together_hold_no_more_than_the_limit(kind: str, stores: int, rows: int, size: int) -> None:
    most = {"held": 0}
    topology = Topology().add_source("source", "in", key=str, value=str)
    topology.add_processor("fill", lambda: Filling(kind, stores, rows, size, most), parents="source")
    for number in range(stores):
        topology.add_state_store(builder_of(kind, f"st{number}"), "fill")
    with TopologyTestDriver(topology, {"statestore.cache.max.bytes": LIMIT}, start_ms=0) as driver:
        driver.input("in", key=str, value=str).pipe(("k", "v"))
    assert most["held"] <= LIMIT
    if kind == "key-value":
        assert most["rows"] == stores * rows, "what does not stay in the cache is in the store"
    if rows * stores * (size + 60) > 2 * LIMIT and size < LIMIT:
        assert most["held"] > LIMIT // 2, "the room is used"


def test_a_row_that_grows_counts_with_what_it_has_become() -> None:
    builder = StreamsBuilder()
    words = builder.stream("in", key=str, value=str).flat_map_values(lambda value: value.split(), value=str)
    words.group_by_key().reduce(lambda one, other: one + other, store="texts").to_stream().to("out")
    with TopologyTestDriver(builder, {"statestore.cache.max.bytes": 1_000}, start_ms=0) as driver:
        driver.input("in", key=str, value=str).pipe(("k", " ".join(["x" * 100] * 30)))
        assert len(driver.output("out", key=str, value=str).read()) > 10


@pytest.mark.parametrize("windows", [TimeWindows.of_size(10), SessionWindows.of_inactivity_gap(10)])
def test_two_aggregations_share_the_room(windows: Any) -> None:
    builder = StreamsBuilder()
    words = builder.stream("in", key=str, value=str).flat_map(
        lambda key, value: [(word, word) for word in value.split()]
    )
    words.group_by_key(key=str, value=str).count(store="all")
    words.group_by_key(key=str, value=str).windowed_by(windows).count(store="some")
    with TopologyTestDriver(builder, {"statestore.cache.max.bytes": 2_000}, start_ms=0) as driver:
        driver.input("in", key=str, value=str).pipe(("k", " ".join(map(str, range(500)))))
        held = sum(driver.store(name).cache_size_bytes for name in ("all", "some"))
        assert 1_000 < held <= 2_000


def opened(context: Any, name: str) -> Any:
    store = Stores.key_value(name, key=str, value=str, caching=True).build()
    store.open(context)
    return store


def test_a_smaller_share_is_kept_at_once_by_all_caches_in_turn(context: Any) -> None:
    context.cache = cache = ThreadCache(10_000)
    stores = [opened(context, name) for name in ("a", "b")]
    for number in range(50):
        for store in stores:
            store.put(f"{number:02d}", "x")
    assert cache.size == sum(store.cache_size_bytes for store in stores) > 2_000
    cache.resize(1_000)
    assert cache.size <= 1_000
    assert [store.cache_size_bytes for store in stores] == [480, 480]
    assert [len(context.logged[name]) for name in ("a", "b")] == [50, 50]
    for store in stores:
        store.close()
    assert (cache.size, cache.caches) == (0, [])


def test_the_row_used_least_recently_goes_first_and_takes_the_other_updates_with_it(context: Any) -> None:
    context.cache = ThreadCache(3 * 50)
    store = opened(context, "a")
    for key in ("1", "2", "3"):
        store.put(key, "abcd")
    assert store.get("1") == "abcd"
    store.put("4", "abcd")
    assert [key for key, *_ in context.logged["a"]] == [b"2", b"1", b"3", b"4"]
    assert store.cache_size_bytes == 150
    store.close()


def test_topic_and_headers_count_as_in_java(context: Any) -> None:
    context.cache = ThreadCache(1_000)
    store = opened(context, "a")
    context.current = ConsumedRecord("topic", None, None, 0, offset=0)
    context.headers = (("name", b"value"), ("none", None))
    store.put("key", "value")
    assert store.cache_size_bytes == 45 + len("keyvaluetopicnamevaluenone")
    context.headers = ()
    store.put("key", "longer value")
    assert store.cache_size_bytes == 45 + len("keylonger valuetopic")
    store.put("key", None)
    assert store.cache_size_bytes == 45 + len("keytopic")
    store.flush()
    assert store.cache_size_bytes == 0
    store.close()
