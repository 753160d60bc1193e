"""Why a serde refused a value, in words."""

from __future__ import annotations

import re
from typing import Any

_DESCRIPTOR = re.compile(r"descriptor '\w+' for '(\w+)' objects")


def refusal(error: Exception, given: Any) -> str:
    """The error's own text; where Python speaks of a function written in C, which type it takes."""
    found = _DESCRIPTOR.match(str(error))
    return str(error) if found is None else f"it takes {found[1]}, not {type(given).__name__}"
