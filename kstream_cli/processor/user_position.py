"""Finds where in the user's code an error comes from, or a call: from the stack alone, the record path pays nothing."""

from __future__ import annotations

import sys
import sysconfig
import traceback
from functools import cache, lru_cache
from pathlib import Path
from types import FrameType

from kstream_cli.processor.code import position_of
from kstream_cli.processor.inlining import Position

_PACKAGE = Path(__file__).resolve().parent.parent


def user_position(error: BaseException) -> Position | None:
    """The innermost line of the user's code that the error went through: a lambda's own where it was written in line.

    The user's is what neither kstream, nor Python, nor an installed package brings along.
    """
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if (position := _position(frame, line)) is not None:
            return position
    return None


def running_position(frame: FrameType) -> Position | None:
    """The innermost line of the user's code that a thread is at, which another thread found in this frame."""
    for each, line in traceback.walk_stack(frame):
        if (position := _position(each, line)) is not None:
            return position
    return None


def _position(frame: FrameType, line: int) -> Position | None:
    """The place of a frame, if it is the user's."""
    code = frame.f_code
    position = position_of(code.co_filename, line) or Position(code.co_filename, line, code.co_qualname)
    return position if is_users(position.file) else None


def calling_position() -> Position | None:
    """The innermost line of the user's code that is being run: the one that called kstream."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if is_users(code.co_filename):
            return Position(code.co_filename, frame.f_lineno, code.co_qualname)
        frame = frame.f_back  # type: ignore[assignment]
    return None


@lru_cache(maxsize=1024)
def is_users(file: str) -> bool:
    """Whether a file holds the user's code, rather than kstream's, Python's or an installed package's."""
    if file.startswith("<"):  # generated, as by dataclasses
        return False
    path = Path(file).resolve()
    # Packages may be installed in more places than this Python's own: for one user, or by the system.
    if not {"site-packages", "dist-packages"}.isdisjoint(path.parts):
        return False
    return not any(path.is_relative_to(folder) for folder in _not_users())


@cache
def _not_users() -> tuple[Path, ...]:
    """The folders of kstream, Python and its packages; an environment may lie in a project, but not around it."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return (_PACKAGE, *(Path(sysconfig.get_path(name)).resolve() for name in names))


__all__ = ["calling_position", "is_users", "running_position", "user_position"]
