"""What an error went through, step by step: the one walk over a traceback that finds the user's line, and the node."""

from __future__ import annotations

from traceback import walk_tb
from types import FrameType
from typing import NamedTuple

from kstream_cli.processor.code import owner_of, position_of
from kstream_cli.processor.inlining import Position


class Step(NamedTuple):
    """A call that the error came through."""

    frame: FrameType
    position: Position
    """The line, and in generated code the user's that stands in it."""
    node: str | None
    """The node that wrote this line of generated code."""


def step_of(frame: FrameType, line: int) -> Step:
    code = frame.f_code
    position = position_of(code.co_filename, line) or Position(code.co_filename, line, code.co_qualname)
    return Step(frame, position, owner_of(code.co_filename, line))


def steps_of(error: BaseException) -> list[Step]:
    """The outermost first."""
    return [step_of(frame, line) for frame, line in walk_tb(error.__traceback__)]
