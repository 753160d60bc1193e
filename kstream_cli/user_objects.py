"""Text made of a user's objects, for messages and logs: it never raises, and it is never endless.

An exception's `str` and a value's `repr` are a user's code: they may raise, exit, or give megabytes.
"""

from __future__ import annotations

import sys

MOST_CHARACTERS = 2_000
_RAISED = (Exception, SystemExit, GeneratorExit)


def of_user_code() -> tuple[type[BaseException], ...]:
    """What user code may raise without being told to: `sys.exit` is an error like any other.

    Ctrl-C, and the ways in which a test ends itself, are not its own. To be asked for when something was raised: only
    who has imported asyncio can raise its CancelledError, and importing it for that alone would slow each command down.
    """
    exceptions = sys.modules.get("asyncio.exceptions")
    return _RAISED if exceptions is None else (*_RAISED, exceptions.CancelledError)


def text_of(thing: object, most: int = MOST_CHARACTERS) -> str:
    """`str(thing)` of at most so many characters; its class where it has no text.

    >>> text_of(ValueError("too small"))
    'too small'
    """
    try:
        return _bounded(str(thing), most)
    except BaseException as error:
        return _without(thing, "text", error)


def repr_of(thing: object, most: int = MOST_CHARACTERS) -> str:
    """`repr(thing)` of at most so many characters; its class where it has none."""
    try:
        return _bounded(repr(thing), most)
    except BaseException as error:
        return _without(thing, "repr", error)


def error_of(error: BaseException, most: int = MOST_CHARACTERS) -> str:
    """An exception as the last line of a traceback has it: `ValueError: too small`."""
    text = text_of(error, most)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _bounded(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def _without(thing: object, what: str, error: BaseException) -> str:
    return f"<a {type(thing).__name__} whose {what} raises {type(error).__name__}>"
