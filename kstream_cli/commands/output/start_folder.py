"""The folder in which a command was started: a file named on its command line is looked for there.

A module may change the working directory for files of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_folder: ContextVar[Path | None] = ContextVar("start folder", default=None)
_checkouts: dict[Path, str] = {}
"""Temporary folder -> the `git:REV` of which it holds the files."""


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


def without_checkouts(text: str) -> str:
    """A text in which the files of temporary checkouts are named as the user knows them: `git:REV:FILE`."""
    for folder, name in _checkouts.items():
        text = text.replace(f"{folder}/", f"{name}:")
    return text


def show_checkout_as(folder: Path, name: str) -> None:
    """From now on the files in a temporary folder are those of `name`, also when the folder is gone."""
    _checkouts[folder] = name


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # It was deleted.
        return Path("/")
