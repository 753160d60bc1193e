"""Kafka clients that a test can hold back, to have something happen in the middle of something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from kstream_cli.runtime.client_supplier import DefaultClientSupplier


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

    def poll(self, timeout: float) -> Any:
        return self._nothing(timeout, None) if self._held.is_set() else self._consumer.poll(timeout)

    def consume(self, count: int, timeout: float) -> Any:
        return self._nothing(timeout, []) if self._held.is_set() else self._consumer.consume(count, timeout)

    def _nothing(self, timeout: float, result: Any) -> Any:
        time.sleep(timeout)
        return result
