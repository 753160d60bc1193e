"""How long the outputs stood still after a fault: read off the append times of the output topic."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.faults.driver import SESSION_TIMEOUT_SECONDS, Fault

CATCH_UP_SECONDS = 20.0
"""So long after its return a broker is still busy with what it missed."""


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
    """`appends` holds each partition's append times in ms. Processes that were taken over while a broker was away as
    well are told apart: such a takeover waits for both."""
    found: dict[str, list[float]] = defaultdict(list)
    away = [(fault.time, fault.until + CATCH_UP_SECONDS) for fault in faults if fault.until]
    sorted_appends = [sorted(times) for times in appends.values()]
    for fault in faults:
        if not fault.takes_over:
            continue
        moment = int(fault.time * 1000)
        seconds = max((_pause_after(times, moment) for times in sorted_appends), default=0) / 1000
        overlaps = not fault.until and any(start < fault.time + seconds and fault.time < end for start, end in away)
        found[f"{fault.kind}, a broker away" if overlaps else fault.kind].append(seconds)
    return [Takeover(kind, tuple(times)) for kind, times in sorted(found.items())]


def _pause_after(times: list[int], moment: int) -> int:
    """From the moment to the end of the longest pause that begins within the session timeout from there on: records
    of a killed process, and of those whose tasks stay until others have joined, may come in for a while."""
    last = bisect_left(times, moment + int(SESSION_TIMEOUT_SECONDS * 1000))
    appends = [moment, *times[bisect_left(times, moment) : last + 1]]
    return max(((end - start, end - moment) for start, end in pairwise(appends)), default=(0, 0))[1]
