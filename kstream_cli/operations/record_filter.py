"""An expression over a record, such as `value.amount > 10`, that may look and compare, and do nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simpleeval import (
    DEFAULT_OPERATORS,
    EvalWithCompoundTypes,
    FeatureNotAvailable,
    FunctionNotDefined,
    InvalidExpression,
    NameNotDefined,
)

from kstream_cli.errors import ConfigError

NAMES = ("key", "value", "timestamp", "topic", "partition", "offset", "headers")
"""What an expression may name."""

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"len": len, "str": str, "int": int, "float": float, "abs": abs}


class RecordFilter:
    """Whether a record is wanted.

    Fields are taken with a dot, from objects and from JSON objects alike. A record that lacks a field, or whose types
    cannot be compared, is not wanted. Text methods such as `startswith` work.

    Raises ConfigError when it is made from an expression that cannot be read, or that names something unknown.

    Example:
        >>> RecordFilter("value.amount > 10").matches(key="a", value={"amount": 20})
        True
    """

    def __init__(self, expression: str) -> None:
        self._text = expression
        self._evaluator = EvalWithCompoundTypes(operators=DEFAULT_OPERATORS, functions=dict(_FUNCTIONS))
        self._evaluator.ATTR_INDEX_FALLBACK = True
        try:
            self._parsed = self._evaluator.parse(expression.strip())
        except (SyntaxError, InvalidExpression) as error:
            raise ConfigError(f"the filter {expression!r} cannot be read: {error}") from error

    def matches(self, **record: Any) -> bool:
        """Whether the expression is true of a record, given by the names in NAMES."""
        self._evaluator.names = {"true": True, "false": False, "null": None, **record}
        try:
            return bool(self._evaluator.eval(self._text, previously_parsed=self._parsed))
        except NameNotDefined as error:
            raise ConfigError(
                f"the filter {self._text!r} names {error.name!r}: it may name {', '.join(NAMES)}"
            ) from error
        except (FeatureNotAvailable, FunctionNotDefined) as error:
            raise ConfigError(f"the filter {self._text!r} asks for too much: {error}") from error
        except Exception:
            # A record of another shape is none that was asked for.
            return False
