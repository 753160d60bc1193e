"""The median of each figure over the turns of one contender; runs with an error have no figures."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from benchmarks.latency import Latency
from benchmarks.run import Result
from benchmarks.startup import Restore, StartUp

Measured = TypeVar("Measured", Result, Latency, Restore, StartUp)


def of_runs(results: Sequence[Result]) -> list[Result]:
    return _medians(results, lambda result: (result.layout, result.workload, result.contender))


def of_latencies(latencies: Sequence[Latency]) -> list[Latency]:
    return _medians(latencies, lambda latency: (latency.workload, latency.contender, latency.rate))


def of_restores(restores: Sequence[Restore]) -> list[Restore]:
    return _medians(restores, lambda restore: (restore.contender, restore.records))


def of_start_ups(start_ups: Sequence[StartUp]) -> list[StartUp]:
    return _medians(start_ups, lambda start_up: start_up.what)


def _medians(measured: Sequence[Measured], same: Callable[[Measured], Hashable]) -> list[Measured]:
    groups: dict[Hashable, list[Measured]] = defaultdict(list)
    for one in measured:
        groups[same(one)].append(one)
    return [_median(group) for group in groups.values()]


def _median(group: list[Measured]) -> Measured:
    """The first of the group, with the medians in the place of its figures."""
    good = [one for one in group if getattr(one, "error", None) is None]
    if not good:
        return group[0]
    figures: dict[str, Any] = {}
    for field in fields(good[0]):
        values = [value for one in good if isinstance(value := getattr(one, field.name), float)]
        if values:
            figures[field.name] = statistics.median(values)
    return replace(good[0], **figures)
