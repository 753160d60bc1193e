"""The chores of one instance of an application: old state deleted, and requests to shut down obeyed."""

from __future__ import annotations

from collections.abc import Callable

from kstream_cli.runtime.application import Application
from kstream_cli.runtime.chores import Chore, Chores
from kstream_cli.runtime.shutdown_request import ShutdownRequest, shutdown_group
from kstream_cli.runtime.state_cleaner import StateCleaner
from kstream_cli.runtime.states import State

CLEAN_SECONDS = 60.0
SHUTDOWN_REQUEST_SECONDS = 2.0


class InstanceChores(Chores):
    """`on_shutdown_request` is called when another instance asked the whole application to shut down."""

    def __init__(
        self, application: Application, state: Callable[[], State], on_shutdown_request: Callable[[], None]
    ) -> None:
        config, placement = application.config, application.placement
        self._state = state
        self._on_shutdown_request = on_shutdown_request
        self._cleaner = StateCleaner(application.directory)
        self._delay_ms = config.state_cleanup_delay_ms
        self._request: ShutdownRequest | None = None
        chores = [Chore(self._clean, min(self._delay_ms / 1000, CLEAN_SECONDS))]
        if placement.carriers:
            self._request = _shutdown_request(application)
            chores.append(Chore(self._look_for_request, SHUTDOWN_REQUEST_SECONDS, at_once=True))
        super().__init__(f"{application.client_id}-Chores", chores)

    def shut_down_everywhere(self) -> None:
        """Ask all other instances to shut down; they obey within a few seconds."""
        if self._request is not None:
            self._request.send()

    def run(self) -> None:
        try:
            super().run()
        finally:
            if self._request is not None:
                self._request.close()

    def _clean(self) -> None:
        # While tasks are being given out, one whose directory is not locked yet may be about to come back.
        if self._state() is State.RUNNING:
            self._cleaner.clean(self._delay_ms)

    def _look_for_request(self) -> None:
        if self._request is not None and self._state().is_running_or_rebalancing and self._request.look():
            self._on_shutdown_request()


def _shutdown_request(application: Application) -> ShutdownRequest:
    config = application.config
    settings = {
        **config.consumer("restore"),
        "client.id": f"{application.client_id}-shutdown-consumer",
        "group.id": shutdown_group(config.application_id),
    }
    consumer = application.supplier.consumer(settings)
    return ShutdownRequest(consumer, application.placement.subscription[0], application.clock)
