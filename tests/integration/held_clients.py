"""Kafka clients that a test can hold back, to have something happen in the middle of something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.records_by_partition import Fetched, fetch


class HeldConsumers(DefaultClientSupplier):
    """Consumers whose client id ends with `role` are given nothing to read from `hold` to `release`."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._gate = _Gate()

    def consumer(self, settings: Mapping[str, Any]) -> Any:
        made = super().consumer(settings)
        return _Held(made, self._gate) if str(settings["client.id"]).endswith(self._role) else made

    def hold(self) -> None:
        """Return when no fetch is under way any more, as one could still bring what is written from now on."""
        self._gate.is_shut.set()
        with self._gate.passing:
            pass

    def release(self) -> None:
        self._gate.is_shut.clear()


class _Gate:
    def __init__(self) -> None:
        self.is_shut = threading.Event()
        self.passing = threading.Lock()


class _Held:
    def __init__(self, consumer: Any, gate: _Gate) -> None:
        self._consumer = consumer
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)

    def fetch(self, count: int, seconds: float) -> Fetched:
        with self._gate.passing:
            if not self._gate.is_shut.is_set():
                return fetch(self._consumer, count, seconds)
        time.sleep(seconds)
        return [], []
