"""One step of a scale: its size, what it cost, and whether the cost grew faster than the size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from benchmarks.sheet import Sheet

COUNTED = 1.1
TIMED = 1.4
"""The powers of the size with which a cost may grow: 1 is linear. Counts are always the same, while a time swings."""


@dataclass(frozen=True)
class Step:
    """`costs` are for the whole step and may grow as its size does; `facts` are shown beside them."""

    scale: str
    size: int
    costs: Mapping[str, float]
    facts: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    steepest: float = TIMED

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def exponent(before: Step, after: Step, cost: str) -> float:
    """The power of the size that a cost grew with: 0 not at all, 1 as the size, 2 as its square."""
    grown = after.costs[cost] / max(before.costs[cost], 1e-9)
    return math.log(max(grown, 1e-9)) / math.log(after.size / before.size)


def too_steep(steps: Sequence[Step]) -> list[str]:
    """Where a cost grew faster than the size, in words."""
    return [
        f"{after.scale}: {cost} grows as size ^ {exponent(before, after, cost):.2f}, {before.size:,} to {after.size:,}"
        for before, after in pairwise(steps)
        if before.error is None and after.error is None and before.size != after.size
        for cost in after.costs
        if exponent(before, after, cost) > after.steepest
    ]


def sheet_of(steps: Sequence[Step]) -> Sheet:
    """A row a step; beside each cost the power of the size that it grew with since the step before."""
    costs, facts = list(steps[0].costs), list(steps[0].facts)
    columns = ["size", *(heading for cost in costs for heading in (cost, "^")), *facts]
    rows = []
    for number, step in enumerate(steps):
        if step.error is not None:
            rows.append([f"{step.size:,}", step.error, *[""] * (len(columns) - 2)])
            continue
        before = steps[number - 1] if number and steps[number - 1].error is None else None
        cells = [f"{step.size:,}"]
        for cost in costs:
            power = exponent(before, step, cost) if before is not None else None
            cells += [
                _figure(step.costs[cost]),
                "" if power is None else f"{power:.2f}" + "*" * (power > step.steepest),
            ]
        rows.append(cells + [_figure(step.facts[fact]) for fact in facts])
    return Sheet(f"{steps[0].scale} (^: grew as this power of the size; * is worse than linear)", columns, rows)


def _figure(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"
