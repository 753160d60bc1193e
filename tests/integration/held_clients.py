"""Kafka clients that a test can hold back, to have something happen in the middle of something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from kstream_cli.runtime.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.records_by_partition import Fetched, fetch


class HeldConsumers(DefaultClientSupplier):
    """Consumers whose client id ends with `role` are given nothing to read while `held` is set."""

    def __init__(self, role: str) -> None:
        self.held = threading.Event()
        self._role = role

    def consumer(self, settings: Mapping[str, Any]) -> Any:
        made = super().consumer(settings)
        return _Held(made, self.held) if str(settings["client.id"]).endswith(self._role) else made


class _Held:
    def __init__(self, consumer: Any, held: threading.Event) -> None:
        self._consumer = consumer
        self._held = held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)

    def fetch(self, count: int, seconds: float) -> Fetched:
        if self._held.is_set():
            time.sleep(seconds)
            return [], []
        return fetch(self._consumer, count, seconds)
