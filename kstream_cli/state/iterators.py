"""Iterators over a store's rows, which refuse to go on once they, or their store, are closed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from kstream_cli.errors import StoreClosedError
from kstream_cli.state.store import StoreIterator

V = TypeVar("V")


class Rows(StoreIterator[V]):
    """Rows already at hand in memory."""

    def __init__(self, rows: Iterator[V], store: str) -> None:
        self._rows: Iterator[V] | None = rows
        self._store = store

    def __iter__(self) -> Iterator[V]:
        rows = self._rows
        if rows is None:
            raise _closed(self._store)
        return rows  # A loop runs over the rows themselves, at full speed.

    def __next__(self) -> V:
        rows = self._rows
        if rows is None:
            raise _closed(self._store)
        return next(rows)

    def __exit__(self, *exc: object) -> None:
        self._rows = None

    def close(self) -> None:
        self._rows = None


class OpenRows(StoreIterator[V]):
    """Rows read from the disk while iterating; `on_close` releases what the store holds for it."""

    def __init__(self, rows: Generator[V, None, None], store: str, on_close: Callable[[OpenRows[Any]], None]) -> None:
        self._rows: Generator[V, None, None] | None = rows
        self._store = store
        self._on_close = on_close

    def __next__(self) -> V:
        if self._rows is None:
            raise _closed(self._store)
        try:
            return next(self._rows)
        except StopIteration:
            self._release()
            raise

    def close(self) -> None:
        if self._rows is not None:
            self._release()
            self._rows.close()
            self._rows = None

    def _release(self) -> None:
        """Let go of the disk; at the last row already, for loops that never close what they looped over."""
        on_close, self._on_close = self._on_close, _nothing
        on_close(self)


def _nothing(rows: OpenRows[Any]) -> None:
    """Released already."""


def _closed(store: str) -> StoreClosedError:
    return StoreClosedError(f"an iterator over store {store!r} was used after it, or the store, was closed")
