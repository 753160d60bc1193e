"""Keeping a value as it is while user code may change the object in place."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_IMMUTABLE = frozenset({int, str, float, bytes, bool, type(None)})


def snapshot(value: Any) -> Any:
    """The value itself where it cannot change, else a copy that an aggregator cannot reach."""
    return value if type(value) in _IMMUTABLE else deepcopy(value)
