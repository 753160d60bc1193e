from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kstream_cli.errors import StoreClosedError
from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.builders import SessionStoreBuilder

RETENTION = 300_000
SESSIONS: SessionStoreBuilder[str, int] = SessionStoreBuilder(
    name="s", key=StringSerde(), value=LongSerde(), retention_ms=RETENTION
)
ONE = (1).to_bytes(8, "big")


@pytest.fixture(params=["memory", "rocksdb", "time_first"])
def builder(request: pytest.FixtureRequest) -> SessionStoreBuilder[str, int]:
    return replace(SESSIONS, persistent=request.param != "memory", time_first=request.param == "time_first")


@pytest.fixture(params=[False, True], ids=["uncommitted", "committed"])
def store(builder: Any, context: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    store = builder.build()
    store.open(context)
    sessions = [("a", 0, 10), ("b", 5, 20), ("a", 30, 40), ("ab", 0, 10), ("a", 200_000, 200_010), ("a", 1, 9)]
    for number, session in enumerate(sessions):
        store.put(Windowed(*session), number)
        if request.param:
            store.commit(number)
    store.remove(Windowed("a", 1, 9))
    yield store
    store.close()


def sessions(rows: Any) -> list[tuple[str, int, int]]:
    return [tuple(session) for session, _ in rows]


def test_a_session_is_found_by_key_start_and_end(store: Any) -> None:
    assert (store.fetch_session("a", 30, 40), store.fetch_session("a", 30, 41), store.fetch_session("a", 1, 9)) == (
        2,
        None,
        None,
    )


def test_sessions_that_overlap_a_span_are_found_in_order(store: Any) -> None:
    assert sessions(store.find_sessions("a", 10, 30)) == [("a", 0, 10), ("a", 30, 40)]
    assert sessions(store.find_sessions("a", 11, 29)) == []
    assert sessions(store.backward_find_sessions("a", 0, 200_000)) == [
        ("a", 200_000, 200_010),
        ("a", 30, 40),
        ("a", 0, 10),
    ]
    assert list(store.find_sessions("b", 0, 5)) == [(Windowed("b", 5, 20), 1)]


def test_all_sessions_of_keys_are_fetched(store: Any) -> None:
    assert sessions(store.fetch("a")) == [("a", 0, 10), ("a", 30, 40), ("a", 200_000, 200_010)]
    assert sessions(store.backward_fetch("a")) == sessions(store.fetch("a"))[::-1]
    assert sorted(sessions(store.fetch_keys("ab", None))) == [("ab", 0, 10), ("b", 5, 20)]
    assert sorted(sessions(store.backward_fetch_keys(None, "a"))) == sessions(store.fetch("a"))


def test_sessions_are_found_by_their_end(store: Any) -> None:
    assert sessions(store.find_sessions_by_end(10, 40)) == [("a", 0, 10), ("ab", 0, 10), ("b", 5, 20), ("a", 30, 40)]


def test_expired_sessions_are_invisible(store: Any) -> None:
    store.put(Windowed("c", RETENTION, RETENTION + 20), 1)
    assert sessions(store.fetch("a")) == [("a", 30, 40), ("a", 200_000, 200_010)]
    assert sessions(store.find_sessions("b", 0, 100)) == []
    assert store.fetch_session("b", 5, 20) is None


def test_changes_are_logged_under_key_end_and_start(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    context.timestamp = 4
    store.put(Windowed("a", 1, 2), 1)
    store.remove(Windowed("a", 1, 2))
    key = b"a" + (2).to_bytes(8, "big") + (1).to_bytes(8, "big")
    assert context.logged["s"] == [(key, ONE, 4, ()), (key, None, 4, ())]
    store.close()


def test_restored_sessions_are_there_after_a_restart(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    key = b"a" + (2).to_bytes(8, "big") + (1).to_bytes(8, "big")
    store.restore([(key, ONE, 4)])
    store.commit(1)
    if builder.persistent:
        store.close()
        store.open(context)
    assert list(store.find_sessions("a", 0, 10)) == [(Windowed("a", 1, 2), 1)]
    assert list(store.find_sessions_by_end(0, 10)) == [(Windowed("a", 1, 2), 1)]
    store.close()


def test_a_null_key_and_a_closed_store_are_refused(builder: Any, context: Any) -> None:
    store = builder.build()
    store.open(context)
    with pytest.raises(TypeError, match="'s'"):
        store.put(Windowed(None, 1, 2), 1)
    with pytest.raises(TypeError, match="'s'"):
        store.find_sessions(None, 1, 2)
    store.close()
    with pytest.raises(StoreClosedError, match="'s'"):
        store.find_sessions("a", 1, 2)


def test_a_search_from_the_beginning_of_time_looks_at_live_segments_only(builder: Any, context: Any) -> None:
    now = 1_700_000_000_000
    store = builder.build()
    store.open(context)
    store.put(Windowed("a", now, now + 5), 1)
    store.commit(1)
    if builder.persistent:
        store.close()
        store.open(context)
    assert sessions(store.find_sessions_by_end(0, now + 10)) == [("a", now, now + 5)]
    assert sessions(store.fetch("a")) == [("a", now, now + 5)]
    assert len(store._segments(0, 2**63 - 1)) <= 7
    store.close()


def test_sessions_of_several_keys_are_found_by_their_end_and_start(store: Any) -> None:
    found = sessions(store.find_sessions_of_keys("a", "b", 15, 100))
    assert sorted(found) == [("a", 30, 40), ("b", 5, 20)]
    assert sessions(store.backward_find_sessions_of_keys("a", "b", 15, 100)) == found[::-1]
    assert sessions(store.find_sessions_of_keys(None, "a", 0, 0)) == [("a", 0, 10)]


def test_a_session_past_the_retention_is_dropped_and_logged_all_the_same(store: Any, context: Any) -> None:
    store.put(Windowed("a", 10 * RETENTION, 10 * RETENTION), 1)
    logged, rows = len(context.logged["s"]), len(store._table.select(None, None, zip))
    store.put(Windowed("c", 1, 5), 1)
    store.remove(Windowed("c", 1, 5))
    assert context.drops == ["the session is past the retention of its store"]
    assert [record[1] for record in context.logged["s"][logged:]] == [ONE, None]
    assert len(store._table.select(None, None, zip)) == rows
