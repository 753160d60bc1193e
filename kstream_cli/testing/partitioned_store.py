"""A store of several tasks as a test sees it: reads of all partitions together."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from kstream_cli.errors import StoreError
from kstream_cli.state.iterators import Rows
from kstream_cli.state.store import StateStore, StoreIterator

_WRITES = frozenset({"put", "put_all", "put_if_absent", "delete", "remove"})


class PartitionedStore:
    """The partitions of a store, in order. A read gives what any of them has; a write needs one of them."""

    def __init__(self, partitions: Mapping[int, StateStore]) -> None:
        self.partitions = dict(partitions)
        self.name = next(iter(self.partitions.values())).name

    def __getattr__(self, name: str) -> Any:
        if name in _WRITES:
            raise StoreError(
                f"store {self.name!r} has {len(self.partitions)} partitions: write to one, store(…, partition=0)"
            )
        methods = [getattr(store, name) for store in self.partitions.values()]
        if not callable(methods[0]):
            return methods[0]
        return lambda *arguments, **named: _together(
            [method(*arguments, **named) for method in methods], self.name, counts=name == "approximate_num_entries"
        )


def _together(answers: list[Any], store: str, *, counts: bool) -> Any:
    if counts:
        return sum(answers)
    if isinstance(answers[0], StoreIterator):
        return Rows(iter(list(chain.from_iterable(answers))), store)
    if isinstance(answers[0], list):
        return list(chain.from_iterable(answers))
    return next((answer for answer in answers if answer is not None), None)
