"""The signals that stop a command: Ctrl-C (SIGINT), SIGTERM, and SIGHUP, which a closed terminal sends.

An application goes through two phases. Until it runs there is nothing to commit: a signal ends the command where it
stands, by `StopAsked`. While it runs a signal only asks, as tasks are to be committed and the group is to be left; the
second one ends the process at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from kstream_cli.commands import exit_codes

NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
APPLICATIONS = ("run", "broker")
"""Commands that are meant to be stopped by a signal."""
SHOW_CURSOR = b"\x1b[?25h\n"
"""The live view hides the cursor, and has no time to show it again when the process ends at once."""


class StopAsked(BaseException):
    """A signal came before there was anything to commit. No `Exception`: nobody but the program takes it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def is_application(arguments: Sequence[str]) -> bool:
    """Whether these are the arguments of a command that runs until it is stopped."""
    return next((each for each in arguments if not each.startswith("-")), None) in APPLICATIONS


def ending_on_signals(arguments: Sequence[str], program: Callable[[], int]) -> int:
    """Run the program until it ends or is told to; its exit code. To be called before anything is imported.

    An application that was stopped before it ran has nothing to commit: it ends with 0. Other commands end with
    130 at Ctrl-C, and by SIGTERM and SIGHUP as any program does.
    """
    is_stopped = is_application(arguments)
    try:
        for number in NUMBERS if is_stopped else (signal.SIGINT,):
            # Who starts a command with a signal ignored (nohup) wants it to stay so.
            if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
                signal.signal(number, _end_here)
        return program()
    except StopAsked as stop:
        return exit_codes.DONE if is_stopped else exit_codes.SIGNALLED + stop.number


def _end_here(number: int, frame: FrameType | None) -> None:
    raise StopAsked(number)


class StopSignals:
    """While the block runs, the first signal is noted in `asked`; a second one ends the process at once.

    A handler that a module has set itself is replaced, which is said, and set again at the end.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[int, Any] = {}

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Wait until asked, for so many seconds at most."""
        self._event.wait(seconds)

    def __enter__(self) -> StopSignals:
        for number in NUMBERS:
            before = signal.getsignal(number)
            if before is signal.SIG_IGN and number != signal.SIGINT:
                continue
            if _is_users(before):
                from logging import getLogger  # takes long for a command that is told to stop at once

                getLogger(__name__).warning(
                    "%s: the handler %s is not called while the application runs: kstream commits and leaves the "
                    "group then; what else is to be done at the end belongs in atexit or in a processor's close()",
                    signal.Signals(number).name,
                    _named(before),
                )
            self._before[number] = before
            signal.signal(number, self._received)
        return self

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            from kstream_cli.commands.output.standard_streams import results

            if results().isatty():
                os.write(results().fileno(), SHOW_CURSOR)
            os._exit(exit_codes.BROKEN_OFF)
        self._event.set()


def _is_users(handler: Any) -> bool:
    return callable(handler) and handler not in (
        _end_here,
        signal.default_int_handler,
        signal.SIG_DFL,
        signal.SIG_IGN,
    )


def _named(handler: Any) -> str:
    code = getattr(handler, "__code__", None)
    name = getattr(handler, "__qualname__", type(handler).__name__)
    return name if code is None else f"{name} ({code.co_filename}:{code.co_firstlineno})"
