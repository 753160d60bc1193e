"""The few words that the cases' topologies share; what they mean is said in the recorder's list of names."""

from __future__ import annotations

from typing import Any


def cat(*parts: Any) -> str:
    """The parts as one text, as Java's `+` makes it: None is written `null`."""
    return "".join("null" if part is None else str(part) for part in parts)


def PAIR(left: Any, right: Any) -> str:
    """The joiner of most cases: both values with a comma between."""
    return cat(left, ",", right)


def pass_on(record: Any, context: Any) -> None:
    """A processor that forwards what it gets."""
    context.forward(record)
