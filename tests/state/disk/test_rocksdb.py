"""The databases of a process share their memory."""

from __future__ import annotations

from pathlib import Path

from kstream_cli.config import Config
from kstream_cli.state.disk.rocksdb import RocksDB


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
