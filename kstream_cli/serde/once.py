"""What is found out about a type, once: hundreds of topics may have the same one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")


def once_a_type(function: Callable[[Any], R]) -> Callable[[Any], R]:
    """The function, which remembers what it answered for a type. Errors and types without a hash are not remembered."""
    remembered = functools.lru_cache(maxsize=1024)(function)

    @functools.wraps(function)
    def answer(type: Any) -> R:
        try:
            hash(type)
        except TypeError:
            return function(type)
        return remembered(type)

    return answer
