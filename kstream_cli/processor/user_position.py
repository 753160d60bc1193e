"""Finds where in the user's code an error comes from, or a call: from the stack alone, the record path pays nothing."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from types import FrameType

from kstream_cli.processor.inlining import Position
from kstream_cli.processor.installed import PROJECT, owner_of_file
from kstream_cli.processor.traceback_steps import step_of, steps_of


def user_position(error: BaseException) -> Position | None:
    """The innermost line of the user's code that the error went through: a lambda's own where it was written in line.

    Lines of the user's project come first. Where there are none, the application is installed: it is the package that
    kstream has called, and not the libraries which that has called in turn.
    """
    return _users_own(step.position for step in reversed(steps_of(error)))


def running_position(frame: FrameType) -> Position | None:
    """The innermost line of the user's code that a thread is at, which another thread found in this frame."""
    return _users_own(step_of(each, line).position for each, line in traceback.walk_stack(frame))


def calling_position() -> Position | None:
    """The innermost line of the user's code that is being run: the one that called kstream."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if is_users(code.co_filename):
            return Position(code.co_filename, frame.f_lineno, code.co_qualname)
        frame = frame.f_back
    return None


def is_users(file: str) -> bool:
    """Whether a file may hold the user's code: it is not kstream's, Python's, or of a package that kstream requires."""
    return owner_of_file(file) is not None


def _users_own(positions: Iterable[Position]) -> Position | None:
    """Of positions from the inside out."""
    innermost: dict[str, Position] = {}
    application = PROJECT
    for position in positions:
        owner = owner_of_file(position.file)
        if owner == PROJECT:
            return position
        if owner is not None:
            innermost.setdefault(owner, position)
            application = owner
    return innermost.get(application)


__all__ = ["calling_position", "is_users", "running_position", "user_position"]
