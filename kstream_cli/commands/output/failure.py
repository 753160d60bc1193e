"""What a command says when it fails: at most six lines with what, where and the remedy; each."""

from __future__ import annotations

from pathlib import Path

from kstream_cli.commands.output.start_folder import start_folder, without_checkouts
from kstream_cli.errors import StreamsError
from kstream_cli.user_objects import text_of

MOST_LINES = 6


class ApplicationEndedError(Exception):
    """The whole application ended with `error`, which is shown like any other but has an exit code of its own."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(text_of(error))
        self.error = error


def lines_of(error: BaseException) -> list[str]:
    """The message, then where in the user's own code it came from, if it did."""
    known = isinstance(error, StreamsError)
    lines = _text(error).splitlines()
    where = user_line(_first_cause(error) if known else error)
    if where is None and known:
        where = user_line(error)
    room = MOST_LINES - (1 if where else 0)
    if len(lines) > room:
        lines = [*lines[: room - 1], "..."]
    # An error of the task says itself where in the user's code it comes from.
    if where and not any(where in line or where.replace(", line ", ":") in line for line in lines):
        lines.append(f"in {where}")
    if isinstance(error, OSError) and error.strerror and (error.filename or where is None):
        lines[0] = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    elif not known and where is None and not _is_of_the_machine(error):
        lines = [
            *lines[: MOST_LINES - 1],
            "This is a fault in kstream: run the command again with --debug to see where.",
        ]
    return list(map(without_checkouts, lines))


def _is_of_the_machine(error: BaseException) -> bool:
    """Whether it lacks something, more likely than that we do: room on a disk, memory, a permission."""
    return isinstance(error, OSError | MemoryError) or text_of(error).startswith("IO error: ")  # RocksDB's words


def _text(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the module's code ended Python, with exit code {error.code}"
    if isinstance(error, SyntaxError) and error.filename:
        return "\n".join([f"{type(error).__name__}: {error.msg}", *_source_of(error)])
    text = text_of(error) or type(error).__name__
    return text if isinstance(error, StreamsError) else f"{type(error).__name__}: {text}"


def _source_of(error: SyntaxError) -> list[str]:
    """The line that is wrong, and a mark below the place."""
    if not error.text or not error.text.strip():
        return []
    text = error.text.rstrip()
    line = text.lstrip()
    at = (error.offset or 1) - 1 - (len(text) - len(line))
    return [f"  {line}", f"  {' ' * at}^"] if 0 <= at <= len(line) else [f"  {line}"]


def user_line(error: BaseException) -> str | None:
    """`file.py, line 12` of the innermost line of the user's code that the error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}, line {error.lineno}"
    from kstream_cli.processor.user_position import user_position  # takes too long for a command that succeeds

    position = user_position(error)
    return None if position is None else f"{_short(position.file)}, line {position.line}"


def _first_cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(start_folder())) if path.is_relative_to(start_folder()) else str(path)
