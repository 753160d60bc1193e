"""Finds which node raised from the traceback alone: the record path pays nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import FrameType, FunctionType, MethodType
from typing import Any

from kstream_cli.processor.traceback_steps import steps_of


def failing_node(error: BaseException, processes: Mapping[str, Any]) -> str | None:
    """The innermost node that the error came through: one of the given callables, or a line of generated code."""
    found: str | None = None
    for step in steps_of(error):
        if step.node is not None:
            found = step.node
            continue
        for name, process in processes.items():
            if _runs(step.frame, process):
                found = name
                break
    return found


def _runs(frame: FrameType, process: Any) -> bool:
    """Whether the frame is a call of this very callable: the same code with the same closure, or the same object."""
    if isinstance(process, MethodType):
        function = process.__func__
        if frame.f_code is not getattr(function, "__code__", None):
            return False
        first = frame.f_code.co_varnames[0]
        return frame.f_locals.get(first) is process.__self__
    if not isinstance(process, FunctionType) or frame.f_code is not process.__code__:
        return False
    bound = frame.f_locals
    for name, cell in zip(process.__code__.co_freevars, process.__closure__ or (), strict=True):
        try:
            if bound.get(name) is not cell.cell_contents:
                return False
        except ValueError:  # a cell that was never filled says nothing
            continue
    return True
