"""A line in the log now and then that says what a stream thread did (`log.summary.interval.ms`)."""

from __future__ import annotations

import time

from kstream_cli.logs import logger
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics

log = logger(__name__)


class ThreadSummary:
    """Logs what was done since the line before. An interval below 0 logs nothing."""

    def __init__(self, metrics: ThreadMetrics, interval_ms: int) -> None:
        self._metrics = metrics
        self._seconds = interval_ms / 1000
        self._since = time.monotonic()
        self._before = metrics.counts()

    def log_if_due(self, now: float) -> None:
        elapsed = now - self._since
        if self._seconds < 0 or elapsed < self._seconds:
            return
        counts = self._metrics.counts()
        records, punctuations, commits = (new - old for new, old in zip(counts, self._before, strict=True))
        self._since, self._before = now, counts
        text = "processed %s, made %s and ran punctuations %s in the last %.0f s"
        log.info(text, counted(records, "record"), counted(commits, "commit"), counted(punctuations, "time"), elapsed)


def counted(number: int, thing: str) -> str:
    """A number and what it is of, in English: 1 task, 2,000 tasks."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
