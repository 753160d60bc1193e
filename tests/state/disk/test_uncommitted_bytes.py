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


def test_a_large_limit_is_looked_at_now_and_then_only():
    assert UncommittedBytes(64 << 20).mask == 1023
    assert UncommittedBytes().mask == 1023
    assert UncommittedBytes(10_000).mask == 7
    assert UncommittedBytes(10).mask == 0


def test_the_size_is_that_of_the_newest_rows_times_their_number():
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
