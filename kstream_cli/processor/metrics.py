"""Metrics: their names, what measures them, and the registry that a client, a thread or a task keeps them in.

A registry is written by the one thread that owns it; any thread may read it. Nothing here is called for each record,
unless `metrics.recording.level` asks for it.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kstream_cli.config import Config

Gauge: TypeAlias = Callable[[], Any]
"""Gives a metric's value now; called by whoever reads it."""

INFO, DEBUG, TRACE = "INFO", "DEBUG", "TRACE"


@dataclass(frozen=True, slots=True)
class MetricName:
    """A metric's name, group and tags, as in Kafka Streams (Java: MetricName); `description` says what it measures."""

    name: str
    group: str
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = field(default="", compare=False)

    def __hash__(self) -> int:
        return hash((self.name, self.group, frozenset(self.tags.items())))

    def __str__(self) -> str:
        tags = ", ".join(f"{name}={value}" for name, value in self.tags.items())
        return f"{self.group}:{self.name}" + (f" [{tags}]" if tags else "")


_LEAST_SPAN_SECONDS = 0.001
"""With `metrics.sample.window.ms` of 0."""


@dataclass(slots=True)
class _Sample:
    """What was recorded in one span of time."""

    start: float
    count: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf


class Meter:
    """Takes values; gives their count and sum since the start, and average, extremes and rates of recent ones.

    Recent are those of the last `samples` spans of `seconds` (`metrics.num.samples`, `metrics.sample.window.ms`).
    """

    __slots__ = ("_clock", "_current", "_samples", "_seconds", "count", "total")

    def __init__(self, clock: Callable[[], float], *, seconds: float, samples: int) -> None:
        self.count = 0
        self.total = 0.0
        self._clock = clock
        self._seconds = seconds
        self._current = _Sample(clock())
        self._samples: deque[_Sample] = deque([self._current], maxlen=samples)

    def record(self, value: float = 1.0) -> None:
        now = self._clock()
        sample = self._current
        if now - sample.start >= self._seconds:
            sample = self._current = _Sample(now)
            self._samples.append(sample)
        self.count += 1
        self.total += value
        sample.count += 1
        sample.total += value
        if value < sample.low:
            sample.low = value
        if value > sample.high:
            sample.high = value

    def count_since_start(self) -> int:
        return self.count

    def average(self) -> float:
        """Of the recent values; not a number when there are none."""
        recent = self._recent()
        count = sum(sample.count for sample in recent)
        return sum(sample.total for sample in recent) / count if count else math.nan

    def maximum(self) -> float:
        highest = max((sample.high for sample in self._recent()), default=-math.inf)
        return highest if highest > -math.inf else math.nan

    def minimum(self) -> float:
        lowest = min((sample.low for sample in self._recent()), default=math.inf)
        return lowest if lowest < math.inf else math.nan

    def count_rate(self) -> float:
        """Recent values a second."""
        recent = self._recent()
        return sum(sample.count for sample in recent) / self._span(recent)

    def total_rate(self) -> float:
        """Sum of the recent values a second."""
        recent = self._recent()
        return sum(sample.total for sample in recent) / self._span(recent)

    def share(self) -> float:
        """Of recent time, what the values (in seconds) make up."""
        recent = self._recent()
        elapsed = self._clock() - recent[0].start if recent else 0.0
        return min(1.0, sum(sample.total for sample in recent) / elapsed) if elapsed > 0 else 0.0

    def _recent(self) -> list[_Sample]:
        oldest = self._clock() - self._seconds * (self._samples.maxlen or 1)
        return [sample for sample in list(self._samples) if sample.start >= oldest]

    def _span(self, recent: list[_Sample]) -> float:
        """The time that recent values are of; at least all spans but one, so that a start is no peak."""
        least = max(self._seconds * max(1, (self._samples.maxlen or 1) - 1), _LEAST_SPAN_SECONDS)
        if not recent:
            return least
        return max(least, self._clock() - recent[0].start)


class _Followed:
    """A total that is counted elsewhere, looked at now and then for its rate."""

    __slots__ = ("_before", "_meter", "_total")

    def __init__(self, total: Gauge, meter: Meter) -> None:
        self._total = total
        self._meter = meter
        self._before = 0

    def look(self) -> None:
        total = self._total()
        if total != self._before:
            self._meter.record(total - self._before)
            self._before = total


class Metrics:
    """The metrics of one client, thread or task: each a name and a function that gives the value when asked."""

    def __init__(self, config: Config, tags: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.level = config.metrics_recording_level
        self.tags = dict(tags)
        self._clock = clock
        self._seconds = config.metrics_sample_window_ms / 1000
        self._samples = config.metrics_num_samples
        self._gauges: dict[MetricName, Gauge] = {}
        self._followed: list[_Followed] = []

    @property
    def is_debug(self) -> bool:
        """Whether what costs something for each record is recorded, too."""
        return self.level != INFO

    def meter(self) -> Meter:
        return Meter(self._clock, seconds=self._seconds, samples=self._samples)

    def add(self, name: str, group: str, description: str, gauge: Gauge, **tags: str) -> MetricName:
        """Add a metric; `tags`, with underscores for hyphens, come after the registry's own."""
        own = {tag.replace("_", "-"): value for tag, value in tags.items()}
        metric = MetricName(name, group, {**self.tags, **own}, description)
        self._gauges[metric] = gauge
        return metric

    def add_total(self, operation: str, group: str, things: str, total: Gauge, **tags: str) -> None:
        """Add `<operation>-total`, which somebody else counts, and `<operation>-rate` of it."""
        meter = self.meter()
        self._followed.append(_Followed(total, meter))
        self.add(f"{operation}-total", group, f"The total number of {things}", total, **tags)
        self.add(f"{operation}-rate", group, f"The average number of {things} a second", meter.total_rate, **tags)

    def add_calls(self, operation: str, group: str, things: str, meter: Meter, **tags: str) -> None:
        """Add rate and total of how often a meter was given a value."""
        self.add(f"{operation}-total", group, f"The total number of {things}", meter.count_since_start, **tags)
        self.add(f"{operation}-rate", group, f"The average number of {things} a second", meter.count_rate, **tags)

    def add_sizes(self, name: str, group: str, what: str, meter: Meter, **tags: str) -> None:
        """Add average and maximum of the values given to a meter."""
        self.add(f"{name}-avg", group, f"The average {what}", meter.average, **tags)
        self.add(f"{name}-max", group, f"The maximum {what}", meter.maximum, **tags)

    def observe(self) -> None:
        """Look at the totals that others count. Called by the owner, a few times a second."""
        for followed in self._followed:
            followed.look()

    def values(self) -> dict[MetricName, Any]:
        """All values as they are now. A metric whose value cannot be read just now is left out."""
        found: dict[MetricName, Any] = {}
        for name, gauge in self._gauges.copy().items():
            try:
                found[name] = gauge()
            except Exception:
                # What it tells of is being closed by the thread that owns it.
                continue
        return found
