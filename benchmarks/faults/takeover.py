"""How long the outputs stood still after a fault: read off the append times of the output topic."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.faults.driver import Fault


@dataclass(frozen=True)
class Takeover:
    """Seconds from a kind of fault until every partition had output again."""

    kind: str
    times: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def worst(self) -> float:
        return max(self.times)


def takeovers(faults: Sequence[Fault], appends: Mapping[int, Sequence[int]]) -> list[Takeover]:
    """`appends` holds each partition's append times in ms. The longest pause that begins within a fault's first
    session timeout counts, over all partitions: a killed process' records may come in for a moment longer."""
    found: dict[str, list[float]] = defaultdict(list)
    for fault in faults:
        moment = int(fault.time * 1000)
        pauses = [_pause_after(sorted(times), moment) for times in appends.values()]
        found[fault.kind].append(max(pauses, default=0.0) / 1000)
    return [Takeover(kind, tuple(times)) for kind, times in sorted(found.items())]


def _pause_after(times: list[int], moment: int) -> int:
    position = bisect_left(times, moment)
    return times[position] - moment if position < len(times) else 0
