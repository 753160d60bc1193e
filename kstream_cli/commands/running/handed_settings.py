"""Settings that a command hands to the instances it starts: in the environment, as anyone can read a command line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

VARIABLE = "_KSTREAM_SETTINGS"


def handing(assignments: Iterable[str]) -> dict[str, str]:
    """The environment that hands over these `key=value`."""
    return {VARIABLE: json.dumps(list(assignments))}


def handed() -> list[str]:
    """What was handed to this process."""
    return list(json.loads(os.environ.get(VARIABLE, "[]")))
