"""Many changelog records into a store on disk: sorted files that the database takes over, and the offset after them."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli.errors import StoreError
from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.state.builders import KeyValueStoreBuilder
from kstream_cli.state.disk import latest_rows, restored_rows, write_buffer
from kstream_cli.state.store import StateStore

COUNTS: KeyValueStoreBuilder[str, int] = KeyValueStoreBuilder(name="counts", key=StringSerde(), value=LongSerde())
FILE_ROWS = 40
ROWS = 10 * FILE_ROWS
FIRST_SLOTS_BYTES = 1024 * 8
ROW_BYTES = 24
"""A head of 8 bytes, a key of 5, a value of 8: a multiple of 8."""
Record = tuple[bytes, bytes | None, int]


@pytest.fixture(autouse=True, params=["native", "dictionary"])
def small(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("KSTREAM_NATIVE", "1" if request.param == "native" else "0")
    monkeypatch.setattr(restored_rows, "_ROWS", ROWS)
    monkeypatch.setattr(restored_rows, "_FILE_ROWS", FILE_ROWS)
    monkeypatch.setattr(restored_rows, "_PART_ROWS", FILE_ROWS // 3)
    monkeypatch.setattr(latest_rows, "_LIMIT_ROWS", FILE_ROWS)
    monkeypatch.setattr(latest_rows, "_LIMIT_BYTES", FIRST_SLOTS_BYTES + FILE_ROWS * ROW_BYTES - 1)
    if request.param == "native" and isinstance(latest_rows.latest_rows(), latest_rows.RowDictionary):
        pytest.skip("the extension was not built")


@pytest.fixture
def opened(context: Any) -> Iterator[Callable[..., Any]]:
    stores: list[StateStore] = []

    def opened(directory: Path | None = None) -> Any:
        store = COUNTS.build()
        store.open(context if directory is None else replace(context, directory=directory))
        stores.append(store)
        return store

    yield opened
    for store in stores:
        store.close()


def record(key: int, value: int | None) -> Record:
    return b"%05d" % key, None if value is None else value.to_bytes(8, "big"), 0


def rows_of(records: list[Record]) -> list[tuple[str, int]]:
    """What a store holds after these records."""
    latest = {key.decode(): value for key, value, _ in records}
    return sorted((key, int.from_bytes(value, "big")) for key, value in latest.items() if value is not None)


def shuffled(count: int, *, keys: int, seed: int) -> list[Record]:
    """Puts of random keys, and some tombstones."""
    rng = random.Random(seed)
    return [record(rng.randrange(keys), rng.choice((None, *range(1, 10)))) for _ in range(count)]


def without_compaction(store: str, options: Any, config: Any) -> None:
    options.set_disable_auto_compactions(True)


def under_way(context: Any) -> list[Path]:
    return sorted((context.directory / "kstream" / "counts").glob("*.under-way"))


def test_rows_in_order_go_to_one_file_across_batches(opened: Any, context: Any) -> None:
    store = opened()
    records = [record(number, number) for number in range(4 * FILE_ROWS)]
    for start in range(0, len(records), FILE_ROWS):
        store.restore(records[start : start + FILE_ROWS])
    assert len(under_way(context)) == 1
    assert list(store.all()) == rows_of(records)


def test_of_a_key_in_several_files_the_last_value_counts(opened: Any, context: Any) -> None:
    store = opened()
    records = [record(key, value) for value in (1, 2, 3) for key in range(FILE_ROWS)]
    for start in range(0, len(records), FILE_ROWS):
        store.restore(records[start : start + FILE_ROWS])
    assert len(under_way(context)) == 3
    assert list(store.all()) == rows_of(records)


def test_a_key_twice_in_a_batch_keeps_its_last_value(opened: Any) -> None:
    store = opened()
    records = [record(key // 2, key) for key in range(4 * FILE_ROWS)]
    store.restore(records)
    assert list(store.all()) == rows_of(records)


def test_tombstones_delete_rows_that_an_earlier_file_brought(opened: Any) -> None:
    store = opened()
    store.restore([record(key, 1) for key in range(2 * FILE_ROWS)])
    assert store.get("00007") == 1
    store.restore([record(key, None) for key in range(FILE_ROWS)])
    assert list(store.all()) == [(f"{key:05}", 1) for key in range(FILE_ROWS, 2 * FILE_ROWS)]


def test_files_replace_rows_that_were_put_before(opened: Any) -> None:
    store = opened()
    store.put("00001", 7)
    store.commit(1)
    store.restore([record(key, 9) for key in range(FILE_ROWS)])
    assert store.get("00001") == 9


def test_a_row_in_memory_replaces_one_of_a_file_that_is_handed_over_with_it(opened: Any) -> None:
    store = opened()
    store.restore([record(key, 1) for key in range(2 * FILE_ROWS)])
    store.restore([record(7, 2)])
    assert store.get("00007") == 2


def test_what_the_disk_did_not_take_is_kept_and_written_later(tmp_path: Path) -> None:
    written: list[Any] = []

    def write(keys: list[bytes], data: list[bytes | None], *, offset: int, notes: Any) -> None:
        written.append((keys, data, offset))
        if len(written) == 1:
            raise StoreError("the disk is full")

    rows = restored_rows.RestoredRows(SimpleNamespace(path=tmp_path, write=write))  # type: ignore[arg-type]
    rows.extend([b"b", b"a"], [b"1", None])
    with pytest.raises(StoreError, match="full"):
        rows.write(5, {})
    assert rows.is_waiting
    rows.write(6, {})
    assert not rows.is_waiting
    assert written == [([b"a", b"b"], [None, b"1"], offset) for offset in (5, 6)]


def test_what_is_put_after_a_restore_replaces_rows_of_files(opened: Any) -> None:
    store = opened()
    store.restore([record(key, 9) for key in range(2 * ROWS)])
    store.put("00001", 7)
    store.commit(1)
    store.close()
    assert opened().get("00001") == 7


def test_keys_that_come_again_and_again_make_no_file(opened: Any, context: Any) -> None:
    store = opened()
    for seed in range(20):
        store.restore(shuffled(FILE_ROWS, keys=FILE_ROWS // 2, seed=seed))
    assert under_way(context) == []


def test_a_store_restored_in_any_order_holds_the_last_values(opened: Any) -> None:
    records = shuffled(5 * ROWS, keys=ROWS, seed=1)
    store = opened()
    for start in range(0, len(records), 70):
        store.restore(records[start : start + 70])
    store.commit(len(records))
    store.close()
    store = opened()
    assert (store.committed_offset, list(store.all())) == (len(records), rows_of(records))


@pytest.mark.parametrize("in_order", [True, False])
def test_a_crash_in_the_middle_leaves_an_offset_that_is_not_ahead_of_the_rows(
    opened: Any, context: Any, tmp_path: Path, in_order: bool
) -> None:
    records = shuffled(3 * ROWS, keys=10 * ROWS, seed=2)
    if in_order:
        records.sort(key=lambda each: each[0])
    # Else files may go while they are copied.
    context.config = replace(context.config, rocksdb_config_setter=without_compaction)
    store = opened()
    reached = set()
    for start in range(0, len(records), 55):
        store.restore(records[start : start + 55])
        if start % 110 == 0:
            store.commit(start + 55)
        crashed = tmp_path / f"crashed-{start}"
        shutil.copytree(context.directory, crashed)
        again = opened(crashed)
        offset = again.committed_offset or 0
        again.restore(records[offset : start + 55])
        assert list(again.all()) == rows_of(records[: start + 55])
        reached.add(offset)
    assert len(reached) > 2


def test_a_file_that_a_kill_left_behind_is_deleted_and_not_written_to(opened: Any, context: Any) -> None:
    store = opened()
    records = [record(number, number) for number in range(2 * FILE_ROWS)]
    store.restore(records)
    store.commit(len(records))
    store.close()
    folder = context.directory / "kstream" / "counts"
    for number, file in enumerate(sorted(folder.glob("*.sst")), 1):
        os.link(file, folder / f"{number}.under-way")
    store = opened()
    assert under_way(context) == []
    store.restore([record(number, 0) for number in range(5 * FILE_ROWS, 7 * FILE_ROWS)])
    assert store.get("00007") == 7


def test_after_a_file_that_cannot_be_written_nothing_is_handed_over(
    opened: Any, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_buffer, "_RESTORE_INTERVAL_SECONDS", 0.0)
    store = opened()
    store.restore([record(key, 1) for key in range(FILE_ROWS)])
    (context.directory / "kstream" / "counts" / "2.under-way").mkdir()
    with pytest.raises(StoreError, match="'counts' cannot write to"):
        store.restore([record(key, 2) for key in range(FILE_ROWS)])
    with pytest.raises(StoreError, match="'counts' cannot write to"):
        store.commit(2 * FILE_ROWS)
    store.close()
    (context.directory / "kstream" / "counts" / "2.under-way").rmdir()
    store = opened()
    assert (store.committed_offset, list(store.all())) == (None, [])
