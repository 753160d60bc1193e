"""What is done in C: the way in and out of Kafka, rows in memory, checks of values. Built where there is a compiler."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Literal

from kstream_cli.logs import logger

log = logger(__name__)


def extension(name: Literal["clients", "rows", "values"]) -> ModuleType | None:
    """The compiled module; None where it was not built, does not load or is switched off (KSTREAM_NATIVE=0).

    With KSTREAM_NATIVE=require, raises ImportError where it cannot be had.
    """
    wish = os.environ.get("KSTREAM_NATIVE")
    if wish == "0":
        return None
    try:
        return import_module(f"kstream_cli.native.{name}")
    except ImportError as error:
        if wish == "require":
            raise
        log.debug("the compiled extension %s is not used: %s", name, error)
        return None
