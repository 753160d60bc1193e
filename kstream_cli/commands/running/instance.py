"""One running instance of an application: started, watched, and stopped by a signal, by idleness or by its end."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import suppress

from kstream_cli.commands import exit_codes
from kstream_cli.commands.output import failure
from kstream_cli.commands.output.standard_streams import ReaderGoneError, say
from kstream_cli.commands.running.idle_threads import IdleThreads
from kstream_cli.commands.running.idleness import Idleness
from kstream_cli.commands.running.live_view import RunView
from kstream_cli.commands.running.progress_lines import Report, is_one_of_several, tell
from kstream_cli.commands.running.run_summary import summary_line
from kstream_cli.commands.running.stop_signals import StopSignals
from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError, StreamsError
from kstream_cli.runtime.clients.bounded_call import call_in_background
from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.uncaught_exceptions import StreamThreadExceptionResponse
from kstream_cli.topology.topology import Topology

LOOK_EVERY_SECONDS = 0.25
START_LOOK_SECONDS = 0.02
BROKER_GONE_SECONDS = 2.0
"""How long an application may take to end whose broker is known not to come back."""
COLLECT_AFTER = 100_000
"""Objects made before Python looks for garbage cycles. A batch of records alone is more than the default of 700, and
records make no cycles: with the default a filter-and-map job spends a fifth of its time looking."""


class Instance:
    """Runs in the calling thread until the application has ended.

    `check_broker` raises BrokerUnavailableError once the cluster is known to be gone for good.
    """

    def __init__(
        self,
        topology: Topology,
        config: Config,
        view: RunView,
        *,
        on_error: StreamThreadExceptionResponse,
        idle_seconds: float | None = None,
        check_broker: Callable[[], None] = lambda: None,
        on_running: Callable[[], None] = lambda: None,
    ) -> None:
        self.streams = KafkaStreams(topology, config)
        self.streams.set_uncaught_exception_handler(lambda error: on_error)
        self._view = view
        self._idle = None if idle_seconds is None else Idleness(idle_seconds)
        self._idle_threads = IdleThreads()
        self._stop = StopSignals()
        self._check_broker = check_broker
        self._on_running = on_running

    def run(self) -> int:
        """The exit code. What ended the application as an error is raised, a refused last commit among it."""
        began = time.monotonic()
        self._view.started()
        _spare_the_garbage_collector()
        try:
            self.streams.set_state_listener(lambda new, old: self._changed(new))
            with self._stop:
                self._run()
            self._show(lambda: self._view.state(self.streams.state.value))
        finally:
            self._show(self._view.ended)
            self._show(lambda: self._summarise(time.monotonic() - began))
        if self.streams.error is not None:
            if self.streams.application_shutdown:
                raise failure.ApplicationEndedError(self.streams.error)
            raise self.streams.error
        return exit_codes.DONE

    def _run(self) -> None:
        # Not here: where no broker answers, the start waits in the Kafka client, and signals would wait for it.
        starting = call_in_background(self.streams.start, thread_name="start")
        try:
            while not starting.done() and not self._stop.asked:
                self._stop.wait(START_LOOK_SECONDS)
            while not self._has_ended():
                self._stop.wait(LOOK_EVERY_SECONDS)
        except BrokerUnavailableError:
            self.streams.close(BROKER_GONE_SECONDS)
            raise
        self.streams.close()
        if starting.done():
            starting.result()

    def _has_ended(self) -> bool:
        threads = self.streams.progress()
        self._show(lambda: self._view.progress(threads))
        if self._stop.asked or self.streams.state.has_ended:
            return True
        self._check_broker()
        running = self.streams.state.value == "RUNNING"
        self._idle_threads.look(threads, running=running)
        return self._idle is not None and self._idle.reached(threads, running=running)

    def _summarise(self, seconds: float) -> None:
        threads = self.streams.progress()
        if is_one_of_several():
            tell(Report(self.streams.state.value, threads, is_last=True))
        elif threads:
            say(summary_line(self.streams.config.application_id, threads, seconds))

    def _changed(self, state: State) -> None:
        self._show(lambda: self._view.state(state.value))
        if state is State.RUNNING:
            self._on_running()

    def _show(self, step: Callable[[], None]) -> None:
        """What cannot be shown, as the terminal was closed, must not keep the work from being committed."""
        with suppress(OSError, StreamsError, ReaderGoneError):
            step()


def _spare_the_garbage_collector() -> None:
    """Leave out what is loaded by now, and look less often. For this process only: a library has no business here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
