"""The folder in which a command was started: a file named on its command line is looked for there.

A module may change the working directory for files of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_folder: ContextVar[Path | None] = ContextVar("start folder", default=None)


@contextmanager
def start_folder_kept() -> Iterator[None]:
    """For the command in this block."""
    token = _folder.set(_working_directory())
    try:
        yield
    finally:
        _folder.reset(token)


def start_folder() -> Path:
    return _folder.get() or _working_directory()


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # It was deleted.
        return Path("/")
