"""The initializers and aggregators of kstream's own: counts and reductions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.callables import check_function


def zero() -> int:
    """The initial count."""
    return 0


def one_more(key: Any, value: Any, count: int) -> int:
    """The count after one more record."""
    return count + 1


def nothing() -> None:
    """The initial value of a reduction: none."""


@dataclass(frozen=True, slots=True)
class Reducing:
    """An aggregator that starts with the first value and goes on with `reducer(aggregate, value)`."""

    reducer: Callable[[Any, Any], Any]

    def __post_init__(self) -> None:
        check_function(self.reducer, "reducer", "aggregate", "value")

    def __call__(self, key: Any, value: Any, aggregate: Any) -> Any:
        return value if aggregate is None else self.reducer(aggregate, value)
