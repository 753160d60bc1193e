"""Rows over a database in a dictionary, which writes down what is asked of it, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import pytest

from kstream_cli.errors import StoreError
from kstream_cli.state.disk import write_buffer
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes
from kstream_cli.state.disk.write_buffer import BufferedRows

CHUNK_ROWS = 3
NOWHERE = Path("there-is-no-such-folder")
TEXT = SimpleNamespace(encode=str.encode, decode=bytes.decode, decode_all=lambda data: [each.decode() for each in data])


class Database:
    """What RocksDB is to the rows over it."""

    def __init__(self, path: Path, rows: Mapping[bytes, bytes] | None = None) -> None:
        self.path = path
        self.rows = dict(rows or {})
        self.offset: int | None = None
        self.kept_notes: dict[bytes, bytes] = {}
        self.written: list[tuple[Any, ...]] = []
        """(rows, offset, notes, the bound below which rows are dropped) of each batch."""
        self.asked: list[tuple[str, bytes]] = []
        self.scanned: list[tuple[Any, ...]] = []
        self.is_closed = False
        self.is_full = False
        """No write succeeds any more."""

    @property
    def is_empty(self) -> bool:
        return not self.rows

    def notes(self) -> dict[bytes, bytes]:
        return dict(self.kept_notes)

    def get(self, key: bytes) -> bytes | None:
        self.asked.append(("get", key))
        return self.rows.get(key)

    def stored(self, key: bytes) -> bytes | None:
        self.asked.append(("stored", key))
        return self.rows.get(key)

    def chunks(self, low: Any, high: Any, *, inclusive: bool, reverse: bool) -> Iterator[Any]:
        self.scanned.append((low, high, inclusive, reverse))
        keys = [
            key
            for key in sorted(self.rows, reverse=reverse)
            if (low is None or key >= low) and (high is None or (key <= high if inclusive else key < high))
        ]
        for start in range(0, len(keys), CHUNK_ROWS):
            chunk = keys[start : start + CHUNK_ROWS]
            yield chunk, [self.rows[key] for key in chunk]

    def write(self, keys: Any, values: Any, *, offset: Any, notes: Any, drop_below: bytes | None = None) -> None:
        if self.is_full:
            raise StoreError("the disk is full")
        assert keys == sorted(keys)
        batch = dict(zip(keys, values, strict=True))
        self.written.append((batch, offset, dict(notes), drop_below))
        for key in [key for key in self.rows if drop_below is not None and key < drop_below]:
            del self.rows[key]
        self.rows.update(batch)
        self.rows = {key: value for key, value in self.rows.items() if value is not None}
        self.offset = offset

    def approximate_size(self) -> int:
        return len(self.rows)

    def property(self, name: str) -> int:
        return len(name)

    def close(self) -> None:
        self.is_closed = True


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Store:
    """Rows of text, and what surrounds them."""

    def __init__(
        self,
        directory: Path,
        rows: dict[bytes, bytes] | None = None,
        *,
        offset: int | None = None,
        logged: bool = True,
        limit: int = -1,
    ) -> None:
        self.disk = Database(directory, rows)
        self.disk.offset = offset
        self.disk.kept_notes = {b"note": b"0"}
        self.requests = 0
        self.uncommitted = UncommittedBytes(limit)
        self.let_go = 0
        self.rows = self.open(logged=logged)

    def open(self, *, logged: bool = True, listens: bool = True) -> BufferedRows:
        rows = BufferedRows(
            self.disk,  # type: ignore[arg-type]
            "store",
            TEXT,  # type: ignore[arg-type]
            request_commit=self.request_commit,
            logged=logged,
            uncommitted=self.uncommitted,
        )
        if listens:
            rows.let_go = self.count
        return rows

    def request_commit(self) -> None:
        self.requests += 1

    def count(self) -> None:
        self.let_go += 1

    @property
    def written(self) -> list[Any]:
        """The rows and the offset of each batch."""
        return [(rows, offset) for rows, offset, _, _ in self.disk.written]

    def shown(self, low: bytes | None = None, high: bytes | None = None, **how: bool) -> list[tuple[bytes, str]]:
        return self.rows.select(low, high, pairs, **how)

    def fill(self, count: int, text: str = "") -> None:
        for number in range(count):
            self.rows.put(b"%05d" % number, text)


def pairs(keys: list[bytes], cells: list[Any]) -> Iterable[tuple[bytes, Any]]:
    return zip(keys, cells, strict=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(write_buffer, "time", found)
    monkeypatch.setattr(write_buffer, "_OPEN", WeakSet())
    return found


@pytest.fixture
def new(clock: Clock) -> Callable[..., Store]:
    return lambda rows=None, **options: Store(NOWHERE, rows, **options)


@pytest.fixture
def over(new: Callable[..., Store]) -> Callable[..., Store]:
    """Makes a store over a database that has rows."""
    return lambda **options: new({b"a": b"1", b"b": b"2", b"c": b"3"}, **options)
