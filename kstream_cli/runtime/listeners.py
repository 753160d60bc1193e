"""Who is told what while an application runs: set before it starts."""

from __future__ import annotations

import threading

from kstream_cli.callables import check_methods, methods_of
from kstream_cli.errors import ConfigError, StateError
from kstream_cli.runtime.restore.restore_listener import StateRestoreListener
from kstream_cli.runtime.restore.standby_listener import StandbyUpdateListener
from kstream_cli.runtime.state_notifier import StateListener, StateNotifier
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.uncaught_exceptions import UncaughtExceptionHandler, UncaughtExceptions


class TellingStreams:
    """The part of KafkaStreams that takes listeners."""

    _lock: threading.RLock
    _state: State
    _notifier: StateNotifier
    _uncaught: UncaughtExceptions
    _restore_listener = StateRestoreListener()
    _standby_listener = StandbyUpdateListener()

    def set_state_listener(self, listener: StateListener) -> None:
        """Have every change of state told to `listener` (new, old), on a thread for that alone."""
        self._only_before_start("the state listener")
        self._notifier.listen(listener)

    def set_uncaught_exception_handler(self, handler: UncaughtExceptionHandler) -> None:
        """Have `handler` decide what an error that ends a stream thread means for the application.

        It is called on that thread. Where it raises, exits, or answers something else, this instance shuts down.
        """
        self._only_before_start("the uncaught exception handler")
        self._uncaught.ask(handler)

    def set_restore_listener(self, listener: StateRestoreListener) -> None:
        """Have the restoring of stores told to `listener`."""
        self._only_before_start("the restore listener")
        _check_methods("restore listener", listener, StateRestoreListener)
        self._restore_listener = listener

    def set_standby_update_listener(self, listener: StandbyUpdateListener) -> None:
        """Have the reading of standby copies told to `listener` (KIP-988)."""
        self._only_before_start("the standby update listener")
        _check_methods("standby update listener", listener, StandbyUpdateListener)
        self._standby_listener = listener

    def _only_before_start(self, what: str) -> None:
        with self._lock:
            if self._state is not State.CREATED:
                raise StateError(f"{what} can only be set before start")


def _check_methods(role: str, listener: object, kind: type) -> None:
    """Raise ConfigError where one of a listener's methods can never be called."""
    methods = methods_of(kind, (name for name in vars(kind) if name.startswith("on_")))
    check_methods(listener, role, methods, error=ConfigError)
