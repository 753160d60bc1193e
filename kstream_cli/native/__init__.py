"""What is done in C: the way in and out of Kafka above all. Built where there is a compiler (`build.py`); optional."""

from __future__ import annotations

import os
from types import ModuleType

from kstream_cli.logs import logger

log = logger(__name__)


def extension() -> ModuleType | None:
    """The compiled module; None where it was not built, does not load or is switched off (KSTREAM_NATIVE=0).

    With KSTREAM_NATIVE=require, raises ImportError where it cannot be had.
    """
    wish = os.environ.get("KSTREAM_NATIVE")
    if wish == "0":
        return None
    try:
        from kstream_cli.native import clients
    except ImportError as error:
        if wish == "require":
            raise
        log.debug("the compiled extension is not used: %s", error)
        return None
    return clients
