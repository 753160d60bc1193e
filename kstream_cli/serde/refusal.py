"""Why a serde refused a value, in words."""

from __future__ import annotations

import re
from typing import Any

from kstream_cli.user_objects import text_of

_DESCRIPTOR = re.compile(r"descriptor '\w+' for '(\w+)' objects")


def refusal(error: Exception, given: Any) -> str:
    """The error's own text; where Python speaks of a function written in C, which type it takes."""
    text = text_of(error)
    found = _DESCRIPTOR.match(text)
    return text if found is None else f"it takes {found[1]}, not {type(given).__name__}"
