"""The name that was most likely meant, for the errors of all layers."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.5) -> str | None:
    """The known name that is most like the given one; None where none is (`cutoff`: 1 is the same name).

    Example:
        >>> nearest("ordres", ["orders", "prices"])
        'orders'
    """
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=cutoff)), None)
