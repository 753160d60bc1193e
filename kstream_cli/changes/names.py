"""Generated names of stores and topics: `KSTREAM-AGGREGATE-STATE-STORE-0000000003`, `orders-STATE-STORE-0000000000`."""

from __future__ import annotations

import re

_GENERATED = re.compile(r"(?P<stem>(?:K(?:STREAM|TABLE)|COGROUPKSTREAM)-.+?|.+-STATE-STORE)-\d{10}(?P<rest>\D.*)?")


def is_generated(name: str) -> bool:
    """Whether a number that moves with the topology stands in the name of a store or topic."""
    return _GENERATED.fullmatch(name) is not None


def stem(name: str) -> str | None:
    """A generated name without its number; None for one that the user gave."""
    found = _GENERATED.fullmatch(name)
    return None if found is None else found["stem"] + (found["rest"] or "")
