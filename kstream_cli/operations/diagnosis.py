"""What a look at a machine and a cluster found: one line for each thing that an application depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warning", "problem"]
"""`warning`: it works, and may not do so well. `problem`: the application cannot run, or not rightly."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at."""

    check: str
    """Its name, for scripts."""
    level: Level
    finding: str
    remedy: str = ""
    """What to do; empty where all is well."""


def ok(check: str, finding: str) -> Diagnosis:
    return Diagnosis(check, "ok", finding)


def warning(check: str, finding: str, remedy: str) -> Diagnosis:
    return Diagnosis(check, "warning", finding, remedy)


def problem(check: str, finding: str, remedy: str) -> Diagnosis:
    return Diagnosis(check, "problem", finding, remedy)
