"""The initializers and aggregators of kstream's own: counts and reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kstream_cli.dsl.arguments import check_function


def zero() -> int:
    """The initial count."""
    return 0


def one_more(key: Any, value: Any, count: int) -> int:
    """The count after one more record."""
    return count + 1


def nothing() -> None:
    """The initial value of a reduction: none."""


def reducing(reducer: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """An aggregator that starts with the first value and goes on with `reducer(aggregate, value)`."""
    check_function(reducer, "reducer", "aggregate", "value")

    def aggregate(key: Any, value: Any, current: Any) -> Any:
        return value if current is None else reducer(current, value)

    return aggregate
