"""A limit on what stores have uncommitted asks for a commit early."""

import pytest

from kstream_cli import Stores
from kstream_cli.config import Config
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes, limit_of, size_of


def opened(context, builder):
    store = builder.build()
    store.open(context)
    return store


def builders(name):
    return [
        Stores.key_value(name, key=str, value=str),
        Stores.window(name, retention=1000, window_size=10, key=str, value=str),
    ]


def put(store, key, value):
    if hasattr(store, "window_size_ms"):
        store.put(key, value, 0)
    else:
        store.put(key, value)


@pytest.mark.parametrize("kind", [0, 1], ids=["key-value", "window"])
def test_a_commit_is_asked_for_once_the_limit_is_passed(context, kind):
    context.uncommitted = UncommittedBytes(1_000)
    store = opened(context, builders("s")[kind])
    put(store, "a", "x" * 100)
    assert context.commits_requested == 0
    for number in range(20):
        put(store, f"key-{number}", "x" * 100)
    assert context.commits_requested > 0


def test_the_stores_of_a_thread_share_the_limit(context):
    context.uncommitted = UncommittedBytes(1_000)
    one, other = (opened(context, Stores.key_value(name, key=str, value=str)) for name in "ab")
    one.put("k", "x" * 600)
    assert context.commits_requested == 0
    other.put("k", "x" * 600)
    assert context.commits_requested == 1


def test_what_is_committed_no_longer_counts(context):
    context.uncommitted = UncommittedBytes(1_000)
    store = opened(context, Stores.key_value("s", key=str, value=str))
    for number in range(5):
        store.put(f"k{number}", "x" * 600)
        store.commit(None)
    assert context.commits_requested == 0


def test_a_store_tells_its_uncommitted_bytes(context):
    store = opened(context, Stores.key_value("s", key=str, value=str))
    store.put("k", "x" * 99)
    assert store.measures()["uncommitted-bytes"]() == 100
    store.commit(None)
    assert store.measures()["uncommitted-bytes"]() == 0


SIZES = {"small": [10] * 3_000, "huge": [500_000] * 40, "huge, then small": [900_000, *[10] * 200, *[900_000] * 9]}


@pytest.mark.parametrize("stores", [1, 50])
@pytest.mark.parametrize("kind", [0, 1], ids=["key-value", "window"])
@pytest.mark.parametrize("sizes", SIZES)
def test_stores_never_have_much_more_uncommitted_than_the_limit(context, sizes, kind, stores):
    limit = 20_000 if sizes == "small" else 2_000_000
    context.uncommitted = UncommittedBytes(limit)
    opened_stores = [opened(context, builders(f"s{number}")[kind]) for number in range(stores)]
    most, commits = 0, 0
    for number, size in enumerate(SIZES[sizes]):
        put(opened_stores[number % stores], f"{number:05d}", "x" * size)
        most = max(most, sum(store.measures()["uncommitted-bytes"]() for store in opened_stores))
        if context.commits_requested > commits:
            commits = context.commits_requested
            for store in opened_stores:
                store.commit(None)
    assert limit < most <= limit + limit // 8 + max(SIZES[sizes])


def test_rows_that_are_written_again_and_grow_are_noticed(context):
    context.uncommitted = UncommittedBytes(100_000)
    store = opened(context, Stores.key_value("s", key=str, value=str))
    for size in (1, 1_000, 20_000):
        for key in "abcdef":
            store.put(key, "x" * size)
    assert context.commits_requested > 0


def test_rows_that_are_written_again_at_the_same_size_need_no_commit(context):
    context.uncommitted = UncommittedBytes(10_000)
    store = opened(context, Stores.key_value("s", key=str, value=str))
    for _ in range(200):
        store.put("k", "x" * 1_000)
    assert context.commits_requested == 0


def test_the_size_is_that_of_keys_and_data():
    assert size_of({}) == 0
    assert size_of({b"ab": b"cd", b"ef": None}) == 6


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({}, -1),
        ({"statestore.uncommitted.max.bytes": 1000}, 500),
        ({"enable.transactional.statestores": True}, 33_554_432),
        ({"enable.transactional.statestores": True, "statestore.uncommitted.max.bytes": -1}, -1),
    ],
)
def test_threads_share_a_limit_that_is_given(settings, limit):
    assert limit_of(Config.from_mapping(settings), 2) == limit
