from __future__ import annotations

from typing import Any

from kstream_cli.state.stores import Stores


def opened(context: Any, **options: Any) -> Any:
    store = Stores.lru_map("lru", 2, key=str, value=int, **options).build()
    store.open(context)
    return store


def test_the_entry_used_longest_ago_is_dropped_and_gets_a_tombstone(context: Any) -> None:
    store = opened(context)
    store.put("a", 1)
    store.put("b", 2)
    store.get("a")
    store.put("c", 3)
    assert list(store.all()) == [("a", 1), ("c", 3)]
    assert [(record[0], record[1] is None) for record in context.logged["lru"]] == [
        (b"a", False),
        (b"b", False),
        (b"b", True),
        (b"c", False),
    ]


def test_updating_an_entry_drops_nothing(context: Any) -> None:
    store = opened(context, logging=False)
    store.put("a", 1)
    store.put("b", 2)
    store.put("a", 3)
    assert list(store.reverse_all()) == [("b", 2), ("a", 3)]
    assert list(store.range("b", "z")) == [("b", 2)]
    store.put("c", None)
    store.delete("a")
    assert list(store.all()) == [("b", 2)]


def test_restoring_keeps_the_newest_entries_and_logs_nothing(context: Any) -> None:
    store = opened(context)
    one = (1).to_bytes(8, "big")
    store.restore([(b"a", one, 0), (b"b", one, 0), (b"c", one, 0), (b"b", None, 0), (b"a", one, 0)])
    assert list(store.all()) == [("a", 1), ("c", 1)]
    assert context.logged["lru"] == []
