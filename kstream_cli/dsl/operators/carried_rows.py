"""Joins of two streams whose results' headers come of both sides: rows that keep headers stand for the values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.processor.operator import Process
from kstream_cli.record import Headers
from kstream_cli.state.stored_headers import headers_of, row_with_headers

_NEXT = ("kstream.next", None)
"""Stands between the headers of records that are held in one row."""


def row_joiner(joiner: Joiner, rule: ResultHeaders, *, is_left: bool) -> Joiner:
    """The joiner as one of rows, which gives a row: the joined value, with the headers that the rule picks.

    `is_left`: the record being processed is the left one.
    """
    join, pick = joiner.keyed(), rule.merged(is_left=is_left)

    def joined(key: Any, left: Any, right: Any) -> Any:
        value = join(key, None if left is None else left[0], None if right is None else right[0])
        this, other = (left, right) if is_left else (right, left)
        headers = pick(headers_of(this), _time_of(this), headers_of(other), _time_of(other))
        return row_with_headers(value, 0, headers)

    return Joiner(joined, with_key=True)


def of_rows(process: Process) -> Process:
    """A process of rows as one of records."""

    def packed(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
        process(key, None if value is None else row_with_headers(value, timestamp, headers), timestamp, headers)

    return packed


def to_values(forward: Process) -> Process:
    """A function that takes rows and forwards their values."""

    def unpacked(key: Any, row: Any, timestamp: int, headers: Headers) -> None:
        forward(key, row[0], timestamp, headers_of(row))

    return unpacked


class HeldRows:
    """The store of records held unmatched, with their headers: what it gives and takes are lists of (side, row).

    Values and changelog are as without headers. Those of several records of one key and time stand in one list.
    """

    def __init__(self, store: Any) -> None:
        self._store = store

    def get(self, side_key: Any) -> list[Any] | None:
        row = self._store.get(side_key)
        return None if row is None else _rows(side_key, row)

    def put(self, side_key: Any, held: list[Any] | None) -> None:
        self._store.put(side_key, None if held is None else _packed(side_key, held))

    @contextmanager
    def all(self) -> Iterator[Iterator[tuple[Any, list[Any]]]]:
        with self._store.all() as rows:
            yield ((side_key, _rows(side_key, row)) for side_key, row in rows)


def _rows(side_key: Any, row: Any) -> list[Any]:
    groups: list[list[Any]] = [[]]
    for header in headers_of(row):
        if tuple(header) == _NEXT:
            groups.append([])
        else:
            groups[-1].append(header)
    groups += [[] for _ in row[0][len(groups) :]]
    time = side_key[0]
    return [
        (side, row_with_headers(value, time, tuple(found)))
        for (side, value), found in zip(row[0], groups, strict=False)
    ]


def _packed(side_key: Any, held: list[Any]) -> tuple[Any, int]:
    headers: list[Any] = []
    for number, (_, row) in enumerate(held):
        headers += [_NEXT] * (number > 0) + list(headers_of(row))
    return row_with_headers([(side, row[0]) for side, row in held], side_key[0], tuple(headers))


def _time_of(row: Any) -> int:
    return NOTHING_FOUND if row is None else int(row[1])
