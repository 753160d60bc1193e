"""Standard output and input belong to the command: what a topology module prints goes to standard error.

A command writes its results with `write`, and reads records from `records()`. All others in the process, the module's
`print()` and programs that it starts among them, have standard error for their output and nobody for their questions.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from kstream_cli.errors import ModuleError, StreamsError
from kstream_cli.printable import printable_lines


class ReaderGoneError(Exception):
    """Nobody reads standard output any more, as in `kstream describe | head -1`."""


class _Output(io.FileIO):
    """Standard output; what fails here is told apart from files that fail elsewhere."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        except OSError as error:
            if error.errno == errno.EIO:  # a terminal that was closed
                raise ReaderGoneError from error
            raise StreamsError(f"standard output cannot be written: {error.strerror}") from error


class _NoInput(io.TextIOBase):
    """Standard input of a topology module, where it is no terminal: it may be full of records, or never end."""

    def read(self, size: int | None = -1, /) -> str:
        raise ModuleError("nobody answers input() here: a topology module gets what it needs from its config or a file")

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        return self.read()


class _Streams:
    """The streams of the command that runs, and what all others had before it."""

    def __init__(self) -> None:
        self._copies: dict[int, int] = {}
        _open_closed_files()
        self.errors = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 - open as long as the process
        self.theirs = (sys.stdin, sys.stdout)
        self.output: TextIO = self._taken_output(sys.stdout)
        self.input: TextIO = self._taken_input(sys.stdin)
        attended = sys.stdin is not None and sys.stdin.isatty()
        sys.stdout, sys.stderr = self.errors, self.errors
        if not attended:
            sys.stdin = _NoInput()

    def give_back(self) -> None:
        sys.stdin, sys.stdout = self.theirs
        for number, copy in self._copies.items():
            os.dup2(copy, number)

    def end(self) -> None:
        """Write out what is left, and give back all."""
        try:
            self.output.flush()
        except BaseException:
            # What is left of it would be written again when Python ends, and fail then.
            if self.output is not self.theirs[1]:
                _forget(self.output.fileno())
            raise
        finally:
            self.give_back()

    def _taken_output(self, stream: TextIO | None) -> TextIO:
        if stream is None:
            # Closed from the start (>&-): a file that takes nothing, so that only a command with results fails.
            return io.TextIOWrapper(io.BufferedWriter(_Output(os.open(os.devnull, os.O_RDONLY), "w")))
        if not _is_file(stream, 1):
            return stream
        stream.flush()
        raw = io.BufferedWriter(_Output(self._moved(1, to=2), "w", closefd=False))
        # What the reader's encoding has no letters for is shown as an escape.
        return io.TextIOWrapper(raw, stream.encoding, "backslashreplace", line_buffering=stream.isatty())

    def _taken_input(self, stream: TextIO | None) -> TextIO:
        if stream is None:
            return io.TextIOWrapper(io.BytesIO())
        if stream.isatty() or not _is_file(stream, 0):
            return stream
        with open(os.devnull) as nothing:
            return open(self._moved(0, to=nothing.fileno()), encoding=stream.encoding, closefd=False)

    def _moved(self, number: int, *, to: int) -> int:
        """The number under which the command goes on with a file; programs that a module starts get `to`."""
        self._copies[number] = os.dup(number)
        os.dup2(to, number)
        return self._copies[number]


_taken: list[_Streams] = []
"""Those of the command that runs: one at a time."""


@contextmanager
def standard_streams_taken() -> Iterator[None]:
    """For the command in this block."""
    streams, errors = _Streams(), sys.stderr
    _taken.append(streams)
    try:
        yield
    except BaseException:
        # What went wrong is to be told, rather than that nobody reads its results.
        with suppress(ReaderGoneError, StreamsError):
            streams.end()
        raise
    else:
        streams.end()
    finally:
        _taken.remove(streams)
        sys.stderr = errors


def give_back_standard_streams() -> None:
    """To the application: from now on the command has no results of its own."""
    for streams in _taken:
        streams.output.flush()
        streams.give_back()


def results() -> TextIO:
    """Standard output, for the command that runs."""
    return _taken[-1].output if _taken else sys.stdout


def records() -> TextIO:
    """Standard input, for the command that runs."""
    return _taken[-1].input if _taken else sys.stdin


def write(text: str, end: str = "\n") -> None:
    """Write a result. Control characters in it are escaped; lines stay lines."""
    results().write(printable_lines(text) + end)


def say(text: str) -> None:
    """Tell people something that is no result, on standard error."""
    tell(f"{printable_lines(text)}\n")


def tell(text: str) -> None:
    """Write to standard error as it is. Where nobody can read it, a command goes on without."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            # What is left of it would be written again at the end, and fail then.
            if _is_file(sys.stderr, 2):
                _forget(2)


def _open_closed_files() -> None:
    """A file number of a standard stream that is closed would be given to the next file that is opened."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            _forget(number)


def _forget(number: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)


def _is_file(stream: TextIO, number: int) -> bool:
    """Whether the stream is the process's own, and no stand-in as a test or a notebook has."""
    try:
        return stream.fileno() == number
    except (OSError, ValueError, AttributeError):
        return False
