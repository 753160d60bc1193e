"""A change of a store is on its changelog before it is anywhere else, and the records there tell all of it in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kstream_cli import Stores
from kstream_cli.errors import ProducerFencedError, SerializationError
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.thread_cache import ThreadCache

KINDS: dict[str, Any] = {
    "key value": (lambda **how: Stores.key_value("s", **how), lambda s, k, v: s.put(k, v), lambda s, k: s.get(k)),
    "timestamped": (
        lambda **how: Stores.key_value("s", timestamped=True, **how),
        lambda s, k, v: s.put(k, None if v is None else (v, 5)),
        lambda s, k: s.get(k) and s.get(k)[0],
    ),
    "window": (
        lambda **how: Stores.window("s", retention=1000, window_size=10, **how),
        lambda s, k, v: s.put(k, v, 20),
        lambda s, k: s.fetch(k, 20),
    ),
    "session": (
        lambda **how: Stores.session("s", retention=1000, **how),
        lambda s, k, v: s.put(Windowed(k, 20, 30), v),
        lambda s, k: s.fetch_session(k, 20, 30),
    ),
}
LOGGED_KEYS = {"key value": b"k", "timestamped": b"k", "window": b"k" + (20).to_bytes(8, "big") + bytes(4)}
LOGGED_KEYS["session"] = b"k" + (30).to_bytes(8, "big") + (20).to_bytes(8, "big")


@pytest.fixture(params=[True, False], ids=["on disk", "in memory"])
def persistent(request: pytest.FixtureRequest) -> Any:
    return request.param


class Fenced:
    """A changelog that takes no more records."""

    def __init__(self, context: Any) -> None:
        self.takes = True
        self.records: list[Any] = []
        context.changelog = lambda store: self.append

    def append(self, *record: Any) -> None:
        if not self.takes:
            raise ProducerFencedError("fenced")
        self.records.append(record)


def opened(context: Any, kind: str, **how: Any) -> Any:
    caching = how.pop("caching", False)
    store = replace(KINDS[kind][0](key=str, value=str, **how), caching=caching).build()
    store.open(context)
    return store


@pytest.mark.parametrize("value", ["new", None])
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_that_its_changelog_does_not_take_is_not_in_the_store(
    context: Any, kind: str, persistent: bool, value: str | None
) -> None:
    changelog = Fenced(context)
    store = opened(context, kind, persistent=persistent)
    _, put, get = KINDS[kind]
    put(store, "k", "old")
    changelog.takes = False
    with pytest.raises(ProducerFencedError):
        put(store, "k", value)
    assert get(store, "k") == "old"
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_is_logged_with_its_key_value_time_and_headers(context: Any, kind: str, persistent: bool) -> None:
    store = opened(context, kind, persistent=persistent)
    context.timestamp, context.headers = 7, (("h", b"1"),)
    put = KINDS[kind][1]
    put(store, "k", "v")
    put(store, "k", None)
    key, time = LOGGED_KEYS[kind], 5 if kind == "timestamped" else 7
    assert context.logged["s"] == [(key, b"v", time, ()), (key, None, 7, ())]
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_written_is_neither_logged_nor_kept(context: Any, kind: str, persistent: bool) -> None:
    store = opened(context, kind, persistent=persistent)
    _, put, get = KINDS[kind]
    with pytest.raises(SerializationError, match="'s'"):
        put(store, "k", 5)
    assert (context.logged["s"], get(store, "k")) == ([], None)
    store.close()


@pytest.mark.parametrize("kind", ["key value", "timestamped", "window"])
def test_a_store_that_logs_nothing_asks_for_no_changelog(context: Any, kind: str) -> None:
    store = opened(context, kind, logging=False)
    KINDS[kind][1](store, "k", "v")
    assert context.logged == {}
    store.close()


def test_what_leaves_a_full_map_is_deleted_on_the_changelog_before_the_new_entry_is_there(context: Any) -> None:
    store: Any = Stores.lru_map("s", max_entries=2, key=str, value=str).build()
    store.open(context)
    for key in "abc":
        store.put(key, "v")
    assert [(key, value) for key, value, _, _ in context.logged["s"]] == [
        (b"a", b"v"),
        (b"b", b"v"),
        (b"a", None),
        (b"c", b"v"),
    ]
    store.close()


@pytest.mark.parametrize("kind", ["timestamped", "window", "session"])
def test_a_cached_change_is_logged_before_it_goes_downstream(context: Any, kind: str, persistent: bool) -> None:
    context.cache = ThreadCache(100_000)
    calls: list[Any] = []
    context.changelog = lambda store: lambda key, value, timestamp, headers: calls.append(("logged", key, value))
    store = opened(context, kind, persistent=persistent, caching=True)
    store.set_flush_listener(lambda key, new, *rest: calls.append(("passed on", new)), send_old_values=False)
    put = KINDS[kind][1]
    for key, value in (("b", "1"), ("a", "2"), ("b", "3")):
        put(store, key, value)
    assert calls == []
    store.flush()
    logged = LOGGED_KEYS[kind][1:]
    assert calls == [
        ("logged", b"a" + logged, b"2"),
        ("passed on", "2"),
        ("logged", b"b" + logged, b"3"),
        ("passed on", "3"),
    ]
    store.close()


def test_a_flush_leaves_the_context_as_it_was(context: Any) -> None:
    context.cache = ThreadCache(100_000)
    store = opened(context, "timestamped", caching=True)
    seen: list[Any] = []
    store.set_flush_listener(lambda *change: seen.append((context.timestamp, context.headers)), send_old_values=False)
    context.timestamp, context.headers = 7, (("h", b"1"),)
    store.put("k", ("v", 5))
    context.timestamp, context.headers = 9, (("other", b"2"),)
    store.flush()
    assert seen == [(7, (("h", b"1"),))]
    assert (context.timestamp, context.headers) == (9, (("other", b"2"),))
    store.close()
