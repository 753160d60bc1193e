"""Iterators over a store's rows, which refuse to go on once they, or their store, are closed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
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


class OpenRows(Rows[V]):
    """Rows read from the disk while iterating, chunk by chunk; `on_close` releases what the store holds for it.

    A loop that goes on after a close is refused when it comes to the next chunk.
    """

    def __init__(self, chunks: Iterator[Iterable[V]], store: str, on_close: Callable[[OpenRows[Any]], None]) -> None:
        super().__init__(chain.from_iterable(self._until_closed()), store)
        self._chunks: Iterator[Iterable[V]] | None = chunks
        self._on_close = on_close

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        super().close()
        self._chunks = None  # The only reference: with it goes the disk's own iterator.
        self._release()

    def _until_closed(self) -> Generator[Iterable[V], None, None]:
        while self._chunks is not None:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._release()
                return
            yield chunk
        raise _closed(self._store)

    def _release(self) -> None:
        """Let go of the disk; at the last row already, for loops that never close what they looped over."""
        on_close, self._on_close = self._on_close, _nothing
        on_close(self)


def _nothing(rows: OpenRows[Any]) -> None:
    """Released already."""


def _closed(store: str) -> StoreClosedError:
    return StoreClosedError(f"an iterator over store {store!r} was used after it, or the store, was closed")
