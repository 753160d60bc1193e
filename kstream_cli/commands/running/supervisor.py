"""Runs several instances of an application side by side as processes of their own, and looks after them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Protocol

from rich.text import Text

from kstream_cli.broker import keeper
from kstream_cli.commands import exit_codes
from kstream_cli.commands.output.standard_streams import say
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.commands.running import kept
from kstream_cli.commands.running.handed_settings import handing
from kstream_cli.commands.running.live_view import LiveView, RunView
from kstream_cli.commands.running.progress_lines import ONE_OF_SEVERAL, VARIABLE, SideBySide
from kstream_cli.commands.running.run_summary import summary_line
from kstream_cli.commands.running.stop_signals import StopSignals
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.runtime.threads.states import State

LOOK_EVERY_SECONDS = 0.2
STABLE_SECONDS = 60.0
MOST_RESTARTS = 3
STOP_SECONDS = 60.0
OWN_VARIABLES = frozenset(
    {
        "KSTREAM_CLUSTER",
        "KSTREAM_CREATE_TOPICS",
        "KSTREAM_EMBEDDED",
        "KSTREAM_FROM_BEGINNING",
        "KSTREAM_PROCESSES",
        "KSTREAM_RELOAD",
        "KSTREAM_SET",
        "KSTREAM_TASKS",
        kept.VARIABLE,
    }
)
"""What is done once, before the instances start, or is handed to them: one that read these would do it again."""


class Page(Protocol):
    """What each instance serves at a port of its own."""

    def of_instance(self, number: int) -> Page: ...
    @property
    def arguments(self) -> list[str]: ...


class Supervised:
    """One process; its output is passed on line by line, with its number in front."""

    def __init__(
        self, number: int, arguments: list[str], view: RunView, beside: SideBySide, handing: Mapping[str, str]
    ) -> None:
        self._beside = beside
        self._handing = handing
        self.number = number
        self.restarts = 0
        self._arguments = arguments
        self._view = view
        self.start()

    def start(self) -> None:
        self.began = time.monotonic()
        # The keeper ends the instance, gently, when this process is gone: a killed parent leaves nobody behind.
        self.process = subprocess.Popen(
            [sys.executable, keeper.__file__, str(STOP_SECONDS), sys.executable, "-m", "kstream_cli", *self._arguments],
            cwd=start_folder(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **{name: text for name, text in os.environ.items() if name not in OWN_VARIABLES},
                **self._handing,
                ONE_OF_SEVERAL: "1",
                **({VARIABLE: "1"} if isinstance(self._view, LiveView) else {}),
            },
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._readers = [
            threading.Thread(target=self._pass_on, args=(self.process.stdout, self._view.line), daemon=True),
            threading.Thread(target=self._pass_on, args=(self.process.stderr, self._view.log_line), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End it without a commit: there is nobody to commit to."""
        self._kill()
        self.wait(STOP_SECONDS)

    def _kill(self) -> None:
        # The keeper and what it keeps are a group of processes: neither is to outlive the other.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._kill()
            code = self.process.wait()
        for reader in self._readers:
            reader.join(timeout=5)
        return code

    def _pass_on(self, output: IO[bytes], show: Callable[[Text], None]) -> None:
        for line in output:
            if self._beside.heard(self.number, line):
                continue
            show(Text.assemble((f"[{self.number}] ", "muted"), line.decode(errors="replace").rstrip("\n")))


class Supervisor:
    """Restarts an instance that crashes, up to three times in a row; one that ends well is not started again.

    One that ends with the whole application takes the others with it. `check_broker` raises once the cluster is known
    to be gone for good.
    """

    def __init__(
        self,
        arguments: list[str],
        processes: int,
        view: RunView,
        pages: Sequence[Page] = (),
        *,
        name: str = "",
        assignments: Sequence[str] = (),
        check_broker: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._handing = handing(assignments)
        self._check_broker = check_broker
        self._arguments = arguments
        self._processes = processes
        self._pages = pages
        self._view = view

    def run(self) -> int:
        """Until all have ended, or a signal asks for it.

        0 when every instance ended well, 3 when one ended with the whole application.
        """
        self._view.started()
        began = time.monotonic()
        running: list[Supervised] = []
        beside = SideBySide(self._view)
        try:
            with StopSignals() as stop:
                running += [
                    Supervised(n, self._arguments_of(n), self._view, beside, self._handing)
                    for n in range(1, self._processes + 1)
                ]
                codes: list[int] = []
                while running and not stop.asked and exit_codes.APPLICATION_SHUTDOWN not in codes:
                    stop.wait(LOOK_EVERY_SECONDS)
                    self._check_broker()
                    for instance in list(running):
                        code = instance.process.poll()
                        if code is not None and not self._restarted(instance, code):
                            running.remove(instance)
                            beside.ended(instance.number)
                            codes.append(instance.wait(0))
                if exit_codes.APPLICATION_SHUTDOWN in codes and running:
                    self._view.log_line(Text("the whole application shuts down: stopping the others", "warning"))
                for instance in running:
                    instance.stop()
                codes += [_code_of_stopped(instance.wait(STOP_SECONDS)) for instance in running]
        except BrokerUnavailableError:
            for instance in running:
                instance.kill()
            raise
        finally:
            self._view.state(State.NOT_RUNNING.value)
            self._view.ended()
            if threads := beside.threads():
                say(summary_line(self._name, threads, time.monotonic() - began))
        if exit_codes.APPLICATION_SHUTDOWN in codes:
            return exit_codes.APPLICATION_SHUTDOWN
        return exit_codes.DONE if not any(codes) else exit_codes.FAILED

    def _arguments_of(self, number: int) -> list[str]:
        own = [page.of_instance(number).arguments for page in self._pages]
        return [*self._arguments, *(argument for arguments in own for argument in arguments)]

    def _restarted(self, instance: Supervised, code: int) -> bool:
        if code in (exit_codes.DONE, exit_codes.USAGE, exit_codes.APPLICATION_SHUTDOWN):
            return False
        if time.monotonic() - instance.began > STABLE_SECONDS:
            instance.restarts = 0
        if instance.restarts == MOST_RESTARTS:
            return False
        instance.restarts += 1
        self._view.log_line(Text(f"[{instance.number}] ended with {code}: starting it again", "warning"))
        instance.start()
        return True


def _code_of_stopped(code: int) -> int:
    """An instance that was told to stop before it heeded signals has done nothing yet."""
    return exit_codes.DONE if code == exit_codes.TERMINATED else code
