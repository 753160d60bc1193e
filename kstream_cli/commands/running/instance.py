"""One running instance of an application: started, watched, and stopped by a signal, by idleness or by its end."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from kstream_cli.commands.output import failure
from kstream_cli.commands.running.live_view import RunView
from kstream_cli.config import Config
from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.uncaught_exceptions import StreamThreadExceptionResponse
from kstream_cli.topology.topology import Topology

LOOK_EVERY_SECONDS = 0.25
SHOW_CURSOR = b"\x1b[?25h\n"
"""The live view hides the cursor, and has no time to show it again when the process ends at once."""
COLLECT_AFTER = 100_000
"""Objects made before Python looks for garbage cycles. A batch of records alone is more than the default of 700, and
records make no cycles: with the default a filter-and-map job spends a fifth of its time looking."""


class Instance:
    """Runs in the calling thread until the application has ended."""

    def __init__(
        self,
        topology: Topology,
        config: Config,
        view: RunView,
        *,
        on_error: StreamThreadExceptionResponse,
        idle_seconds: float | None = None,
    ) -> None:
        self.streams = KafkaStreams(topology, config)
        self.streams.set_uncaught_exception_handler(lambda error: on_error)
        self._view = view
        self._idle = None if idle_seconds is None else Idleness(idle_seconds)
        self._stop = StopSignals()

    def run(self) -> int:
        """The exit code. What ended the application as an error is raised."""
        self._view.started()
        _spare_the_garbage_collector()
        try:
            self.streams.set_state_listener(lambda new, old: self._view.state(new.value))
            with self._stop:
                self.streams.start()
                while not self._has_ended():
                    self._stop.wait(LOOK_EVERY_SECONDS)
                self.streams.close()
                self._view.state(self.streams.state.value)
        finally:
            self._view.ended()
        if self.streams.error is not None:
            if self.streams.application_shutdown:
                raise failure.ApplicationEndedError(self.streams.error)
            raise self.streams.error
        return failure.DONE

    def _has_ended(self) -> bool:
        threads = self.streams.progress()
        self._view.progress(threads)
        if self._stop.asked or self.streams.state.has_ended:
            return True
        running = self.streams.state.value == "RUNNING"
        return self._idle is not None and self._idle.reached(threads, running=running)


def _spare_the_garbage_collector() -> None:
    """Leave out what is loaded by now, and look less often. For this process only: a library has no business here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


class Idleness:
    """Whether all input is read and nothing has come for a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: object = None
        self._since = time.monotonic()

    def reached(self, threads: Sequence[ThreadProgress], *, running: bool) -> bool:
        """`threads` as they are now; a record, a task that moves, lag, or a pause in running start the time anew."""
        tasks = [(thread.thread, task) for thread in threads for task in thread.tasks]
        seen = [(thread, task.task, task.state, task.processed) for thread, task in tasks]
        if not running or seen != self._seen or any(task.lag for _, task in tasks):
            self._seen = seen
            self._since = time.monotonic()
        return time.monotonic() - self._since >= self._seconds


class StopSignals:
    """Turns the first Ctrl-C or SIGTERM into `asked`; a second one ends the process at once. A context manager."""

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)

    def __enter__(self) -> StopSignals:
        self._before = [signal.signal(number, self._received) for number in self.NUMBERS]
        return self

    def __exit__(self, *exc: object) -> None:
        for number, handler in zip(self.NUMBERS, self._before, strict=True):
            signal.signal(number, handler)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            if sys.stdout.isatty():
                os.write(sys.stdout.fileno(), SHOW_CURSOR)
            os._exit(failure.BROKEN_OFF)
        self._event.set()
