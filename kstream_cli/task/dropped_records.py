"""Counts the records a task drops, and says why at a bounded rate."""

from __future__ import annotations

import time
from collections import Counter

from kstream_cli.logs import logger

log = logger(__name__)

QUIET_SECONDS = 10.0


class DroppedRecords:
    """Records dropped so far by reason (Java: the dropped-records sensor)."""

    def __init__(self, task: str) -> None:
        self.by_reason: Counter[str] = Counter()
        self._task = task
        self._logged: dict[str, float] = {}

    @property
    def total(self) -> int:
        return self.by_reason.total()

    def add(self, reason: str) -> None:
        self.by_reason[reason] += 1
        now = time.monotonic()
        if now - self._logged.get(reason, -QUIET_SECONDS) >= QUIET_SECONDS:
            self._logged[reason] = now
            log.warning("task %s dropped a record: %s (%d so far)", self._task, reason, self.by_reason[reason])
