"""The user's joiner in the one shape that the join operators call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.callables import check_function

KeyedJoiner: TypeAlias = Callable[[Any, Any, Any], Any]
"""(key, left, right) -> the joined value."""


@dataclass(frozen=True, slots=True)
class Joiner:
    """What the user gave: a function of (left, right), or with the key in front."""

    function: Callable[..., Any]
    with_key: bool = False
    with_mapped_key: bool = False
    """Both keys in front: the stream's and the one that the selector gave (joins with global tables, KIP-1340)."""

    def __post_init__(self) -> None:
        if self.with_mapped_key:
            check_function(self.function, "joiner", "key", "mapped_key", "left", "right")
        elif self.with_key:
            check_function(self.function, "joiner", "key", "left", "right")
        else:
            remedy = "; with_key=True makes it (key, left, right)"
            check_function(self.function, "joiner", "left", "right", remedy=remedy)

    def keyed(self) -> KeyedJoiner:
        """The joiner as a function of (key, left, right)."""
        function = self.function
        return function if self.with_key else lambda key, left, right: function(left, right)

    def mapped(self) -> Callable[[Any, Any, Any, Any], Any]:
        """The joiner as a function of (key, mapped key, left, right)."""
        if self.with_mapped_key:
            return self.function
        join = self.keyed()
        return lambda key, mapped_key, left, right: join(key, left, right)

    def reversed(self) -> KeyedJoiner:
        """The joiner as a function of (key, right, left), for the right side of a join."""
        function = self.function
        if self.with_key:
            return lambda key, right, left: function(key, left, right)
        return lambda key, right, left: function(left, right)
