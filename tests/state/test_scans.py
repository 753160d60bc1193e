"""Scans of stores on disk, which read rows chunk by chunk: closing them half way, and what they say of rows they cannot
read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rocksdict import Rdict

from kstream_cli.errors import SerializationError, StoreClosedError, StoreDamagedError
from kstream_cli.state.disk import rocksdb
from kstream_cli.state.stores import Stores

ROWS = [(f"key{number:05}", number) for number in range(5_000)]
NUMBERS = Stores.key_value("numbers", key=str, value=int)


@pytest.fixture
def store(context: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A store whose rows are all on disk, read two at once."""
    monkeypatch.setattr(rocksdb, "_FIRST_CHUNK_ROWS", 2)
    monkeypatch.setattr(rocksdb, "_CHUNK_ROWS", 2)
    store: Any = filled(NUMBERS, context, ROWS[:7])
    yield store
    store.close()


def filled(builder: Any, context: Any, rows: Any) -> Any:
    store = builder.build()
    store.open(context)
    for row in rows:
        store.put(*row)
    store.commit(len(rows))
    store.close()
    store.open(context)
    return store


def folder_of(store: Any) -> Path:
    return store._table._disk.path


def test_a_scan_gives_all_rows_in_both_directions(store: Any) -> None:
    assert list(store.all()) == ROWS[:7]
    assert list(store.reverse_all()) == ROWS[6::-1]


@pytest.mark.parametrize(("first", "last"), [(0, 1), (0, 2), (1, 3), (2, 3), (3, 3), (1, 6), (6, 6)])
def test_a_range_ends_within_or_between_chunks(store: Any, first: int, last: int) -> None:
    bounds = ROWS[first][0], ROWS[last][0]
    assert list(store.range(*bounds)) == ROWS[first : last + 1]
    assert list(store.reverse_range(*bounds)) == ROWS[first : last + 1][::-1]


def test_a_range_backwards_leaves_out_the_key_just_above_its_end(store: Any) -> None:
    store.put(ROWS[3][0] + "\0", 9)
    store.commit(8)
    store.close()
    store.open(store._context)
    assert list(store.reverse_range(None, ROWS[3][0])) == ROWS[3::-1]


def test_a_loop_over_a_closed_iterator_is_refused_at_the_next_chunk(store: Any) -> None:
    rows = store.all()
    loop = iter(rows)
    assert next(loop) == ROWS[0]
    rows.close()
    assert next(loop) == ROWS[1]  # Read together with the first.
    with pytest.raises(StoreClosedError, match="numbers"):
        next(loop)


def test_a_loop_over_an_iterator_closed_before_its_first_row_is_refused(store: Any) -> None:
    with store.all() as rows:
        loop = iter(rows)
    with pytest.raises(StoreClosedError, match="numbers"):
        next(loop)


def test_an_iterator_is_refused_at_once_after_its_store_was_closed(store: Any) -> None:
    rows = store.all()
    assert next(rows) == ROWS[0]
    store.close()
    with pytest.raises(StoreClosedError, match="numbers"):
        next(rows)


def test_an_iterator_over_several_segments_is_refused_at_once_after_its_store_was_closed(context: Any) -> None:
    windows = Stores.window("windows", key=str, value=int, retention=3_600_000, window_size=10)
    starts = [0, 10, 2_000_000, 2_000_010]
    store: Any = filled(windows, context, [("a", start, start) for start in starts])
    assert [value for _, value in store.all()] == starts
    assert [value for _, value in store.backward_all()] == starts[::-1]
    rows = store.all()
    assert next(rows)[1] == 0
    store.close()
    with pytest.raises(StoreClosedError, match="windows"):
        next(rows)


@pytest.mark.parametrize("ending", ["closed", "read to its end", "left open"])
def test_a_store_that_was_scanned_can_be_closed(store: Any, ending: str) -> None:
    rows = iter(store.all())
    next(rows)
    if ending == "read to its end":
        list(rows)
    elif ending == "closed":
        with store.all() as rows:
            next(rows)
    folder = folder_of(store)
    store.close()
    Rdict(str(folder)).close()  # Fails while the database is open.


def test_a_value_the_serde_cannot_read_is_told_with_the_store(context: Any) -> None:
    store: Any = filled(Stores.key_value("numbers", key=str, value=str), context, [("a", "text")])
    store.close()
    store = NUMBERS.build()
    store.open(context)
    with pytest.raises(
        SerializationError, match=r"store 'numbers' holds .* cannot read: LongSerde reads 8 bytes, not 4"
    ):
        list(store.all())
    store.close()


def test_a_value_the_serde_cannot_read_is_no_matter_once_it_was_replaced(context: Any) -> None:
    texts = Stores.key_value("numbers", key=str, value=str)
    store: Any = filled(texts, context, [("a", "text"), ("b", "12345678"), ("c", "text")])
    store.close()
    store = NUMBERS.build()
    store.open(context)
    store.put("a", 1)
    store.put("c", None)
    assert list(store.all()) == [("a", 1), ("b", int.from_bytes(b"12345678", "big"))]
    store.close()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_that_meets_damage_is_an_error(context: Any, reverse: bool) -> None:
    store: Any = filled(NUMBERS, context, ROWS)
    (file,) = folder_of(store).glob("*.sst")
    data = file.read_bytes()
    middle = len(data) // 2
    file.write_bytes(data[: middle - 10_000] + bytes(20_000) + data[middle + 10_000 :])
    with pytest.raises(StoreDamagedError, match="numbers"):
        list(store.reverse_all() if reverse else store.all())
    store.close()


def test_after_a_value_the_serde_cannot_read_the_store_can_be_opened_again(context: Any) -> None:
    store: Any = filled(Stores.key_value("numbers", key=str, value=str), context, [("a", "text")])
    store.close()
    store = NUMBERS.build()
    store.open(context)
    with pytest.raises(SerializationError) as kept:
        list(store.all())
    store.close()
    store.open(context)
    store.close()
    assert kept.value.__traceback__ is not None


def test_long_values_are_read_few_at_once(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rocksdb, "_CHUNK_BYTES", 100_000)
    rows = [(f"{number:03}", bytes(40_000 if 20 <= number < 40 else 10)) for number in range(60)]
    store: Any = filled(Stores.key_value("blobs", key=str, value=bytes), context, rows)
    sizes = [len(keys) for keys, _ in store._table._disk.chunks()]
    assert list(store.all()) == rows
    assert sizes == [4, 8, 16, 4, 2, 2, 2, 2, 2, 4, 8, 6]
    store.close()
