"""How one of several processes tells the live view of their parent how it is: a line of JSON among its log lines."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from kstream_cli.commands.running.live_view import LogView, RunView
from kstream_cli.commands.running.log_lines import log_to
from kstream_cli.runtime.threads.progress import ThreadProgress

MARK = b"\x1e"
"""Begins such a line; no log line has it, as control characters are escaped there."""
VARIABLE = "_KSTREAM_TELLS_PROGRESS"
"""Set for the processes of which a live view is shown."""
ONE_OF_SEVERAL = "_KSTREAM_ONE_OF_SEVERAL"
"""Set for all processes that run side by side: their parent sums up what they did."""


@dataclass(frozen=True, slots=True)
class Report:
    """How an instance is."""

    state: str
    threads: tuple[ThreadProgress, ...] = ()
    is_last: bool = False
    """Whether it is what the instance did in all."""


def tells_progress() -> bool:
    return VARIABLE in os.environ


def is_one_of_several() -> bool:
    return ONE_OF_SEVERAL in os.environ


def tell(report: Report) -> None:
    """Tell the parent."""
    sys.stderr.write(f"{(MARK + msgspec.json.encode(report)).decode()}\n")
    sys.stderr.flush()


class ProgressLines(LogView):
    """The view of an instance whose parent shows it: its progress, warnings, and results."""

    _state = "CREATED"
    _threads: tuple[ThreadProgress, ...] = ()

    def started(self) -> None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.WARNING)
        log_to(handler, "%(asctime)s %(levelname)s [%(where)s] %(message)s", self._config)

    def state(self, state: str) -> None:
        self._state = state
        self._tell()

    def progress(self, threads: Sequence[ThreadProgress]) -> None:
        self._threads = tuple(threads)
        self._tell()

    def _tell(self) -> None:
        tell(Report(self._state, self._threads))


class SideBySide:
    """The instances of a run in one live view: their threads below one another, as 1.2 for the second of the first."""

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._reports: dict[int, Report] = {}
        self._past: list[ThreadProgress] = []
        """What instances did that have ended."""

    def heard(self, number: int, line: bytes) -> bool:
        """Whether the line is a report, which is shown then."""
        if not line.startswith(MARK):
            return False
        try:
            report = msgspec.json.decode(line[len(MARK) :], type=Report)
        except msgspec.DecodeError:
            return False  # The application's own line.
        if report.is_last:
            self._reports.pop(number, None)
            self._past += report.threads
            return True
        self._reports = {**self._reports, number: report}
        self._show()
        return True

    def threads(self) -> list[ThreadProgress]:
        """What all instances did, as far as they have told; those that run and those that have ended."""
        return [*self._past, *(thread for report in self._reports.values() for thread in report.threads)]

    def ended(self, number: int) -> None:
        """One has ended; where it could not tell what it did in all, what it told last counts."""
        if number in self._reports:
            self._past += self._reports[number].threads
        self._reports = {other: report for other, report in self._reports.items() if other != number}
        self._show()

    def _show(self) -> None:
        reports = sorted(self._reports.items())
        states = [report.state for _, report in reports]
        if states:
            self._view.state(next((state for state in states if state != "RUNNING"), "RUNNING"))
        self._view.progress(
            [
                replace(thread, thread=f"{number}.{thread.thread.rpartition('-')[2]}")
                for number, report in reports
                for thread in report.threads
            ]
        )
