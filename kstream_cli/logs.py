"""kstream's loggers: Python's own, with every line made safe to show before a handler sees it."""

from __future__ import annotations

import contextlib
import logging
import sys
import textwrap
import traceback
from typing import Any

from kstream_cli.printable import printable, printable_lines
from kstream_cli.user_objects import error_of, of_user_code, repr_of, text_of


def logger(name: str) -> logging.Logger:
    """The logger of that name. Keys, values and errors among its arguments keep to their line, whatever they hold.

    To log something never raises: handlers, their filters and formatters are a user's code, and may.
    """
    made = logging.getLogger(name)
    made.addFilter(_printable_arguments)
    handle = type(made).handle

    def handled(record: logging.LogRecord) -> None:
        try:
            handle(made, record)
        except of_user_code() as error:
            _show(record, error)

    made.handle = handled  # type: ignore[method-assign]
    return made


def _show(record: logging.LogRecord, error: BaseException) -> None:
    """A line that a handler did not take, on standard error, if there is one."""
    with contextlib.suppress(*of_user_code()):
        print(f"{record.levelname} {text_of(record.getMessage())}", file=sys.stderr)
        print(f"(a log handler raised {printable(error_of(error))})", file=sys.stderr, flush=True)


def _printable_arguments(record: logging.LogRecord) -> bool:
    # The template stays as it is: tools that gather logs tell lines apart by it.
    if isinstance(record.args, tuple):
        record.args = tuple(map(_shown, record.args))
    if record.exc_info and not record.exc_text:
        record.exc_text = printable_traceback(record.exc_info)
    return True


def printable_traceback(info: Any) -> str:
    """A traceback on lines that are indented: none of them can be taken for a log line."""
    text = "".join(traceback.format_exception(*info)).rstrip("\n")
    return textwrap.indent(printable_lines(text), "    ", lambda line: True)


def _shown(argument: object) -> object:
    if isinstance(argument, str):
        return printable(argument)
    return argument if isinstance(argument, int | float) or argument is None else _Shown(argument)


class _Shown:
    """An argument whose text is made when a handler asks for it."""

    def __init__(self, argument: object) -> None:
        self._argument = argument

    def __str__(self) -> str:
        return printable(text_of(self._argument))

    def __repr__(self) -> str:
        return printable(repr_of(self._argument))


class LineFormatter(logging.Formatter):
    """One line a record, whatever its text holds; a traceback stands indented below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return printable(super().formatMessage(record))

    def formatException(self, info: object) -> str:
        return printable_traceback(info)


def make_last_resort_printable() -> None:
    """Where no log handler is set up, Python shows warnings itself: each is to keep to its line there, too."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(LineFormatter("%(message)s"))
