"""A global store is written by one thread and read by others."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from sortedcontainers import SortedList

from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.state.builders import KeyValueStoreBuilder
from kstream_cli.state.disk import key_index

ROWS = 500
TABLE: KeyValueStoreBuilder[str, int] = KeyValueStoreBuilder(
    name="g", key=StringSerde(), value=LongSerde(), logging=False
)


@pytest.mark.parametrize("persistent", [False, True])
def test_readers_see_every_row_while_the_owner_changes_and_evicts_them(context: Any, persistent: bool) -> None:
    store: Any = replace(TABLE, persistent=persistent).build()
    store.open(context)
    store._table._room = store._table._make_room_at = 20
    keys = [f"{number:03}" for number in range(ROWS)]
    store.put_all((key, 1) for key in keys)
    store.commit(1)
    wrong: list[Any] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                wrong.extend(key for key in keys if store.get(key) is None)
                found = [key for key, _ in store.range("100", "199")]
                if found != keys[100:200]:
                    wrong.append(found)
        except Exception as error:
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20):
        for key in keys:
            store.put(key, number)
            if store.get(keys[-1]) is None:
                wrong.append(keys[-1])
        store.put(f"new {number}", number)
        store.commit(number)
    done.set()
    for reader in readers:
        reader.join()
    store.close()
    assert wrong == []


@pytest.mark.parametrize("is_complete", [True, False])
def test_rows_that_the_owner_lets_go_of_while_a_reader_sorts_them_are_read_from_the_disk(
    context: Any, monkeypatch: pytest.MonkeyPatch, is_complete: bool
) -> None:
    store: Any = TABLE.build()
    store.open(context)
    keys = [f"{number:04}" for number in range(1_500)]
    store.put_all((key, 1) for key in keys)
    store.commit(1)
    if not is_complete:
        store.close()
        store.open(context)
        store.commit(2)
        assert [store.get(key) for key in keys[:500]] == [1] * 500

    def sort_slowly(keys: Any) -> Any:
        found = SortedList(keys)
        if threading.current_thread() is reader:
            sorting.set()
            let_go.wait()
        return found

    monkeypatch.setattr(key_index, "SortedList", sort_slowly)
    sorting, let_go, found = threading.Event(), threading.Event(), []
    reader = threading.Thread(target=lambda: found.extend(store.all()))
    reader.start()
    sorting.wait()
    store._table._make_room()
    let_go.set()
    reader.join()
    assert found == [(key, 1) for key in keys]
    store.close()


def test_a_reader_leaves_the_order_of_the_owners_keys_alone() -> None:
    rows = {b"b": 2, b"a": 1}
    index = key_index.KeyIndex(rows)
    owner = threading.Thread(target=index.claim)
    owner.start()
    owner.join()
    assert index.range(None, None, inclusive=True, reverse=False) == ([b"a", b"b"], [1, 2])
    assert index._keys is None
