"""A database of rows: what is in it, what a scan shows, and what all databases of a process share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kstream_cli.config import Config
from kstream_cli.errors import StoreDamagedError, StoreError
from kstream_cli.state.disk.rocksdb import ROW, RocksDB


def test_writes_to_one_of_hundreds_of_databases_wait_in_its_memory(tmp_path: Path) -> None:
    config = Config.from_mapping({"application.id": "test"})
    databases = [RocksDB(tmp_path / f"{number}", store=f"{number}", config=config) for number in range(200)]
    for number in range(5):
        databases[0].write([b"key"], [b"%d" % number], offset=number, notes={})
    files = list((tmp_path / "0").glob("*.sst"))
    in_memory = [database.property("cur-size-all-mem-tables") or 0 for database in databases]
    for database in databases:
        database.close()
    assert sum(in_memory) < 20_000_000
    assert files == []


CONFIG = Config.from_mapping({"application.id": "test"})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Callable[[], RocksDB]]:
    """Opens the database, also again."""
    opened: list[RocksDB] = []

    def again() -> RocksDB:
        while opened:
            opened.pop().close()
        opened.append(RocksDB(tmp_path / "store", store="store", config=CONFIG))
        return opened[0]

    yield again
    for each in opened:
        each.close()


def test_rows_notes_and_the_offset_that_they_are_as_of_are_there_again(database: Callable[[], RocksDB]) -> None:
    rows = database()
    assert (rows.is_empty, rows.offset, rows.notes()) == (True, None, {})
    rows.write([b"a", b"b"], [b"1", b"2"], offset=5, notes={b"time": b"7"})
    rows.write([b"a"], [None], offset=None, notes={b"time": b"8"})
    rows = database()
    assert (rows.is_empty, rows.offset, rows.notes()) == (False, 5, {b"time": b"8"})
    assert [rows.get(b"a"), rows.get(b"b"), rows.stored(b"b")] == [None, b"2", b"2"]
    rows.write([], [], offset=0, notes={})
    assert database().offset == 0


def test_rows_below_a_bound_are_dropped_before_new_ones_are_written(database: Callable[[], RocksDB]) -> None:
    rows = database()
    rows.write([b"a", b"b", b"c"], [b"1", b"2", b"3"], offset=1, notes={b"time": b"7"})
    assert rows.get(b"b") == b"2"
    rows.write([b"a"], [b"new"], offset=2, notes={}, drop_below=b"c")
    for _ in range(2):
        assert [rows.get(key) for key in (b"a", b"b", b"c")] == [b"new", None, b"3"]
        assert (rows.offset, rows.notes()) == (2, {b"time": b"7"})
        rows = database()


@pytest.mark.parametrize("native", ["0", "1"])
def test_a_scan_goes_from_bound_to_bound_in_either_order(
    database: Callable[[], RocksDB], monkeypatch: pytest.MonkeyPatch, native: str
) -> None:
    monkeypatch.setenv("KSTREAM_NATIVE", native)
    rows = database()
    keys = [b"%02d" % number for number in range(20)]
    rows.write(keys, keys, offset=1, notes={b"n": b""})

    def scanned(low: bytes | None, high: bytes | None, *, inclusive: bool) -> list[bytes]:
        def scan(*, reverse: bool) -> list[bytes]:
            chunks = rows.chunks(low, high, inclusive=inclusive, reverse=reverse)
            return [key for found, values in chunks if found == values for key in found]

        assert scan(reverse=True) == scan(reverse=False)[::-1]
        return scan(reverse=False)

    assert scanned(None, None, inclusive=True) == keys
    assert scanned(b"03", b"17", inclusive=True) == keys[3:18]
    assert scanned(b"03", b"17", inclusive=False) == keys[3:17]
    assert scanned(b"031", b"171", inclusive=False) == keys[4:18]
    assert scanned(b"03", b"03", inclusive=True) == [b"03"]
    assert scanned(b"03", b"03", inclusive=False) == scanned(b"04", b"03", inclusive=True) == []


def test_a_scan_that_ends_before_the_last_row_tells_of_damage_and_the_database_is_not_opened_again(
    database: Callable[[], RocksDB],
) -> None:
    rows = database()
    broken = rows._chunks(iter([(ROW + b"a", b"1")]), lambda row: False)
    assert next(broken) == ([b"a"], [b"1"])
    with pytest.raises(StoreDamagedError, match="a scan broke off"):
        next(broken)
    with pytest.raises(StoreDamagedError, match="a scan broke off"):
        database()


def test_a_database_that_cannot_be_opened_is_named_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").mkdir()
    with pytest.raises(
        StoreError, match=rf"'counts' cannot be opened in {tmp_path}: .*: move it away, or set state\.dir"
    ):
        RocksDB(tmp_path, store="counts", config=Config.from_mapping({"application.id": "test"}))
